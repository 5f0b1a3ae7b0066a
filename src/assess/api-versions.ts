/**
 * config/gotk-api-versions.json: what each CRD of the toolkit serves and stores, release by release. Reads no file (api-versions-file.ts),
 * asks no cluster, and leads nowhere: upgrade-ladder.ts does.
 */
import { compareMinors, minorOfRelease, minorsAt, type ReleaseData } from "../timetable/releases.ts";
import type { ApiVersions } from "./api-versions-file.ts";

export type CrdHistory = ApiVersions["crds"][number];
export type CrdVersions = CrdHistory["since"][number];

/** The first minor that the data cover. */
export function firstMinor(apis: ApiVersions): string {
  return minorOfRelease(apis.from) ?? apis.from;
}

export function historyOf(apis: ApiVersions, crd: string): CrdHistory | undefined {
  return apis.crds.find((each) => each.crd === crd);
}

/** A CRD as a minor ships it; undefined where it ships none, and leaves the cluster's as it is. */
export function entryAt(apis: ApiVersions, crd: string, minor: string): CrdVersions | undefined {
  return historyOf(apis, crd)?.since.findLast(({ flux }) => compareMinors(minorOfRelease(flux) ?? flux, minor) <= 0);
}

export function isServed(entry: CrdVersions, version: string): boolean {
  return entry.versions.some(({ name, served }) => served && name === version);
}

/** Of all versions that are served there, the one that is served the longest. */
export function storageOf(entry: CrdVersions): string | undefined {
  return entry.versions.find(({ storage }) => storage)?.name;
}

/** The version in which a minor stores objects. */
export function storageAt(apis: ApiVersions, crd: string, minor: string): string | undefined {
  const entry = entryAt(apis, crd, minor);
  return entry && storageOf(entry);
}

/**
 * The first minor whose CRD no longer serves one of the stored versions (`2.9`); undefined while all are served, or for a CRD that the data
 * do not know. Only what was released by `now` counts.
 */
export function removedIn(
  { apis, releases, now }: { apis: ApiVersions; releases: ReleaseData; now: Date },
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
