/**
 * CRDs that stayed behind the rest of an installation, as those do that the API server would not replace for what they store, and the way on
 * which they alone catch up. No controller goes back for it: `flux migrate` rewrites objects to the storage version of whatever CRD is
 * installed, and a newer CRD is taken once it serves all that is stored. Words no advice.
 */
import { compareMinors } from "../timetable/releases.ts";
import { entryAt, historyOf, isServed, storageOf } from "./api-versions.ts";
import type { ApiVersions } from "./api-versions-file.ts";

/** A CRD as it stands in the cluster. */
export interface InstalledCrd {
  readonly crd: string;
  /** `status.storedVersions` */
  readonly versions: readonly string[];
  readonly storage: string;
  /** Of the release in its label. */
  readonly minor?: string;
}

/** `only` names the CRDs where others that stayed behind, and that the minor has too, are not moved. */
export type CatchUpStep = { do: "Migrate" } | { do: "Install"; minor: string; only?: readonly string[] };

interface Behind {
  /** Minor of the rest. */
  readonly to: string;
  /** Names of the CRDs. */
  readonly crds: readonly string[];
}
/** `caughtUp` is how the CRDs stand afterwards. */
export type KnownCatchUp = Behind & {
  readonly at: "Known";
  readonly steps: readonly CatchUpStep[];
  readonly caughtUp: readonly InstalledCrd[];
};
export type CatchUp = KnownCatchUp | (Behind & { readonly at: "Unknown"; readonly why: string });

/**
 * @param minors those that are released, the oldest first
 * @param to minor of the rest
 * @returns undefined where none stayed behind: a CRD that is older, and bars nothing, goes up with the next upgrade
 */
export function catchUp(apis: ApiVersions, minors: readonly string[], to: string, crds: readonly InstalledCrd[]): CatchUp | undefined {
  const known = crds.filter(({ crd }) => entryAt(apis, crd, to) !== undefined);
  const stranded = known.filter((each) => isStranded(apis, each, to));
  if (stranded.length === 0 || !minors.includes(to)) return undefined;
  const late = known.filter((each) => stranded.includes(each) || isOlder(each, to));
  const reachable = minors.filter((minor) => compareMinors(minor, to) <= 0);
  return climb(apis, reachable, { to, crds: namesOf(late) }, late);
}

/** Whether the CRD of `to` cannot take its place yet, or stores in another version than it. */
function isStranded(apis: ApiVersions, installed: InstalledCrd, to: string): boolean {
  const there = entryAt(apis, installed.crd, to);
  if (there === undefined) return false;
  const since = historyOf(apis, installed.crd)?.since ?? [];
  const before = since.slice(0, since.indexOf(there));
  // A version that `to` does not serve may be a newer one. One that no release serves is older than the data where the CRD is.
  const gone = (version: string) =>
    !isServed(there, version) &&
    (before.some((entry) => isServed(entry, version)) || (isOlder(installed, to) && !since.some((entry) => isServed(entry, version))));
  const storesAsBefore = storageOf(there) !== installed.storage && before.some((entry) => storageOf(entry) === installed.storage);
  return storesAsBefore || installed.versions.some(gone);
}

function isOlder({ minor }: InstalledCrd, than: string): boolean {
  return minor !== undefined && compareMinors(minor, than) < 0;
}

/** Migrates where it helps; else installs the newest CRDs that are taken, those with the longest way first. */
function climb(apis: ApiVersions, minors: readonly string[], behind: Behind, late: readonly InstalledCrd[]): CatchUp {
  const { to } = behind;
  const steps: CatchUpStep[] = [];
  let crds = late;
  for (;;) {
    const reaches = crds.map((each) => ({ each, reach: minors.findLast((minor) => isTaken(apis, each, minor)) }));
    const short = reaches.filter(({ reach }) => reach !== to);
    if (short.length === 0) {
      steps.push({ do: "Install", minor: to });
      return { ...behind, at: "Known", steps, caughtUp: crds.map((each) => replaced(apis, each, to)) };
    }
    if (short.some(({ each }) => each.versions.some((version) => version !== each.storage))) {
      steps.push({ do: "Migrate" });
      crds = crds.map((each) => ({ ...each, versions: [each.storage] }));
      continue;
    }
    const next = minors.find((minor) => short.some(({ reach }) => reach === minor));
    const moved =
      next === undefined ? [] : crds.filter((each) => isTaken(apis, each, next) && (each.minor === undefined || isOlder(each, next)));
    if (next === undefined || moved.length === 0) return { ...behind, at: "Unknown", why: deadEnd(short, to) };
    const stays = crds.some((each) => !moved.includes(each) && entryAt(apis, each.crd, next) !== undefined);
    steps.push({ do: "Install", minor: next, ...(stays ? { only: namesOf(moved) } : {}) });
    crds = crds.map((each) => (moved.includes(each) ? replaced(apis, each, next) : each));
  }
}

/** Whether the API server puts the CRD of a minor in its place. */
function isTaken(apis: ApiVersions, { crd, versions }: InstalledCrd, minor: string): boolean {
  const entry = entryAt(apis, crd, minor);
  return entry !== undefined && versions.every((version) => isServed(entry, version));
}

/** The API server adds the new storage version to those that are stored. */
function replaced(apis: ApiVersions, installed: InstalledCrd, minor: string): InstalledCrd {
  const entry = entryAt(apis, installed.crd, minor);
  const storage = (entry && storageOf(entry)) ?? installed.storage;
  return { crd: installed.crd, versions: [...new Set([...installed.versions, storage])], storage, minor };
}

function namesOf(crds: readonly InstalledCrd[]): string[] {
  return crds.map(({ crd }) => crd);
}

function deadEnd(short: readonly { each: InstalledCrd }[], to: string): string {
  const named = short.map(({ each }) => `${each.crd} (${each.versions.join(", ")})`).join(", ");
  return `the API data know no release up to Flux ${to} that leads past the stored versions of ${named}`;
}
