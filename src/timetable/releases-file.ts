/** How flux-releases.json is read, and put in order. Asks it nothing (releases.ts). */
import semver from "semver";
import * as z from "zod";
import { type Problem, parseData, strict } from "../data/invalid-data.ts";
import { IsoDate } from "./edition.ts";
import { compareMinors, isMinor, type Release, type ReleaseData } from "./releases.ts";

const version = z
  .string()
  .refine((text) => text.startsWith("v") && semver.valid(text) !== null, { error: "a semantic version with its v (v2.9.4)" });

const ReleasesFile = strict({
  asOf: IsoDate,
  source: z.string().min(1),
  minors: z.object({ note: z.string().optional() }).catchall(
    strict({
      kubernetesMin: z.string().regex(/^\d+\.\d+(\.\d+)?$/, { error: "a Kubernetes version (1.33 or 1.20.6)" }),
    }),
  ),
  releases: z.array(strict({ version, date: IsoDate, components: z.record(z.string(), version) })).min(1),
});

/**
 * Reads `flux-releases.json`.
 * @throws {InvalidData} with every problem
 */
export function parseReleases(input: unknown, file: string): ReleaseData {
  const { asOf, source, minors, releases } = parseData(ReleasesFile, input, file, releaseOrder);
  const sorted = inOrder(releases.map(release));
  return { asOf, source, releases: sorted, minors: firstDates(sorted), kubernetes: lowestKubernetes(minors) };
}

function release(entry: z.output<typeof ReleasesFile>["releases"][number]): Release {
  const parsed = new semver.SemVer(entry.version);
  return { ...entry, minor: `${parsed.major}.${parsed.minor}`, stable: parsed.prerelease.length === 0 };
}

/** A version is read once: read anew at each comparison, all that a scan does would take less time than the order of releases. */
function inOrder<T extends Release>(releases: readonly T[]): T[] {
  const read = releases.map((each) => ({ each, version: new semver.SemVer(each.version) }));
  return read.sort((a, b) => a.version.compare(b.version)).map(({ each }) => each);
}

function firstDates(releases: readonly Release[]): ReleaseData["minors"] {
  const first = new Map<string, string>();
  for (const { minor, date, stable } of releases) {
    const before = first.get(minor);
    if (stable && (before === undefined || date < before)) first.set(minor, date);
  }
  return [...first].map(([minor, released]) => ({ minor, released }));
}

function lowestKubernetes(minors: z.output<typeof ReleasesFile>["minors"]): ReleaseData["kubernetes"] {
  return Object.entries(minors)
    .flatMap(([minor, entry]) => (typeof entry === "object" ? [{ minor, min: entry.kubernetesMin }] : []))
    .sort((a, b) => compareMinors(a.minor, b.minor));
}

const RoughFile = z.object({
  asOf: IsoDate.optional().catch(undefined),
  minors: z.record(z.string(), z.unknown()).catch({}),
  releases: z
    .array(z.object({ version: version.optional().catch(undefined), date: IsoDate.optional().catch(undefined) }).catch({}))
    .catch([]),
});

/** Problems across entries: a version twice, a release later than the list, minors that came in another order than their numbers. */
function releaseOrder(input: unknown): Problem[] {
  const rough = RoughFile.safeParse(input);
  if (!rough.success) return [];
  const { asOf, minors, releases } = rough.data;
  const problems: Problem[] = Object.keys(minors)
    .filter((minor) => minor !== "note" && !isMinor(minor))
    .map((minor) => ({ path: ["minors", minor], want: "a minor version as its name (2.9)" }));
  const seen = new Map<string, number>();
  releases.forEach(({ version: tag, date }, index) => {
    const twin = tag === undefined ? undefined : seen.get(tag);
    if (twin !== undefined)
      problems.push({ path: ["releases", index, "version"], want: `a version of its own; releases[${twin}] has the same` });
    if (tag !== undefined) seen.set(tag, index);
    if (date !== undefined && asOf !== undefined && date > asOf)
      problems.push({ path: ["releases", index, "date"], want: `a day up to asOf, ${asOf}` });
  });
  return [...problems, ...minorsOutOfOrder(releases)];
}

// The end of a support is the day of a later minor: with minors out of order it would be a wrong day.
function minorsOutOfOrder(releases: readonly { version?: string | undefined; date?: string | undefined }[]): Problem[] {
  const known = releases.flatMap(({ version: tag, date }, index) =>
    tag && date ? [{ ...release({ version: tag, date, components: {} }), index }] : [],
  );
  const minors = firstDates(inOrder(known));
  return minors.flatMap(({ minor, released }, order) => {
    const before = minors[order - 1];
    if (before === undefined || released >= before.released) return [];
    const index = known.find((each) => each.minor === minor && each.date === released)?.index ?? 0;
    return [{ path: ["releases", index, "date"], want: `${before.released} or later, when ${before.minor} came` }];
  });
}
