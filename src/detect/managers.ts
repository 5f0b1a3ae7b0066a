/**
 * Who manages an installation (config/managers.yaml), told from the labels, annotations and image of a workload.
 * Does not read the namespace's annotation, which overrides this: the assessment applies it, with the words of ManagedBy.
 */
import * as z from "zod";
import type { Track } from "../timetable/track.ts";
import type { Labels } from "./catalogue.ts";
import { type ImageReference, wholePath } from "./image-reference.ts";
import type { Managers } from "./managers-file.ts";

/** On a namespace: says who manages the installation in it, against whatever the rules find. */
export const MANAGED_BY_ANNOTATION = "flux-migration.dev/managed-by";

/** The words that the namespace annotation allows, and that rules answer with. */
export const ManagedBy = z.enum(["Bootstrap", "Terraform", "FluxInstance", "HelmChart", "AksExtension", "EksAnywhere"]);
export type ManagedBy = z.output<typeof ManagedBy>;

/** Where the proof stands; Assumed where an image name is all there is. */
export const ManagedBySource = z.enum(["Label", "Annotation", "Assumed"]);
export type ManagedBySource = z.output<typeof ManagedBySource>;

type Test = Managers["rules"][number]["all"][number];

/** Who manages a workload, and how that is known. */
export interface Manager {
  managedBy: ManagedBy;
  source: ManagedBySource;
}

/** What the rules look at. */
export interface ManagedWorkload {
  track: Track;
  labels: Labels;
  annotations: Labels;
  image: ImageReference;
}

/** @returns the answer of the first rule whose tests all hold; undefined when none does */
export function managerOf(workload: ManagedWorkload, managers: Managers): Manager | undefined {
  const rule = managers.rules.find(
    ({ track, all }) => (track === undefined || track === workload.track) && all.every((one) => holds(one, workload)),
  );
  return rule === undefined ? undefined : { managedBy: rule.managedBy, source: rule.found };
}

function holds(one: Test, workload: ManagedWorkload): boolean {
  if ("imageUnder" in one) {
    return wholePath(workload.image).join("/").startsWith(`${one.imageUnder}/`); // with the slash: oss/fluxcd-other is another place
  }
  const [values, key] = "label" in one ? [workload.labels, one.label] : [workload.annotations, one.annotation];
  const found = values.get(key);
  if (found === undefined) return false;
  const { equals = found, startsWith = "", sameAs = key } = one;
  return found === equals && found.startsWith(startsWith) && found === values.get(sameAs);
}
