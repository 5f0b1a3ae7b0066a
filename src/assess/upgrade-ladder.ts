/**
 * The way from the installed Flux 2 to the newest, past the API versions that are still stored. A CRD that no longer serves a stored version is refused
 * by Kubernetes, and `flux migrate` rewrites objects only to the storage version of the CRD that is installed: so some minors cannot be skipped.
 * Asks no cluster, and words no advice.
 */
import semver from "semver";
import * as z from "zod";
import { type Problem, parseData, strict } from "../data/invalid-data.ts";
import { compareMinors, isMinor, minorOfRelease, minorsAt, newestWords, type ReleaseData } from "../timetable/releases.ts";

const tag = z
  .string()
  .refine((text) => text.startsWith("v") && semver.valid(text) !== null, { error: "a semantic version with its v (v2.2.3)" });
const CrdVersion = strict({ name: z.string().min(1), served: z.boolean(), storage: z.boolean(), deprecated: z.boolean() });
const Since = strict({ flux: tag, versions: z.array(CrdVersion).min(1) });
const ApiVersionsSchema = strict({
  from: tag.meta({ description: "The oldest release that the data cover." }),
  note: z.string().optional(),
  crds: z.array(strict({ crd: z.string().min(1), since: z.array(Since).min(1) })),
});

/** What each Flux CRD serves and stores, by the release that changed it. */
export type ApiVersions = z.output<typeof ApiVersionsSchema>;
type CrdHistory = ApiVersions["crds"][number];

/**
 * Reads `gotk-api-versions.json`.
 * @throws {InvalidData} with every problem
 */
export function parseApiVersions(input: unknown, file: string): ApiVersions {
  return parseData(ApiVersionsSchema, input, file, apiOrder);
}

const RoughApis = z.object({
  crds: z.array(
    z
      .object({
        crd: z.string().optional().catch(undefined),
        since: z
          .array(z.object({ flux: tag.optional().catch(undefined), versions: z.array(CrdVersion).catch([]) }).catch({ versions: [] }))
          .catch([]),
      })
      .catch({ since: [] }),
  ),
});

function apiOrder(input: unknown): Problem[] {
  const rough = RoughApis.safeParse(input);
  if (!rough.success) return [];
  const { crds } = rough.data;
  return crds.flatMap(({ crd, since }, index) => {
    const twin = crd === undefined ? index : crds.findIndex((each) => each.crd === crd);
    const twice: Problem[] = twin < index ? [{ path: ["crds", index, "crd"], want: `a CRD of its own; crds[${twin}] is the same` }] : [];
    const entries = since.flatMap(({ flux, versions }, order) => {
      const path = ["crds", index, "since", order];
      const before = since[order - 1]?.flux;
      const problems: Problem[] = [];
      if (flux && before && semver.compare(flux, before) <= 0)
        problems.push({ path: [...path, "flux"], want: `a release after ${before}` });
      const storage = versions.filter((version) => version.storage && version.served).length;
      if (versions.length > 0 && storage !== 1)
        problems.push({ path: [...path, "versions"], want: `one served storage version, not ${storage}` });
      return problems;
    });
    return [...twice, ...entries];
  });
}

/** A CRD of the cluster and its `status.storedVersions`. */
export interface StoredCrd {
  readonly crd: string;
  readonly versions: readonly string[];
}

export interface LadderInput {
  readonly apis: ApiVersions;
  readonly releases: ReleaseData;
  readonly now: Date;
  /** The installed minor (`2.6`); absent where no toolkit is installed. */
  readonly from?: string;
  /** The minor to end at, not below `from`; absent for the newest. */
  readonly to?: string;
  /** The Flux CRDs of the cluster. One that the data do not know never blocks. */
  readonly stored: readonly StoredCrd[];
}

export interface LadderStep {
  readonly minor: string;
  /** Whether `flux migrate` must run there before the next step. */
  readonly migrate: boolean;
}

/** `steps` is empty where the minor to end at is installed. */
export type Ladder = { at: "Known"; steps: LadderStep[] } | { at: "Unknown"; why: string };

/**
 * The newest release whose CRDs still serve every stored version, `flux migrate` there, and again, until `to`, or the newest released by `now`.
 * The installed minor stands as a step only where it must be migrated first; none is below it.
 */
export function upgradeLadder(input: LadderInput): Ladder {
  const known = minorsAt(input.releases, input.now);
  const newest = known.at(-1);
  if (newest === undefined) return unknown("the release data know no release of Flux by this day");
  const stored = input.stored.filter((each) => each.versions.length > 0 && historyOf(input.apis, each.crd) !== undefined);
  const why = uncovered(input, newest, stored);
  if (why !== undefined) return unknown(why);
  const to = input.to ?? newest;
  const floor = input.from ?? (stored.length === 0 ? to : firstMinor(input.apis));
  const way = known.filter((minor) => compareMinors(minor, floor) >= 0 && compareMinors(minor, to) <= 0);
  return climb(input, way, to, stored);
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

/**
 * The first minor whose CRD no longer serves one of the stored versions (`2.9`); undefined while all are served, or for a CRD that the data
 * do not know. Only what was released by `now` counts.
 */
export function removedIn(
  { apis, releases, now }: Pick<LadderInput, "apis" | "releases" | "now">,
  crd: string,
  storedVersions: readonly string[],
): string | undefined {
  const since = historyOf(apis, crd)?.since ?? [];
  const removal = since.find((entry, index) =>
    storedVersions.some((version) => !isServed(entry, version) && since.slice(0, index).some((earlier) => isServed(earlier, version))),
  );
  const minor = removal && minorOfRelease(removal.flux);
  return minor !== undefined && minorsAt(releases, now).includes(minor) ? minor : undefined;
}

/** Why the data cannot answer; undefined where they can. */
function uncovered({ apis, releases, now, from }: LadderInput, newest: string, stored: readonly StoredCrd[]): string | undefined {
  if (from !== undefined && !isMinor(from)) return `"${from}" is no minor version of Flux, such as 2.9`;
  if (from !== undefined && compareMinors(from, newest) > 0) return `Flux ${from} is newer than ${newestWords(releases, now)}`;
  if (from !== undefined && compareMinors(from, firstMinor(apis)) < 0)
    return `Flux ${from} is older than ${apis.from}, where the API data begin`;
  if (from === undefined && stored.length > 0 && compareMinors(newest, firstMinor(apis)) < 0) {
    return `Flux ${newest} is older than ${apis.from}, where the API data begin`;
  }
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

function firstMinor(apis: ApiVersions): string {
  return minorOfRelease(apis.from) ?? apis.from;
}

function historyOf(apis: ApiVersions, crd: string): CrdHistory | undefined {
  return apis.crds.find((each) => each.crd === crd);
}

/** A CRD as a minor ships it; undefined where it ships none, and leaves the cluster's as it is. */
function entryAt(apis: ApiVersions, crd: string, minor: string) {
  return historyOf(apis, crd)?.since.findLast(({ flux }) => compareMinors(minorOfRelease(flux) ?? flux, minor) <= 0);
}

function isServed(entry: CrdHistory["since"][number], version: string): boolean {
  return entry.versions.some(({ name, served }) => served && name === version);
}

function serves(apis: ApiVersions, { crd, versions }: StoredCrd, minor: string): boolean {
  const entry = entryAt(apis, crd, minor);
  return entry === undefined || versions.every((version) => isServed(entry, version));
}

function migratedAt(apis: ApiVersions, stored: StoredCrd, minor: string): StoredCrd {
  const storage = entryAt(apis, stored.crd, minor)?.versions.find((version) => version.storage)?.name;
  return storage === undefined ? stored : { crd: stored.crd, versions: [storage] };
}

function sameVersions(before: readonly StoredCrd[], after: readonly StoredCrd[]): boolean {
  return before.every(({ versions }, index) => versions.join() === after[index]?.versions.join());
}
