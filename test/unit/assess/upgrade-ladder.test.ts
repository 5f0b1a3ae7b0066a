import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { storageAt } from "../../../src/assess/api-versions.ts";
import { type ApiVersions, parseApiVersions } from "../../../src/assess/api-versions-file.ts";
import { type LadderInput, upgradeLadder } from "../../../src/assess/upgrade-ladder.ts";
import { at, read, releases } from "../timetable/config-data.ts";
import { apisOf, bears, lives, made, migrate, minors, type Stored, servedAt } from "./made-apis.ts";

const FILE = "config/gotk-api-versions.json";
const file = read("gotk-api-versions.json");
const apis = parseApiVersions(file, FILE);

const SOURCE_AND_HELM = {
  "helmreleases.helm": ["v2beta2"],
  "helmrepositories.source": ["v1beta2"],
  "helmcharts.source": ["v1beta2"],
  "buckets.source": ["v1beta2"],
  "ocirepositories.source": ["v1beta2"],
  "gitrepositories.source": ["v1"],
  "kustomizations.kustomize": ["v1"],
};
const IMAGES = { "imagepolicies.image": ["v1beta2"], "imagerepositories.image": ["v1beta2"], "imageupdateautomations.image": ["v1beta2"] };

/** `2.7 migrate, 2.9`, or why there is no answer. */
function way(from: string | undefined, stored: Record<string, string[]>, now = "2026-11-23"): string {
  const crds = Object.entries(stored).map(([kind, versions]) => {
    const crd = `${kind}.toolkit.fluxcd.io`;
    return { crd, versions, storage: storageAt(apis, crd, from ?? "") ?? versions.at(-1) ?? "" };
  });
  return told({ apis, releases, now: at(now), stored: crds, ...(from === undefined ? {} : { from }) });
}

function told(input: LadderInput): string {
  const ladder = upgradeLadder(input);
  return ladder.at === "Unknown" ? ladder.why : ladder.steps.map(({ minor, migrate }) => `${minor}${migrate ? " migrate" : ""}`).join(", ");
}

describe("the ladder", () => {
  test.each<[string, string | undefined, Record<string, string[]>, string]>([
    ["2.2, source and helm kinds", "2.2", SOURCE_AND_HELM, "2.7 migrate, 2.9"],
    [
      "2.2, image automation too",
      "2.2",
      { ...SOURCE_AND_HELM, ...IMAGES, "imageupdateautomations.image": ["v1beta1"] },
      "2.6 migrate, 2.8 migrate, 2.9",
    ],
    ["2.6, image kinds", "2.6", IMAGES, "2.8 migrate, 2.9"],
    ["2.6, two versions stored", "2.6", { "imageupdateautomations.image": ["v1beta1", "v1beta2"] }, "2.6 migrate, 2.8 migrate, 2.9"],
    ["2.8, migrated first where it is", "2.8", IMAGES, "2.8 migrate, 2.9"],
    ["2.7, nothing blocks", "2.7", { "kustomizations.kustomize": ["v1"] }, "2.9"],
    ["2.2, nothing stored", "2.2", {}, "2.9"],
    ["2.9, nothing blocks", "2.9", { "imagepolicies.image": ["v1"] }, ""],
    ["none installed", undefined, {}, "2.9"],
    ["none installed, CRDs left", undefined, SOURCE_AND_HELM, "2.7 migrate, 2.9"],
    ["a CRD that the data do not know", "2.8", { "somethings.source": ["v1alpha1"] }, "2.9"],
    ["a CRD without stored versions", "2.8", { "imagepolicies.image": [] }, "2.9"],
    ["a CRD that came later", "2.6", { "externalartifacts.source": ["v1"] }, "2.9"],
  ])("%s", (_, from, stored, steps) => {
    expect(way(from, stored)).toBe(steps);
  });

  test("leads to the newest of the day", () => {
    expect(way("2.2", SOURCE_AND_HELM, "2025-10-01")).toBe("2.7");
    expect(way(undefined, {}, "2023-08-01")).toBe("2.0");
  });

  test.each<[string, string | undefined, Record<string, string[]>, string, string]>([
    ["older than the data", "2.1", {}, "2026-11-23", "Flux 2.1 is older than v2.2.3, where the API data begin"],
    ["0.x", "0.41", IMAGES, "2026-11-23", "Flux 0.41 is older than v2.2.3, where the API data begin"],
    ["newer than the data", "2.10", {}, "2026-11-23", "Flux 2.10 is newer than 2.9, the newest in the release data as of 2026-08-07"],
    ["a day before its release", "2.9", {}, "2026-06-29", "Flux 2.9 is newer than 2.8, the newest released by 2026-06-29"],
    ["no minor", "v2.9.4", {}, "2026-11-23", '"v2.9.4" is no minor version of Flux, such as 2.9'],
    [
      "a stored version that the data do not know",
      "2.8",
      { "imagepolicies.image": ["v1beta2", "v1alpha2"] },
      "2026-11-23",
      "imagepolicies.image.toolkit.fluxcd.io stores v1alpha2, which the API data do not know",
    ],
    [
      "CRDs left, of which no release serves what is stored",
      undefined,
      { "imagepolicies.image": ["v1"], "imageupdateautomations.image": ["v1beta1"], "kustomizations.kustomize": ["v1"] },
      "2026-11-23",
      "no release from Flux 2.2 on leads past the stored versions of imagepolicies.image.toolkit.fluxcd.io (v1), imageupdateautomations.image.toolkit.fluxcd.io (v1beta1)",
    ],
    ["CRDs left, a day before the API data", undefined, IMAGES, "2023-08-01", "Flux 2.0 is older than v2.2.3, where the API data begin"],
    ["no release yet", undefined, {}, "2020-01-01", "the release data know no release of Flux by this day"],
  ])("is not known: %s", (_, from, stored, now, why) => {
    expect(way(from, stored, now)).toBe(why);
  });
});

describe("every ladder", () => {
  /** Fewest steps to the newest minor, by trying them all; undefined where none leads there. */
  function fewestSteps(data: ApiVersions, from: string, stored: Stored): number | undefined {
    const newest = minors.at(-1);
    let front = [{ minor: from, stored }];
    if (from === newest && bears(data, stored, from)) return 0;
    const seen = new Set<string>();
    for (let steps = 1; front.length > 0; steps += 1) {
      const reached = front.flatMap((state) =>
        minors.slice(minors.indexOf(state.minor)).flatMap((minor) => (bears(data, state.stored, minor) ? [{ ...state, minor }] : [])),
      );
      if (reached.some(({ minor }) => minor === newest)) return steps;
      front = reached
        .map((state) => ({ minor: state.minor, stored: migrate(data, state.stored, state.minor) }))
        .filter((state) => {
          const key = JSON.stringify(state);
          return !seen.has(key) && seen.add(key);
        });
    }
    return undefined;
  }

  test("serves at each step what is stored, goes only up, and none is shorter", () => {
    let long = 0;
    fc.assert(
      fc.property(lives, fc.nat(minors.length - 1), fc.nat(minors.length - 1), (crds, one, other) => {
        const data = apisOf(crds);
        // What an installation that began at an earlier minor, and went up from there, may still store.
        const [began, now] = one < other ? [one, other] : [other, one];
        const from = minors[now] ?? "";
        const stored: Stored = Object.fromEntries(
          crds.map((life, index) => {
            const storages = new Set(life.slice(began, now + 1).map(({ storage }) => `v${storage}`));
            return [
              `kind${index}`,
              [...storages].filter((name) => servedAt(data, `kind${index}`, from).some((each) => each.name === name)),
            ];
          }),
        );
        const ladder = upgradeLadder({
          apis: data,
          releases: made,
          now: at("2026-01-01"),
          from,
          stored: Object.entries(stored).map(([crd, versions]) => ({ crd, versions, storage: storageAt(data, crd, from) ?? "" })),
        });
        const fewest = fewestSteps(data, from, stored);
        if (ladder.at === "Unknown") {
          expect(fewest).toBeUndefined();
          return;
        }
        expect(ladder.steps).toHaveLength(fewest ?? -1);
        let state = { minor: from, stored };
        ladder.steps.forEach((step, index) => {
          expect(bears(data, state.stored, step.minor)).toBe(true);
          expect(minors.indexOf(step.minor)).toBeGreaterThanOrEqual(minors.indexOf(state.minor));
          expect(step.migrate).toBe(index < ladder.steps.length - 1);
          state = { minor: step.minor, stored: step.migrate ? migrate(data, state.stored, step.minor) : state.stored };
        });
        expect(state.minor).toBe("2.10");
        if (ladder.steps.length > 2) long += 1;
      }),
      { numRuns: 500 },
    );
    expect(long).toBeGreaterThan(0); // else the made histories would prove nothing
  });
});
