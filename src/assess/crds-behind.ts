/** CRDs of the cluster that stayed behind its controllers, and how that is put into words. How they catch up: catch-up.ts. */
import { minorOfRelease, minorsAt } from "../timetable/releases.ts";
import { storageAt } from "./api-versions.ts";
import { type CatchUp, type CatchUpStep, catchUp, type InstalledCrd } from "./catch-up.ts";
import { compareVersions } from "./semver-range.ts";
import type { Subject } from "./subject.ts";
import { crdRelease, type ToolkitInstance } from "./toolkit-instance.ts";

/** Of the controllers, which are of this minor, and the CRDs. */
export function newestInstalled(minor: string | undefined, subject: Subject): string | undefined {
  return [minor, minorOfRelease(crdRelease(subject) ?? "")]
    .filter((value) => value !== undefined)
    .sort(compareVersions)
    .at(-1);
}

/** Those of files store nothing. */
export function installedCrds({ look }: Subject): InstalledCrd[] {
  return look.crds
    .filter(({ track, stored }) => track === "GitOpsToolkit" && stored.length > 0)
    .map(({ name, stored, storage, release = "" }) => {
      const minor = minorOfRelease(release);
      return { crd: name, versions: stored, storage, ...(minor === undefined ? {} : { minor }) };
    });
}

/** A cluster can hold thousands of installations, and each is asked about; they are of few minors. */
const found = new WeakMap<Subject, Map<string | undefined, CatchUp | undefined>>();

/** CRDs that stayed behind controllers of this minor, or behind the newest of the CRDs. */
export function crdsBehind(minor: string | undefined, subject: Subject): CatchUp | undefined {
  const known = found.get(subject) ?? new Map<string | undefined, CatchUp | undefined>();
  found.set(subject, known);
  if (!known.has(minor)) known.set(minor, lookBehind(minor, subject));
  return known.get(minor);
}

function lookBehind(minor: string | undefined, subject: Subject): CatchUp | undefined {
  const { apis, releases } = subject.data;
  const to = newestInstalled(minor, subject);
  return to === undefined ? undefined : catchUp(apis, minorsAt(releases, subject.now), to, installedCrds(subject));
}

/** Whether those of the newest release would not be taken as they are. */
export function isBarred(behind: CatchUp): boolean {
  return behind.at === "Unknown" || behind.steps.some((step) => step.do === "Migrate");
}

/** Whether the controllers of an installation find the API versions that they ask for. The group of a CRD names its controllers. */
export function findsItsVersions({ components, highestMinor = "" }: ToolkitInstance, { crds }: CatchUp, { look, data }: Subject): boolean {
  return look.crds
    .filter(({ name, group }) => crds.includes(name) && components.some((each) => each.name.startsWith(`${group.split(".", 1).join()}-`)))
    .every(({ name, served, storage }) => served.includes(storageAt(data.apis, name, highestMinor) ?? storage));
}

/** `CRDs that stayed behind Flux 2.9: imagepolicies.`, all by their names: one that is not named is not moved. */
export function behindWords(behind: CatchUp, subject: Subject): string {
  const { crds, to } = behind;
  return isWhole(behind, subject) ? `The CRDs stayed behind Flux ${to}.` : `CRDs that stayed behind Flux ${to}: ${pluralsOf(crds)}.`;
}

export function isWhole({ crds }: CatchUp, subject: Subject): boolean {
  return installedCrds(subject).every(({ crd }) => crds.includes(crd));
}

function pluralsOf(crds: readonly string[]): string {
  return crds.map((crd) => crd.split(".", 1).join()).join(", ");
}

/** `flux migrate`, or `CRDs of 2.9`. */
export function catchUpWords(step: CatchUpStep): string {
  if (step.do === "Migrate") return "flux migrate";
  return `CRDs of ${step.minor}${step.only === undefined ? "" : ` (${pluralsOf(step.only)})`}`;
}

/** `Move these alone: run flux migrate, then install the CRDs of 2.9.` */
export function catchUpSentence(behind: CatchUp, subject: Subject): string {
  if (behind.at === "Unknown") return `The way up is not known: ${behind.why}.`;
  const words = behind.steps.map((step) => `${step.do === "Migrate" ? "run" : "install the"} ${catchUpWords(step)}`);
  const leading = words.slice(0, -1).map((word) => `${word}, `);
  const last = `${leading.length === 0 ? "" : "then "}${words.at(-1)}.`;
  return `Move ${isWhole(behind, subject) ? "the CRDs" : "these"} alone: ${leading.join("")}${last}`;
}
