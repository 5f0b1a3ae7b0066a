import { describe, expect, test } from "@jest/globals";
import { removedIn } from "../../../src/assess/api-versions.ts";
import { parseApiVersions } from "../../../src/assess/api-versions-file.ts";
import { at, problemsOf, read, releases, set } from "../timetable/config-data.ts";

const FILE = "config/gotk-api-versions.json";
const file = read("gotk-api-versions.json");
const apis = parseApiVersions(file, FILE);

test.each<[string, string[], string | undefined]>([
  ["helmreleases.helm", ["v2beta2"], "2.8"],
  ["helmreleases.helm", ["v2beta1", "v2beta2"], "2.7"],
  ["imagepolicies.image", ["v1beta2"], "2.9"],
  ["imagepolicies.image", ["v1beta2", "v1"], "2.9"],
  ["imageupdateautomations.image", ["v1beta1"], "2.7"],
  ["imagepolicies.image", ["v1"], undefined],
  ["kustomizations.kustomize", ["v1"], undefined],
  ["kustomizations.kustomize", ["v1alpha9"], undefined],
  ["unknowns.source", ["v1"], undefined],
  ["imagepolicies.image", [], undefined],
])("%s %j is removed in %s", (kind, versions, minor) => {
  expect(removedIn({ apis, releases, now: at("2026-11-23") }, `${kind}.toolkit.fluxcd.io`, versions)).toBe(minor);
});

test("nothing is removed by a release that has not come", () => {
  const removed = (now: string) => removedIn({ apis, releases, now: at(now) }, "imagepolicies.image.toolkit.fluxcd.io", ["v1beta2"]);
  expect([removed("2026-06-29"), removed("2026-06-30")]).toEqual([undefined, "2.9"]);
});

describe("API data that cannot be used", () => {
  const version = { name: "v1", served: true, storage: false, deprecated: false };
  test.each<[string, (string | number)[], unknown, string]>([
    ["from", ["from"], "2.2", 'from is "2.2"; want a semantic version with its v (v2.2.3)'],
    ["releases out of order", ["crds", 0, "since", 1, "flux"], "v2.1.0", 'crds[0].since[1].flux is "v2.1.0"; want a release after v2.2.3'],
    [
      "a CRD twice",
      ["crds", 1, "crd"],
      "helmreleases.helm.toolkit.fluxcd.io",
      'crds[1].crd is "helmreleases.helm.toolkit.fluxcd.io"; want a CRD of its own; crds[0] is the same',
    ],
    [
      "no storage version",
      ["crds", 0, "since", 3, "versions"],
      [version],
      "crds[0].since[3].versions is a list; want one served storage version, not 0",
    ],
    ["an unknown key", ["crds", 0, "group"], "x", "crds[0].group is unknown; known: crd, since"],
  ])("%s", (_, path, value, problem) => {
    expect(problemsOf(() => parseApiVersions(set(file, path, value), FILE))).toEqual([`${FILE}: ${problem}`]);
  });
});
