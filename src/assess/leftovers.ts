/** What Flux 1 leaves behind: its CRDs, and in files objects of them whose CRD is not there. Not for whether they may go: recommend.ts. */
import type { FilePlace } from "../detect/component.ts";
import type { Look } from "./look.ts";
import { counted, listed } from "./sentence.ts";

export interface Leftover {
  /** Name of the CRD: `helmreleases.helm.fluxcd.io`. */
  readonly name: string;
  /** Whether the CRD itself was seen, not its objects alone. */
  readonly defined: boolean;
  /** Undefined where they could not be counted. */
  readonly objects: number | undefined;
  readonly source?: FilePlace;
}

export function leftoversOf({ crds, objects, orphans = [] }: Look): Leftover[] {
  return [
    ...crds
      .filter((crd) => crd.track === "Flux1")
      .map(({ name, source }) => ({ name, defined: true, objects: objects.get(name), ...(source === undefined ? {} : { source }) })),
    ...orphans.map(({ crd, objects: seen, source }) => ({ name: crd, defined: false, objects: seen, source })),
  ];
}

/** `2 CRDs with 2 objects and 1 object without its CRD`; without a number where they could not be counted. */
export function leftoverWords(leftovers: readonly Leftover[]): string {
  const [defined, orphans] = parted(leftovers);
  const crds = counted(defined.length, "CRD");
  const uncounted = defined.some(({ objects }) => objects === undefined);
  return listed([
    ...(defined.length === 0 ? [] : [`${crds} with ${uncounted ? "objects that could not be counted" : counted(sum(defined), "object")}`]),
    ...(orphans.length === 0 ? [] : [orphanWords(orphans)]),
  ]);
}

/** The same with each name, as a sentence without its stop. */
export function remainingWords(leftovers: readonly Leftover[]): string {
  const [defined, orphans] = parted(leftovers);
  const each = defined.map(({ name, objects }) => `${name}${objects === undefined ? "" : ` with ${counted(objects, "object")}`}`);
  return listed([
    ...(defined.length === 0 ? [] : [`${counted(defined.length, "CRD")} of it ${remain(defined.length)} (${listed(each)})`]),
    ...(orphans.length === 0
      ? []
      : [`${orphanWords(orphans)} ${remain(sum(orphans))} (${listed(orphans.map(({ name, objects = 0 }) => `${objects} of ${name}`))})`]),
  ]);
}

function parted(leftovers: readonly Leftover[]): [defined: Leftover[], orphans: Leftover[]] {
  return [leftovers.filter(({ defined }) => defined), leftovers.filter(({ defined }) => !defined)];
}

function sum(leftovers: readonly Leftover[]): number {
  return leftovers.reduce((total, { objects = 0 }) => total + objects, 0);
}

function orphanWords(orphans: readonly Leftover[]): string {
  const objects = sum(orphans);
  return `${counted(objects, "object")} without ${objects === 1 ? "its" : "their"} CRD`;
}

function remain(count: number): string {
  return count === 1 ? "remains" : "remain";
}
