import { describe, expect, test } from "@jest/globals";
import semver from "semver";
import {
  compareMinors,
  fitRelease,
  isMinor,
  kubernetesMin,
  latestPatch,
  minorOfRelease,
  minorsAt,
  newestMinor,
} from "../../../src/timetable/releases.ts";
import { parseReleases } from "../../../src/timetable/releases-file.ts";
import { at, problemsOf, read, releases, set } from "./config-data.ts";

const FILE = "config/flux-releases.json";
const file = read("flux-releases.json");

describe("the release data", () => {
  test("are whole, and in the order of versions", () => {
    expect(releases.asOf).toBe("2026-08-07");
    expect(releases.releases).toHaveLength(214);
    const versions = releases.releases.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort(semver.compare));
    expect(releases.releases.at(-1)).toMatchObject({ version: "v2.9.4", date: "2026-08-07", minor: "2.9", stable: true });
    expect(releases.releases.find(({ version }) => version === "v2.0.0-rc.1")).toMatchObject({ minor: "2.0", stable: false });
  });

  test("0.41 is followed by 2.0, and 2.10 would come after 2.9", () => {
    const minors = releases.minors.map(({ minor }) => minor);
    expect(minors.slice(minors.indexOf("0.41"))).toEqual(["0.41", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9"]);
    expect(["2.10", "2.9", "0.41", "10.0"].sort(compareMinors)).toEqual(["0.41", "2.9", "2.10", "10.0"]);
  });

  test("minors of Flux 2 came 50 to 153 days apart: the reason for the age at which data turn stale", () => {
    const days = releases.minors
      .filter(({ minor }) => compareMinors(minor, "2.0") >= 0)
      .map(({ released }) => at(released).getTime() / 86_400_000);
    const gaps = days.slice(1).map((day, index) => day - (days[index] ?? 0));
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([50, 153]);
  });
});

test("only stable releases up to now count as minors", () => {
  expect(newestMinor(releases, at("2023-07-04T23:59:59.999Z"))).toBe("0.41");
  expect(newestMinor(releases, at("2023-07-05"))).toBe("2.0");
  expect(newestMinor(releases, at("2026-11-23"))).toBe("2.9");
  expect(newestMinor(releases, at("2020-01-01"))).toBeUndefined();
  expect(minorsAt(releases, at("2020-10-06"))).toEqual(["0.0", "0.1"]);
});

test("minors and patches", () => {
  expect(["v2.6.4", "2.6.4", "v2.0.0-rc.1", "latest", ""].map(minorOfRelease)).toEqual(["2.6", "2.6", "2.0", undefined, undefined]);
  expect(["2.7", "2.2", "0.41", "2.10"].map((minor) => latestPatch(releases, minor, at("2026-11-23")))).toEqual([
    "v2.7.5",
    "v2.2.3",
    "v0.41.2",
    undefined,
  ]);
  expect(["2.9", "2.10", "v2.9", "2.9.1", "2.09", "2"].map(isMinor)).toEqual([true, true, false, false, false, false]);
});

test("the lowest Kubernetes is carried forward, and not known before the first entry", () => {
  const lowest = ["0.23", "0.24", "0.25", "0.26", "0.33", "0.41", "2.0", "2.6", "2.9", "2.10"].map((minor) =>
    kubernetesMin(releases, minor),
  );
  expect(lowest).toEqual([undefined, "1.19", "1.19", "1.20.6", "1.20.6", "1.20.6", "1.24", "1.31", "1.33", "1.33"]);
});

describe("which releases a controller belongs to", () => {
  const fitted = (controller: string, version: string) => fitRelease(releases, controller, version);

  test("the exact version first, with and without v", () => {
    expect(fitted("source-controller", "v1.6.2")).toEqual({ at: "Known", minors: ["2.6"], releases: ["v2.6.3", "v2.6.4"] });
    expect(fitted("helm-controller", "1.2.0")).toEqual({ at: "Known", minors: ["2.5"], releases: ["v2.5.0", "v2.5.1"] });
    expect(fitted("kustomize-controller", "v1.0.0-rc.1")).toEqual({ at: "Known", minors: ["2.0"], releases: ["v2.0.0-rc.1"] });
  });

  test("several minors fit in 0.x", () => {
    const image = fitted("image-reflector-controller", "v0.9.1");
    expect(image).toMatchObject({ at: "Known", minors: ["0.13", "0.14"] });
  });

  test("else the same MAJOR.MINOR of the controller", () => {
    expect(fitted("source-controller", "v1.6.9")).toEqual({ at: "Known", minors: ["2.6"], releases: [] });
    expect(fitted("source-controller", "v1.9.99")).toEqual({ at: "Known", minors: ["2.9"], releases: [] });
    expect(fitted("source-watcher", "v2.0.9")).toEqual({ at: "Known", minors: ["2.7"], releases: [] });
  });

  test("above the controller's highest: newer", () => {
    expect(fitted("source-controller", "v1.10.0")).toEqual({ at: "Newer" });
    expect(fitted("source-controller", "v2.0.0")).toEqual({ at: "Newer" });
    expect(fitted("source-controller", "v1.10.0-rc.1")).toEqual({ at: "Newer" });
  });

  test("else not known, and why", () => {
    expect(fitted("source-controller", "v0.99.0")).toEqual({
      at: "Unknown",
      why: "no release of Flux in the release data ships source-controller 0.99",
    });
    expect(fitted("source-controller", "latest")).toEqual({ at: "Unknown", why: "source-controller latest is no semantic version" });
    expect(fitted("toString", "v1.0.0")).toEqual({ at: "Unknown", why: "no release of Flux in the release data ships toString" });
  });

  test("since 2.0 a controller's MAJOR.MINOR belongs to one minor of Flux", () => {
    const shipped = releases.releases.filter(({ minor, stable }) => stable && compareMinors(minor, "2.0") >= 0);
    expect(shipped.length).toBeGreaterThan(30);
    for (const { minor, components } of shipped) {
      for (const [controller, version] of Object.entries(components)) {
        const { major, minor: second } = new semver.SemVer(version);
        expect(fitted(controller, `v${major}.${second}.999`)).toMatchObject({ minors: [minor] });
      }
    }
  });
});

describe("release data that cannot be used", () => {
  test.each<[string, (string | number)[], unknown, string]>([
    ["asOf", ["asOf"], "August", 'asOf is "August"; want an ISO date (2022-11-01)'],
    ["a date", ["releases", 3, "date"], "2020-02-30", 'releases[3].date is "2020-02-30"; want a day that exists: an ISO date (2022-11-01)'],
    ["a version", ["releases", 0, "version"], "2.9", 'releases[0].version is "2.9"; want a semantic version with its v (v2.9.4)'],
    [
      "a component",
      ["releases", 0, "components", "source-controller"],
      "latest",
      'releases[0].components.source-controller is "latest"; want a semantic version with its v (v2.9.4)',
    ],
    [
      "a version twice",
      ["releases", 1, "version"],
      "v0.0.1",
      'releases[1].version is "v0.0.1"; want a version of its own; releases[0] has the same',
    ],
    [
      "a release after asOf",
      ["releases", 213, "date"],
      "2026-08-08",
      'releases[213].date is "2026-08-08"; want a day up to asOf, 2026-08-07',
    ],
    ["a Kubernetes version", ["minors", "2.9", "kubernetesMin"], 1.33, 'minors["2.9"].kubernetesMin is 1.33; want a text'],
    [
      "a minor's name",
      ["minors", "v2.9"],
      { kubernetesMin: "1.33" },
      'minors["v2.9"] is a mapping; want a minor version as its name (2.9)',
    ],
    ["an unknown key", ["releases", 0, "notes"], "x", "releases[0].notes is unknown; known: version, date, components"],
    ["no releases", ["releases"], [], "releases is an empty list; want something in it"],
  ])("%s", (_, path, value, problem) => {
    expect(problemsOf(() => parseReleases(set(file, path, value), FILE))).toEqual([`${FILE}: ${problem}`]);
  });

  test("minors that came in another order than their numbers", () => {
    const release = (version: string, date: string) => ({ version, date, components: {} });
    const data = {
      asOf: "2026-08-07",
      source: "test",
      minors: {},
      releases: [release("v2.8.0", "2026-02-24"), release("v2.9.0", "2026-01-01")],
    };
    expect(problemsOf(() => parseReleases(data, FILE))).toEqual([
      `${FILE}: releases[1].date is "2026-01-01"; want 2026-02-24 or later, when 2.8 came`,
    ]);
  });
});
