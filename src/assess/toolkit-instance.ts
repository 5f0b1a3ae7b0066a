/**
 * One toolkit installation: which Flux 2 release it is, whether that is supported, and whether its controllers and CRDs fit together.
 * Not for what to do about it (recommend.ts), nor for Flux 1.
 */
import type { DetectedComponent } from "../detect/component.ts";
import { fitRelease, isMinor, minorOfRelease, minorsAt, type ReleaseData } from "../timetable/releases.ts";
import { type SupportState, supportOf } from "../timetable/support.ts";
import { compareText } from "./compare-text.ts";
import { compareVersions } from "./semver-range.ts";
import { listed } from "./sentence.ts";
import type { Subject } from "./subject.ts";

/** The Flux 2 minor of one controller. `Newer`: above all that the data knows. */
export type MinorOf = { at: "Known"; minor: string; release: string } | { at: "Newer"; release?: string } | { at: "Unknown" };

export interface ToolkitInstance {
  name: string;
  namespace: string;
  components: readonly DetectedComponent[];
  /** Minor of each component, in their order. */
  minors: readonly MinorOf[];
  /** Lowest minor among the controllers: support is judged by the oldest. */
  minor?: string;
  highestMinor?: string;
  release?: string;
  newer: boolean;
  cliVersion?: string;
  support: SupportState;
  /** Minors between the controllers furthest apart. */
  spread: number;
  /** Minors between the controllers and the cluster's one set of CRDs; undefined where either is unknown. */
  crdDistance?: number;
}

/**
 * What tells installations apart: the namespace and, in files, the folder, for a repository holds many clusters with namespaces of the
 * same name.
 */
export function siteOf({ namespace, source }: DetectedComponent): string {
  return source === undefined ? namespace : `${namespace}\n${source.file.replace(/[^/\\]*$/, "")}`;
}

/** Release of the cluster's one set of toolkit CRDs, by their label: the newest, since CRDs are only ever replaced by newer ones. */
export function crdRelease(subject: Subject): string | undefined {
  // Files may hold the CRDs of many clusters.
  if (subject.look.files !== undefined) return undefined;
  return subject.look.crds
    .filter((crd) => crd.track === "GitOpsToolkit")
    .flatMap((crd) => (crd.release === undefined ? [] : [crd.release]))
    .sort(compareVersions)
    .at(-1);
}

/** @returns the installations of the given components, one a namespace, and in files one a folder; in order of their names */
export function toolkitInstances(components: readonly DetectedComponent[], subject: Subject): ToolkitInstance[] {
  const sites = [...Map.groupBy(components, siteOf)].sort(([a], [b]) => compareText(a, b));
  const crdMinor = minorOf(crdRelease(subject));
  const instances = sites.map(([, ofSite]) => toolkitInstance(ofSite, crdMinor, subject));
  const newer = instances.filter((instance) => instance.newer);
  if (newer.length === 0) return instances;
  // A release that the data does not know may have ended the support of others; what had ended before stays ended.
  const support = newerThanData(
    newer.map(({ namespace }) => namespace),
    subject.data.releases,
  );
  return instances.map((instance) =>
    instance.support.support === "EndOfSupport" || instance.minor === undefined ? instance : { ...instance, support },
  );
}

function newerThanData(namespaces: readonly string[], releases: ReleaseData): SupportState {
  return { support: "Unknown", why: `the release in ${listed(namespaces)} is newer than the data of ${releases.asOf}` };
}

function toolkitInstance(components: readonly DetectedComponent[], crdMinor: string | undefined, subject: Subject): ToolkitInstance {
  const { releases, after } = subject.data;
  const namespace = components[0]?.namespace ?? "";
  const minors = minorsOf(components, releases);
  const known = minors.flatMap((minor) => (minor.at === "Known" ? [minor] : [])).sort((a, b) => compareVersions(a.release, b.release));
  const [lowest, highest] = [known.at(0), known.at(-1)];
  const newer = minors.find((minor) => minor.at === "Newer");
  // A chart or a FluxInstance in a file was written by no CLI.
  const cliVersion = components.find(
    ({ distribution, workload }) => distribution !== undefined && workload.apiVersion === "apps/v1",
  )?.distribution;
  const release = newer?.release ?? lowest?.release;
  const order = minorsAt(releases, subject.now);
  const distance = (a: string | undefined, b: string | undefined) => minorDistance(order, a, b);
  return {
    name: `${namespace}/toolkit`,
    namespace,
    components,
    minors,
    newer: newer !== undefined,
    ...(lowest ? { minor: lowest.minor } : {}),
    ...withHighest(newerMinor(newer) ?? highest?.minor),
    ...(release === undefined ? {} : { release }),
    ...(cliVersion === undefined ? {} : { cliVersion }),
    support: lowest
      ? supportOf(releases, after.policy, lowest.minor, subject.now)
      : unknownSupport(newer === undefined ? undefined : namespace, releases),
    spread: distance(lowest?.minor, highest?.minor) ?? 0,
    ...withDistance(distance(lowest?.minor, crdMinor), distance(highest?.minor, crdMinor)),
  };
}

function unknownSupport(newerIn: string | undefined, releases: ReleaseData): SupportState {
  return newerIn !== undefined ? newerThanData([newerIn], releases) : { support: "Unknown", why: "no version of it can be read" };
}

function withDistance(low: number | undefined, high: number | undefined): { crdDistance?: number } {
  return low === undefined || high === undefined ? {} : { crdDistance: Math.max(low, high) };
}

function withHighest(highestMinor: string | undefined): { highestMinor?: string } {
  return highestMinor === undefined ? {} : { highestMinor };
}

function newerMinor(minor: MinorOf | undefined): string | undefined {
  return minor?.at === "Newer" ? minorOf(minor.release) : undefined;
}

function minorOf(release: string | undefined): string | undefined {
  if (release === undefined) return undefined;
  return isMinor(release) ? release : minorOfRelease(release);
}

function minorDistance(order: readonly string[], a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [left, right] = [order.indexOf(a), order.indexOf(b)];
  return left < 0 || right < 0 ? undefined : Math.abs(left - right);
}

/** Where several minors shipped a controller version, those that fit the whole installation are meant, the newest of them. */
function minorsOf(components: readonly DetectedComponent[], releases: ReleaseData): MinorOf[] {
  const fits = components.map((component) => minorCandidates(component, releases));
  const lists = fits.flatMap((fit) => (fit.at === "Known" ? [fit.minors] : []));
  const common = lists.reduce<readonly string[] | undefined>(
    (shared, list) => (shared ? shared.filter((minor) => list.includes(minor)) : list),
    undefined,
  );
  return fits.map((fit) => {
    if (fit.at !== "Known") return fit;
    const shared = common?.filter((minor) => fit.minors.includes(minor)) ?? [];
    const minor = (shared.length > 0 ? shared : fit.minors).toSorted(compareVersions).at(-1);
    if (minor === undefined) return { at: "Unknown" };
    return { at: "Known", minor, release: minorOf(fit.label) === minor && fit.label !== undefined ? fit.label : minor };
  });
}

type Candidates = { at: "Known"; minors: readonly string[]; label?: string } | { at: "Newer"; release?: string } | { at: "Unknown" };

/** The tag says what runs; the label only what was installed, so it decides where the tag says nothing. */
function minorCandidates(component: DetectedComponent, releases: ReleaseData): Candidates {
  const label = component.distribution;
  const withLabel = label === undefined ? {} : { label };
  if (component.version.known) {
    const fit = fitRelease(releases, component.name, component.version.value);
    if (fit.at === "Known") return { at: "Known", minors: fit.minors, ...withLabel };
    if (fit.at === "Newer") return { at: "Newer", ...(label === undefined ? {} : { release: label }) };
  }
  const minor = minorOf(label);
  if (label === undefined || minor === undefined) return { at: "Unknown" };
  const known = releases.minors.some((each) => each.minor === minor);
  return known ? { at: "Known", minors: [minor], label } : { at: "Newer", release: label };
}
