/**
 * The image catalogue (config/images.yaml): which image is which component, and by which words a workload can be told from others before
 * it is parsed. Reads no file (catalogue-file.ts) and no workload (component.ts), and judges no command (command.ts).
 */
import type { Track } from "../timetable/track.ts";
import type { CatalogueFile } from "./catalogue-file.ts";
import type { ComponentName } from "./component-name.ts";
import { type ImageReference, wholePath } from "./image-reference.ts";
import { versionOfChart } from "./version.ts";

/** One way for an image to be a component. */
export interface Pattern {
  component: ComponentName;
  track: Track;
  /** Last segments of the repository; undefined stands for any one, or for the registry. */
  segments: readonly (string | undefined)[];
  labels: readonly (readonly [key: string, value: LabelValue])[];
  /** Names of flags, of which one at least must be there; none where there are none. */
  flags: readonly string[];
}

/** A value, or the name of a chart, behind which its version stands: `flux-1.6.0` of flux, and no flux-operator-0.24.0. */
export type LabelValue = { readonly equals: string } | { readonly chart: string };

/** The catalogue, ready to be asked. */
export interface Catalogue {
  /** By the last segment of a repository: a workload that is not Flux costs one look-up. */
  patterns: ReadonlyMap<string, readonly Pattern[]>;
  commands: CatalogueFile["commands"];
  /** By the component and the name of the chart: which version of the component each version of the chart installs. */
  charts: ReadonlyMap<ComponentName, ReadonlyMap<string, ReadonlyMap<string, string>>>;
  crds: CatalogueFile["crds"];
  needles: readonly string[];
}

export type Labels = ReadonlyMap<string, string>;

/** What an image is. */
export interface ImageMatch {
  component: ComponentName;
  track: Track;
}

/** Of the container and of its workload: a second proof, where a name alone says nothing. */
export interface Proofs {
  /** Label sets of the workload and of its pod template: a label may stand on either. */
  readonly labels: readonly Labels[];
  /** The container's command and its arguments. */
  readonly words: readonly string[];
}

/** @returns the component that the image is, by the first row or form that fits; undefined when it is not Flux */
export function matchImage(ref: ImageReference, { labels, words }: Proofs, catalogue: Catalogue): ImageMatch | undefined {
  const candidates = catalogue.patterns.get(ref.path.at(-1) ?? "") ?? [];
  const path = wholePath(ref);
  const found = candidates.find((pattern) => fitsPath(pattern, path) && fitsLabels(pattern, labels) && fitsFlags(pattern, words));
  return found === undefined ? undefined : { component: found.component, track: found.track };
}

/**
 * Plain words of letters, digits, `/` and `-`. One of them at least occurs in the JSON text of every workload that can match, so that
 * the others need not be parsed. None of these characters is ever escaped in the API server's JSON.
 */
export function needles(catalogue: Catalogue): string[] {
  return [...catalogue.needles];
}

/** Whether a text may name an image of Flux: where it does not, no pattern can match. */
export function mayNameFlux(text: string, catalogue: Catalogue): boolean {
  return catalogue.needles.some((needle) => text.includes(needle));
}

function fitsPath({ segments }: Pattern, path: readonly string[]): boolean {
  const offset = path.length - segments.length;
  return offset >= 0 && segments.every((wanted, index) => wanted === undefined || wanted === path[offset + index]);
}

function fitsLabels(pattern: Pattern, labels: readonly Labels[]): boolean {
  return pattern.labels.every(([key, value]) => labels.some((set) => fitsValue(value, set.get(key))));
}

function fitsValue(wanted: LabelValue, value: string | undefined): boolean {
  if ("equals" in wanted) return value === wanted.equals;
  return value !== undefined && versionOfChart(wanted.chart, value) !== undefined;
}

function fitsFlags({ flags }: Pattern, words: readonly string[]): boolean {
  if (flags.length === 0) return true;
  // A shell's script is one word of many.
  const all = words.flatMap((word) => word.split(/\s+/));
  return all.some((word) => flags.some((flag) => word === `--${flag}` || word.startsWith(`--${flag}=`)));
}
