/**
 * The way from the installed Flux 2 to the newest, past the API versions that are still stored. A CRD that no longer serves a stored version is refused
 * by Kubernetes, and `flux migrate` rewrites objects only to the storage version of the CRD that is installed: so some minors cannot be skipped.
 * Asks no cluster, and words no advice.
 */
import { compareMinors, isMinor, minorsAt, newestWords, type ReleaseData } from "../timetable/releases.ts";
import { entryAt, firstMinor, historyOf, isServed, storageAt } from "./api-versions.ts";
import type { ApiVersions } from "./api-versions-file.ts";
import { catchUp, type InstalledCrd, type KnownCatchUp } from "./catch-up.ts";

type StoredCrd = Pick<InstalledCrd, "crd" | "versions">;

export interface LadderInput {
  readonly apis: ApiVersions;
  readonly releases: ReleaseData;
  readonly now: Date;
  /** The installed minor (`2.6`); absent where no toolkit is installed. */
  readonly from?: string;
  /** The minor to end at, not below `from`; absent for the newest. */
  readonly to?: string;
  /** The Flux CRDs of the cluster. One that the data do not know never blocks. */
  readonly stored: readonly InstalledCrd[];
}

export interface LadderStep {
  readonly minor: string;
  /** Whether `flux migrate` must run there before the next step. */
  readonly migrate: boolean;
}

export interface KnownLadder {
  at: "Known";
  /** How CRDs catch up that stayed behind `from`. */
  first?: KnownCatchUp;
  /** Empty where the minor to end at is installed. */
  steps: LadderStep[];
}
export type Ladder = KnownLadder | { at: "Unknown"; why: string };

/**
 * The newest release whose CRDs still serve every stored version, `flux migrate` there, and again, until `to`, or the newest released by `now`.
 * The installed minor stands as a step only where it must be migrated first; none is below it.
 */
export function upgradeLadder(input: LadderInput): Ladder {
  const known = minorsAt(input.releases, input.now);
  const newest = known.at(-1);
  if (newest === undefined) return unknown("the release data know no release of Flux by this day");
  const installed = input.stored.filter((each) => each.versions.length > 0 && historyOf(input.apis, each.crd) !== undefined);
  const beyond = outsideData(input, newest, installed);
  if (beyond !== undefined) return unknown(beyond);
  const first = input.from === undefined ? undefined : catchUp(input.apis, known, input.from, installed);
  if (first?.at === "Unknown") return unknown(first.why);
  const caughtUp = first?.caughtUp ?? [];
  const stored = installed.map((each) => caughtUp.find(({ crd }) => crd === each.crd) ?? each);
  const strange = strangers(input.apis, stored);
  if (strange !== undefined) return unknown(strange);
  const to = input.to ?? newest;
  const floor = input.from ?? (stored.length === 0 ? to : firstMinor(input.apis));
  const way = known.filter((minor) => compareMinors(minor, floor) >= 0 && compareMinors(minor, to) <= 0);
  const ladder = climb(input, way, to, stored);
  return ladder.at === "Unknown" || first === undefined ? ladder : { ...ladder, first };
}

function climb({ apis, from }: LadderInput, known: readonly string[], to: string, cluster: readonly StoredCrd[]): Ladder {
  const steps: LadderStep[] = [];
  let way = known;
  let stored = cluster;
  for (;;) {
    const reach = way.findLast((minor) => stored.every((each) => serves(apis, each, minor)));
    if (reach === to) {
      if (reach !== from) steps.push({ minor: reach, migrate: false });
      return { at: "Known", steps };
    }
    const migrated = reach === undefined ? stored : stored.map((each) => migratedAt(apis, each, reach));
    if (reach === undefined || sameVersions(stored, migrated)) return unknown(deadEnd(apis, stored, way));
    steps.push({ minor: reach, migrate: true });
    stored = migrated;
    way = way.filter((minor) => compareMinors(minor, reach) >= 0);
  }
}

/** Why the data do not reach as far; undefined where they do. */
function outsideData({ apis, releases, now, from }: LadderInput, newest: string, stored: readonly StoredCrd[]): string | undefined {
  if (from !== undefined && !isMinor(from)) return `"${from}" is no minor version of Flux, such as 2.9`;
  if (from !== undefined && compareMinors(from, newest) > 0) return `Flux ${from} is newer than ${newestWords(releases, now)}`;
  if (from !== undefined && compareMinors(from, firstMinor(apis)) < 0)
    return `Flux ${from} is older than ${apis.from}, where the API data begin`;
  if (from === undefined && stored.length > 0 && compareMinors(newest, firstMinor(apis)) < 0) {
    return `Flux ${newest} is older than ${apis.from}, where the API data begin`;
  }
  return undefined;
}

/** Which versions are stored that no release serves; undefined where there is none. */
function strangers(apis: ApiVersions, stored: readonly StoredCrd[]): string | undefined {
  const strange = stored.flatMap(({ crd, versions }) => {
    const since = historyOf(apis, crd)?.since ?? [];
    const names = versions.filter((version) => !since.some((entry) => entry.versions.some(({ name }) => name === version)));
    return names.length === 0 ? [] : [`${crd} stores ${names.join(", ")}`];
  });
  return strange.length === 0 ? undefined : `${strange.join("; ")}, which the API data do not know`;
}

function deadEnd(apis: ApiVersions, stored: readonly StoredCrd[], way: readonly string[]): string {
  const blocking = stored.filter((each) => way.some((minor) => !serves(apis, each, minor)));
  const named = blocking.map(({ crd, versions }) => `${crd} (${versions.join(", ")})`).join(", ");
  return `no release from Flux ${way[0]} on leads past the stored versions of ${named}`;
}

function unknown(why: string): Ladder {
  return { at: "Unknown", why };
}

function serves(apis: ApiVersions, { crd, versions }: StoredCrd, minor: string): boolean {
  const entry = entryAt(apis, crd, minor);
  return entry === undefined || versions.every((version) => isServed(entry, version));
}

function migratedAt(apis: ApiVersions, stored: StoredCrd, minor: string): StoredCrd {
  const storage = storageAt(apis, stored.crd, minor);
  return storage === undefined ? stored : { crd: stored.crd, versions: [storage] };
}

function sameVersions(before: readonly StoredCrd[], after: readonly StoredCrd[]): boolean {
  return before.every(({ versions }, index) => versions.join() === after[index]?.versions.join());
}
