/** The releases of Flux 2 as data: when each came, and which controllers it ships. States no support (support.ts), and reads no image (detect). */
import semver from "semver";
import * as z from "zod";
import { type Problem, parseData, strict } from "../data/invalid-data.ts";
import { dayOf } from "./day.ts";
import { IsoDate } from "./edition.ts";

export interface Release {
  /** The tag: `v2.9.4`. */
  readonly version: string;
  /** ISO date of the tag. */
  readonly date: string;
  /** `2.9`. */
  readonly minor: string;
  /** False for alpha, beta and release candidates. */
  readonly stable: boolean;
  /** Version of each controller that it ships, by the controller's name. */
  readonly components: Readonly<Record<string, string>>;
}

export interface ReleaseData {
  /** The day on which the list was last checked to be complete, as an ISO date. */
  readonly asOf: string;
  readonly source: string;
  /** In the order of semantic versions, the oldest first. */
  readonly releases: readonly Release[];
  /** Minors with a stable release, the oldest first, each with the date of its first. 0.41 is followed by 2.0. */
  readonly minors: readonly { readonly minor: string; readonly released: string }[];
  /** Lowest Kubernetes by minor, the oldest minor first. A minor without an entry is like the one before it. */
  readonly kubernetes: readonly { readonly minor: string; readonly min: string }[];
}

const MINOR = /^(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

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
    .filter((minor) => minor !== "note" && !MINOR.test(minor))
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

/** Compares two minors by number, as a sort wants it: 2.10 comes after 2.9. */
export function compareMinors(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA - majorB || minorA - minorB;
}

/** Whether a text is a minor version such as `2.9`. */
export function isMinor(text: string): boolean {
  return MINOR.test(text);
}

/** The minors with a stable release at `now`, the oldest first. */
export function minorsAt(data: ReleaseData, now: Date): string[] {
  const today = dayOf(now);
  return data.minors.filter(({ released }) => released <= today).map(({ minor }) => minor);
}

/** The newest minor with a stable release at `now`. */
export function newestMinor(data: ReleaseData, now: Date): string | undefined {
  return minorsAt(data, now).at(-1);
}

/** `v2.6.4` -> `2.6`; undefined for what is no semantic version. */
export function minorOfRelease(tag: string): string | undefined {
  const parsed = semver.parse(tag);
  return parsed === null ? undefined : `${parsed.major}.${parsed.minor}`;
}

/** Says which minor is the newest at `now`: `2.9, the newest in the release data as of 2026-08-07`, or `2.4, the newest released by 2025-01-01`. */
export function newestWords(data: ReleaseData, now: Date): string {
  const newest = newestMinor(data, now);
  const today = dayOf(now);
  const among = today < data.asOf ? `released by ${today}` : `in the release data as of ${data.asOf}`;
  return newest === undefined ? `any ${among}` : `${newest}, the newest ${among}`;
}

/** The newest stable release of a minor at `now`: `2.7` -> `v2.7.5`. */
export function latestPatch(data: ReleaseData, minor: string, now: Date): string | undefined {
  const today = dayOf(now);
  return data.releases.findLast((each) => each.stable && each.minor === minor && each.date <= today)?.version;
}

/** The lowest Kubernetes that a minor runs on (`1.33`). A minor newer than the entries needs at least what the last entry says; before the first it is not known. */
export function kubernetesMin(data: ReleaseData, minor: string): string | undefined {
  return data.kubernetes.findLast((each) => compareMinors(each.minor, minor) <= 0)?.min;
}

export type ReleaseFit =
  /** `minors`: the Flux minors that fit, the oldest first. `releases`: the tags that ship exactly this version; none where only MAJOR.MINOR fits. */
  { at: "Known"; minors: string[]; releases: string[] } | { at: "Newer" } | { at: "Unknown"; why: string };

/**
 * The exact version first, else the same MAJOR.MINOR of the controller (one to one since Flux 2.0), else newer than all that is known.
 * @param controller `source-controller`
 * @param version with or without its v
 */
export function fitRelease(data: ReleaseData, controller: string, version: string): ReleaseFit {
  const wanted = semver.parse(version);
  if (wanted === null) return { at: "Unknown", why: `${controller} ${version} is no semantic version` };
  const shipped = shippedOf(data, controller);
  if (shipped.length === 0) return { at: "Unknown", why: `no release of Flux in the release data ships ${controller}` };
  const exact = shipped.filter(({ ships }) => ships.compare(wanted) === 0).map(({ release }) => release);
  if (exact.length > 0) return { at: "Known", minors: minorsOf(exact), releases: exact.map((release) => release.version) };
  const alike = shipped.filter(({ ships }) => ships.major === wanted.major && ships.minor === wanted.minor).map(({ release }) => release);
  if (alike.length > 0) return { at: "Known", minors: minorsOf(alike), releases: [] };
  if (shipped.every(({ ships }) => ships.compare(wanted) < 0)) return { at: "Newer" };
  return { at: "Unknown", why: `no release of Flux in the release data ships ${controller} ${wanted.major}.${wanted.minor}` };
}

interface Shipped {
  readonly release: Release;
  readonly ships: semver.SemVer;
}

/** A cluster can hold thousands of workloads that look like one controller, and each is asked about at each assessment. */
const shippedBy = new WeakMap<ReleaseData, Map<string, readonly Shipped[]>>();

function shippedOf(data: ReleaseData, controller: string): readonly Shipped[] {
  const known = shippedBy.get(data) ?? new Map<string, readonly Shipped[]>();
  shippedBy.set(data, known);
  const shipped =
    known.get(controller) ??
    data.releases.flatMap((release) => {
      const tag = Object.hasOwn(release.components, controller) ? release.components[controller] : undefined;
      return tag === undefined ? [] : [{ release, ships: new semver.SemVer(tag) }];
    });
  known.set(controller, shipped);
  return shipped;
}

function minorsOf(releases: readonly Release[]): string[] {
  return [...new Set(releases.map((release) => release.minor))];
}
