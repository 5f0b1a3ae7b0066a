/**
 * The releases of Flux 2 as data: when each came, and which controllers it ships. Reads no file (releases-file.ts)
 * and no image (detect), and states no support (support.ts).
 */
import SemVer from "semver/classes/semver.js";
import parse from "semver/functions/parse.js";
import { dayOf } from "./day.ts";

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
  const parsed = parse(tag);
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
  const wanted = parse(version);
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
  readonly ships: SemVer;
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
      return tag === undefined ? [] : [{ release, ships: new SemVer(tag) }];
    });
  known.set(controller, shipped);
  return shipped;
}

function minorsOf(releases: readonly Release[]): string[] {
  return [...new Set(releases.map((release) => release.minor))];
}
