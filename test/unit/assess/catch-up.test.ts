import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { storageAt } from "../../../src/assess/api-versions.ts";
import { type ApiVersions, parseApiVersions } from "../../../src/assess/api-versions-file.ts";
import { type CatchUp, catchUp, type InstalledCrd } from "../../../src/assess/catch-up.ts";
import { read } from "../timetable/config-data.ts";
import { apisOf, lives, minors, servedAt } from "./made-apis.ts";

const apis = parseApiVersions(read("gotk-api-versions.json"), "config/gotk-api-versions.json");
const RELEASED = ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9"];

/** A CRD as a release ships it; `stored` are its storedVersions where they are others than its storage version. */
function installed(kind: string, minor: string, stored?: string[]): InstalledCrd {
  const crd = `${kind}.toolkit.fluxcd.io`;
  const storage = storageAt(apis, crd, minor) ?? "";
  return { crd, storage, versions: stored ?? [storage], minor };
}

/** `migrate, 2.8 (imagepolicies), migrate, 2.9`: the kinds where it is not all that stayed behind. */
function told(way: CatchUp | undefined): string {
  if (way === undefined) return "none behind";
  if (way.at === "Unknown") return way.why;
  const kinds = (crds: readonly string[]) => crds.map((crd) => crd.split(".")[0]).join(", ");
  const steps = way.steps.map((step) => (step.do === "Migrate" ? "migrate" : `${step.minor}${step.only ? ` (${kinds(step.only)})` : ""}`));
  return `${kinds(way.crds)}: ${steps.join(", ")}`;
}

const ways = (to: string, ...crds: InstalledCrd[]) => told(catchUp(apis, RELEASED, to, crds));

describe("CRDs that stayed behind", () => {
  test.each<[string, string, InstalledCrd[], string]>([
    ["what is stored is rewritten first", "2.9", [installed("imagepolicies.image", "2.8", ["v1beta2", "v1"])], "migrate, 2.9"],
    ["and it is also where nothing was written since", "2.9", [installed("imagepolicies.image", "2.8", ["v1beta2"])], "migrate, 2.9"],
    ["a CRD that cannot store what the newest serves", "2.9", [installed("imagepolicies.image", "2.6")], "2.8, migrate, 2.9"],
    ["two such jumps", "2.9", [installed("imagepolicies.image", "2.2", ["v1beta1", "v1beta2"])], "migrate, 2.8, migrate, 2.9"],
    ["a CRD that is taken, but stores what was", "2.8", [installed("imagepolicies.image", "2.6")], "2.8"],
  ])("%s", (_, to, crds, steps) => {
    expect(ways(to, ...crds, installed("kustomizations.kustomize", to))).toBe(`imagepolicies: ${steps}`);
  });

  test("each minor that is needed, and no other", () => {
    expect(ways("2.9", installed("imageupdateautomations.image", "2.2"))).toBe("imageupdateautomations: 2.6, migrate, 2.8, migrate, 2.9");
  });

  test("those that are merely older go along, but bar nothing by themselves", () => {
    const older = installed("kustomizations.kustomize", "2.6");
    expect(ways("2.9", older)).toBe("none behind");
    expect(ways("2.9", older, installed("buckets.source", "2.6", ["v1beta2", "v1"]))).toBe("kustomizations, buckets: migrate, 2.9");
  });

  test("none is put back for another", () => {
    const crds = [installed("imagepolicies.image", "2.8", ["v1beta2", "v1"]), installed("imageupdateautomations.image", "2.2")];
    expect(ways("2.9", ...crds)).toBe(
      "imagepolicies, imageupdateautomations: migrate, 2.6 (imageupdateautomations), migrate, 2.8 (imageupdateautomations), migrate, 2.9",
    );
  });

  test("newer ones are not behind, with a label or without", () => {
    const { minor: _, ...unlabelled } = installed("imagepolicies.image", "2.9");
    expect(ways("2.6", unlabelled, installed("buckets.source", "2.9"))).toBe("none behind");
    expect(ways("2.6", installed("externalartifacts.source", "2.7"))).toBe("none behind");
  });

  test("versions older than the data are rewritten where the CRD stores a known one, else the way is not known", () => {
    const old = { crd: "imagepolicies.image.toolkit.fluxcd.io", minor: "0.36" };
    expect(ways("2.9", { ...old, versions: ["v1alpha2", "v1beta1"], storage: "v1beta1" })).toBe(
      "imagepolicies: migrate, 2.6, migrate, 2.8, migrate, 2.9",
    );
    expect(ways("2.9", { ...old, versions: ["v1alpha2"], storage: "v1alpha2" })).toBe(
      "the API data know no release up to Flux 2.9 that leads past the stored versions of imagepolicies.image.toolkit.fluxcd.io (v1alpha2)",
    );
  });

  test("a minor that the data do not hold tells nothing, nor does a CRD that they do not know", () => {
    const behind = installed("imagepolicies.image", "2.8", ["v1beta2"]);
    expect(ways("2.10", behind)).toBe("none behind");
    expect(ways("2.1", behind)).toBe("none behind");
    expect(ways("2.9", { crd: "somethings.source.toolkit.fluxcd.io", versions: ["v1alpha1"], storage: "v1alpha1", minor: "2.6" })).toBe(
      "none behind",
    );
  });
});

describe("every catching up", () => {
  const place = fc.nat(minors.length - 1);

  /** Whether a CRD gets to a minor, by trying all ways; to rewrite first never closes one. */
  function arrives(data: ApiVersions, { crd, minor = "", storage }: InstalledCrd, to: string): boolean {
    const next = minors.slice(minors.indexOf(minor) + 1, minors.indexOf(to) + 1);
    const taken = next.filter((each) => servedAt(data, crd, each).some(({ name }) => name === storage));
    return taken.some(
      (each) => each === to || arrives(data, { crd, minor: each, storage: storageAt(data, crd, each) ?? "", versions: [] }, to),
    );
  }

  test("is taken by the API server step by step, puts nothing back, and ends with the rest", () => {
    let long = 0;
    fc.assert(
      fc.property(lives, place, fc.array(fc.tuple(place, place), { minLength: 4, maxLength: 4 }), (histories, at, places) => {
        const data = apisOf(histories);
        const to = minors[at] ?? "";
        const crds = histories.map((life, index): InstalledCrd => {
          // What a CRD that began at an earlier minor, and went up from there, may still store.
          const [began, now] = (places[index] ?? [0, 0]).map((one) => Math.min(one, at)).toSorted((a, b) => a - b);
          const crd = `kind${index}`;
          const minor = minors[now ?? 0] ?? "";
          const storages = new Set(life.slice(began, (now ?? 0) + 1).map(({ storage }) => `v${storage}`));
          const versions = [...storages].filter((name) => servedAt(data, crd, minor).some((each) => each.name === name));
          return { crd, minor, versions, storage: storageAt(data, crd, minor) ?? "" };
        });
        const way = catchUp(data, minors, to, crds);
        const holds = ({ crd, versions }: InstalledCrd, minor: string) =>
          versions.every((name) => servedAt(data, crd, minor).some((each) => each.name === name));
        const left = crds.filter(({ crd }) => !way?.crds.includes(crd));
        expect(left.every((each) => holds(each, to) && each.storage === storageAt(data, each.crd, to))).toBe(true);
        if (way === undefined) return;
        if (way.at === "Unknown") {
          expect(crds.filter(({ crd }) => way.crds.includes(crd)).every((each) => arrives(data, each, to))).toBe(false);
          return;
        }
        let state: readonly InstalledCrd[] = crds.filter(({ crd }) => way.crds.includes(crd));
        for (const step of way.steps) {
          if (step.do === "Migrate") {
            state = state.map((each) => ({ ...each, versions: [each.storage] }));
            continue;
          }
          state = state.map((each) => {
            if (step.only && !step.only.includes(each.crd)) return each;
            expect(holds(each, step.minor)).toBe(true);
            expect(minors.indexOf(step.minor)).toBeGreaterThan(minors.indexOf(each.minor ?? ""));
            const storage = storageAt(data, each.crd, step.minor) ?? "";
            return { crd: each.crd, minor: step.minor, storage, versions: [...new Set([...each.versions, storage])] };
          });
        }
        expect(state).toEqual(way.caughtUp);
        expect(state.every(({ minor }) => minor === to)).toBe(true);
        if (way.steps.length > 3) long += 1;
      }),
      { numRuns: 500 },
    );
    expect(long).toBeGreaterThan(0); // else the made histories would prove nothing
  });
});
