/** Which file each object of a plan stands in, in the order of the steps. Writes none. */
import type { Mark, PlannedObject } from "./draft.ts";
import { fileNames } from "./names.ts";
import type { Plan } from "./plan.ts";
import type { GeneratedKind } from "./target.ts";

/** Numbers in front of file names: an order in which a folder reads like the steps. */
const ORDER: Readonly<Record<GeneratedKind, number>> = {
  GitRepository: 10,
  Kustomization: 20,
  Provider: 25,
  Alert: 26,
  HelmRepository: 30,
  HelmRelease: 40,
  ImageRepository: 50,
  ImagePolicy: 51,
  ImageUpdateAutomation: 52,
};

export interface PlannedFile {
  /** Without a folder. */
  readonly name: string;
  readonly object: PlannedObject;
  /** What of it image automation rewrites. */
  readonly marks: readonly Mark[];
  /** The step that applies it. */
  readonly step: "ApplySync" | "ImageAutomation" | "ApplyReleases";
}

export function plannedFiles(plan: Plan): PlannedFile[] {
  const ordered = plan.objects.toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  const names = fileNames(ordered.map(({ kind, metadata }) => ({ order: ORDER[kind], kind, ...metadata })));
  return ordered.map((object, index) => {
    const { kind, metadata } = object;
    const marks = plan.marks.get(`${kind} ${metadata.namespace}/${metadata.name}`) ?? [];
    return { name: names[index] ?? "", object, marks, step: stepOf(object, plan) };
  });
}

function stepOf({ kind, metadata }: PlannedObject, plan: Plan): PlannedFile["step"] {
  if (kind === "HelmRelease" || kind === "HelmRepository") return "ApplyReleases";
  if (kind.startsWith("Image")) return "ImageAutomation";
  return kind === "GitRepository" && !plan.repositories.has(`${metadata.namespace}/${metadata.name}`) ? "ApplyReleases" : "ApplySync";
}
