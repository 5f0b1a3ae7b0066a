/**
 * The image catalogue (config/images.yaml): which image is which component, and by which words a workload can be told from others before
 * it is parsed. Reads no file (catalogue-file.ts) and no workload (component.ts), and judges no command (command.ts).
 */
import type { Track } from "../timetable/track.ts";
import type { CatalogueFile } from "./catalogue-file.ts";
import type { ComponentName } from "./component-name.ts";
import type { ImageReference } from "./image-reference.ts";

/** One way for an image to be a component. */
export interface Pattern {
  component: ComponentName;
  track: Track;
  /** Last segments of the repository; undefined stands for any one. */
  segments: readonly (string | undefined)[];
  labels: readonly (readonly [key: string, value: string])[];
}

/** The catalogue, ready to be asked. */
export interface Catalogue {
  /** By the last segment of a repository: a workload that is not Flux costs one look-up. */
  patterns: ReadonlyMap<string, readonly Pattern[]>;
  commands: CatalogueFile["commands"];
  charts: CatalogueFile["charts"];
  crds: CatalogueFile["crds"];
  needles: readonly string[];
}

export type Labels = ReadonlyMap<string, string>;

/** What an image is. */
export interface ImageMatch {
  component: ComponentName;
  track: Track;
}

/**
 * @param labels label sets of the workload and of its pod template: a label may stand on either
 * @returns the component that the image is, by the first row or form that fits; undefined when it is not Flux
 */
export function matchImage(ref: ImageReference, labels: readonly Labels[], catalogue: Catalogue): ImageMatch | undefined {
  const candidates = catalogue.patterns.get(ref.path.at(-1) ?? "") ?? [];
  const found = candidates.find((pattern) => fitsPath(pattern, ref.path) && fitsLabels(pattern, labels));
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
  return pattern.labels.every(([key, value]) => labels.some((set) => set.get(key) === value));
}
