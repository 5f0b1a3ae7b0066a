/** The order in which a status shows things: the same under every locale, so that two replicas write the same. */
import { expect, test } from "@jest/globals";
import { compareVersions, versionRange } from "../../../src/assess/semver-range.ts";
import { scan, workload } from "../scan/scanned.ts";

test("installations stand in the order of code points, those of Flux 1 as those of the toolkit", () => {
  const toolkit = workload({ name: "source-controller", image: "ghcr.io/fluxcd/source-controller:v1.9.4" });
  const { status } = scan({ "a/1.yaml": workload(), "B/1.yaml": workload(), "a/2.yaml": toolkit, "B/2.yaml": toolkit });
  expect(status.inventory?.instances?.map(({ source }) => source?.file)).toEqual(["B/1.yaml", "a/1.yaml", "B/2.yaml", "a/2.yaml"]);
});

test("so do texts that are no version", () => {
  expect(["a", "B", "1.25.4"].sort(compareVersions)).toEqual(["B", "a", "1.25.4"]);
  expect(versionRange(["a", "B"])).toBe("B..a");
});
