/**
 * config/gotk-api-versions.json: what each CRD of the toolkit serves and stores, release by release. Asks no cluster, and leads nowhere:
 * upgrade-ladder.ts does.
 */
import semver from "semver";
import * as z from "zod";
import { type Problem, parseData, strict } from "../data/invalid-data.ts";
import { compareMinors, minorOfRelease, minorsAt, type ReleaseData } from "../timetable/releases.ts";

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
export type CrdHistory = ApiVersions["crds"][number];
export type CrdVersions = CrdHistory["since"][number];

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
