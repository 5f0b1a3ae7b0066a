/**
 * Finds a component's version: its tag, else its label, else its chart. Maps no controller version to a Flux release: that needs the
 * release data, and is the assessment's.
 */

import type { Track } from "../timetable/track.ts";
import type { Catalogue, Labels } from "./catalogue.ts";
import type { ComponentName } from "./component-name.ts";
import type { ImageReference } from "./image-reference.ts";
import { visibleText } from "./visible-text.ts";

/** value: `1.25.4`, without v and without the vendor's suffix, `debian13-r1`, which stands apart. */
export type DetectedVersion =
  | { known: true; value: string; suffix?: string; source: "Tag" | "Label" | "Chart" }
  | { known: false; why: string };

/** What a version is read from. */
export interface Versioned {
  component: ComponentName;
  track: Track;
  image: ImageReference;
  /** Of the workload, then of its pod template. */
  labels: readonly Labels[];
}

const VERSION_LABEL = "app.kubernetes.io/version";
const CHART_LABELS = ["helm.sh/chart", "chart"] as const;
/** Numbers of 15 digits at most: those are exact in JavaScript, and semver reads no larger ones. */
const MAJOR_MINOR_PATCH = /^v?((?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14}))(?![0-9A-Za-z])/;
/**
 * alpha, beta and rc belong to the version: the Flux project publishes them (v2.0.0-rc.1, 1.0.0-rc9, v0.0.1-alpha.7). Whatever else
 * follows a dash is a vendor's build of that version (debian13-r1, fips, r0): as a semver pre-release it would sort before the release it is.
 */
const PRERELEASE = /^(?:alpha|beta|rc)(?:0|[1-9]\d*)?(?:\.(?:0|[1-9]\d*))*$/;
const SHOWN_CHARACTERS = 80;

/** @returns version and suffix of a text that starts with a semantic version, v or none; undefined for latest, 1.25, master-abc */
export function readVersion(text: string): { value: string; suffix?: string } | undefined {
  const match = MAJOR_MINOR_PATCH.exec(text);
  if (match?.[1] === undefined) return undefined;
  const core = match[1];
  const rest = text.slice(match[0].length);
  const [, piece = "", after = ""] = /^-([0-9A-Za-z.]*)(.*)$/su.exec(rest) ?? [];
  const value = PRERELEASE.test(piece) ? `${core}-${piece}` : core;
  const suffix = (value === core ? rest : after).replace(/^[-_.+]+/, "");
  return suffix === "" ? { value } : { value, suffix: visibleText(suffix, SHOWN_CHARACTERS) };
}

/** @returns the version of that chart where a label names it, `1.6.0` for `flux-1.6.0`; undefined for any other chart: flux-operator-0.24.0 */
export function versionOfChart(chart: string, label: string): string | undefined {
  return label.startsWith(`${chart}-`) ? readVersion(label.slice(chart.length + 1))?.value : undefined;
}

/** The first answer of tag, label and chart; otherwise why there is none. */
export function detectVersion(subject: Versioned, catalogue: Catalogue): DetectedVersion {
  const { image, labels, track, component } = subject;
  const tag = image.tag === undefined ? undefined : readVersion(image.tag);
  if (tag !== undefined) return { known: true, ...tag, source: "Tag" };

  const label = firstLabel(labels, VERSION_LABEL, readVersion);
  if (label !== undefined && track !== "GitOpsToolkit") return { known: true, ...label, source: "Label" };
  // On the toolkit's workloads the label names the Flux distribution: 2.6.4 as a source-controller's version would be a wrong one.
  if (label !== undefined && namesDistribution(label.value)) {
    return { known: false, why: `${tagProblem(image)}; the version is named by the release` };
  }

  const chart = namedChart(component, labels, catalogue);
  if (chart === undefined) return { known: false, why: tagProblem(image) };
  const { name, version, installs } = chart;
  // The chart's own version is another count: 1.13.3 of the chart flux installs fluxd 1.25.4.
  if (installs === undefined)
    return { known: false, why: `${tagProblem(image)}, and version ${version} of chart ${name} is not in the data` };
  return { known: true, value: installs, source: "Chart" };
}

/**
 * @returns the Flux distribution that the label names, `v2.6.4`; undefined where it names none, or the controller itself, as Bitnami's
 *   chart does
 */
export function readDistribution(labels: readonly Labels[], version: DetectedVersion): string | undefined {
  const label = firstLabel(labels, VERSION_LABEL, readVersion);
  if (label === undefined || !namesDistribution(label.value)) return undefined;
  return version.known && version.value === label.value ? undefined : `v${label.value}`;
}

/** The toolkit was never released as Flux 1.x: such a label is a controller's own version. */
function namesDistribution(version: string): boolean {
  return !version.startsWith("1.");
}

function tagProblem({ tag, digest }: ImageReference): string {
  if (tag !== undefined) return `tag ${tag} is no version`;
  return digest === undefined ? "no tag" : "digest only, no tag";
}

/** The chart that the labels name, and the version of the component that it installs. */
interface LabelledChart {
  readonly name: string;
  readonly version: string;
  readonly installs: string | undefined;
}

function namedChart(component: ComponentName, labels: readonly Labels[], catalogue: Catalogue): LabelledChart | undefined {
  for (const key of CHART_LABELS) {
    for (const [name, versions] of catalogue.charts.get(component) ?? []) {
      const version = firstLabel(labels, key, (value) => versionOfChart(name, value));
      if (version !== undefined) return { name, version, installs: versions.get(version) };
    }
  }
  return undefined;
}

function firstLabel<T>(labels: readonly Labels[], key: string, read: (value: string) => T | undefined): T | undefined {
  for (const set of labels) {
    const value = set.get(key);
    const answer = value === undefined ? undefined : read(value);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
