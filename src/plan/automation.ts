/**
 * The annotations of a workload or a HelmRelease as image automation: which of its images follow which policy, and the line that is marked
 * for each. Reads no cluster; the policies themselves stand in image-policies.ts.
 */
import type { Draft } from "./draft.ts";
import { type FluxAnnotation, fluxAnnotations } from "./flux-annotations.ts";
import type { ImageChoice, ImagePolicies } from "./image-policies.ts";
import { code } from "./markdown.ts";

/** An image that a workload names. */
export interface NamedImage {
  readonly container: string;
  readonly image: string;
  readonly lines: readonly ImageLine[];
  /** Annotations that said where it is. */
  readonly paths: readonly string[];
  /** Why no line can take the marker, where none can. */
  readonly unmarkable?: string;
}

/** Where the marker goes, and what of the image it is for. */
export type ImageLine = { readonly part: "" | ":tag" } & (
  | { readonly in: "Git"; readonly text: string }
  | { readonly in: "Plan"; readonly object: string; readonly path: readonly string[] }
);

export interface Steered {
  readonly subject: string;
  readonly annotations: ReadonlyMap<string, string>;
  readonly images: readonly NamedImage[];
  /** Names of Secrets with which its images are pulled. */
  readonly pullSecrets: readonly string[];
}

/** @param policies undefined where image automation does not run; `why` says so */
export function translateAnnotations(steered: Steered, policies: ImagePolicies | undefined, why: string, draft: Draft): void {
  const { subject } = steered;
  const { ledger } = draft;
  const read = fluxAnnotations(steered.annotations);
  const first = (means: FluxAnnotation["means"]) => read.find((each) => each.means === means);
  const ignore = first("Ignore");
  if (ignore) translateIgnore(subject, ignore, draft);
  const automated = first("Automated");
  const held = heldBack(read);
  const reason = held === undefined ? (policies === undefined ? why : undefined) : `it is ${held}: no ImagePolicy follows its images`;
  if (automated?.value === "true" && reason === undefined && policies !== undefined) automate(steered, read, automated, policies, draft);
  for (const each of read) if (!ledger.isAccounted(subject, each.key)) ledger.left(subject, each.key, leftReason(each, automated, reason));
}

/** What kept Flux 1 from the images of an object that is automated. */
function heldBack(read: readonly FluxAnnotation[]): "locked" | "ignored" | undefined {
  const said = read.filter(({ value }) => value === "true");
  if (said.some(({ key }) => key.endsWith("/locked"))) return "locked";
  return said.some(({ means }) => means === "Ignore") ? "ignored" : undefined;
}

function leftReason({ means, value }: FluxAnnotation, automated: FluxAnnotation | undefined, reason: string | undefined): string {
  switch (means) {
    case "Automated":
      return value === "true" ? (reason ?? "the same is said by a newer annotation") : "no image of it is automated";
    case "Locked":
      return value === "true" ? "Flux 2 locks nothing: without a marked line in Git no image is changed" : "Flux 2 locks nothing";
    case "Filter":
    case "ValuePath":
      return reason ?? (automated?.value === "true" ? "it names no image of this object" : "without fluxcd.io/automated it has no effect");
    case "Ignore":
      return "the same is said by a newer annotation";
    case "Unknown":
      return "Flux 2 has no equal";
    default:
      return means satisfies never;
  }
}

/** Of Flux 2, for what `ignore` kept fluxd from: applying, or deleting alone. */
const IGNORING: ReadonlyMap<string, { readonly annotation: string; readonly otherwise: string }> = new Map([
  [
    "true",
    { annotation: "kustomize.toolkit.fluxcd.io/reconcile: disabled", otherwise: "the Kustomization applies what Flux 1 left alone" },
  ],
  ["sync_only", { annotation: "kustomize.toolkit.fluxcd.io/prune: disabled", otherwise: "it is deleted once it is no longer in Git" }],
]);

function translateIgnore(subject: string, { key, value }: FluxAnnotation, { ledger }: Draft): void {
  const ignoring = IGNORING.get(value);
  if (ignoring === undefined) {
    ledger.left(subject, key, "it ignored nothing with this value");
    return;
  }
  const { annotation, otherwise } = ignoring;
  ledger.translated(subject, key, `annotation ${annotation}, in Git: a line in the step Prepare`);
  ledger.chore("Prepare", `Put this annotation on ${code(subject)} in Git, or ${otherwise}:`, [], { language: "yaml", text: [annotation] });
}

function automate(
  { subject, images, pullSecrets }: Steered,
  read: readonly FluxAnnotation[],
  automated: FluxAnnotation,
  policies: ImagePolicies,
  draft: Draft,
): void {
  const { ledger, namespace } = draft;
  const chosen: string[] = [];
  const hasPullSecret = pullSecrets.length > 0;
  for (const { container, image, lines, paths, unmarkable } of images) {
    const filter = read.find((each) => each.means === "Filter" && each.container === container);
    const choice: ImageChoice =
      unmarkable === undefined
        ? policies.choose(image, filter?.value, { subject, container, hasPullSecret })
        : { at: "None", why: unmarkable };
    if (choice.at === "None") {
      for (const field of [filter?.key ?? `container ${container}`, ...paths]) ledger.left(subject, field, choice.why);
      continue;
    }
    chosen.push(choice.object);
    if (filter) ledger.translated(subject, filter.key, choice.object);
    for (const path of paths) ledger.translated(subject, path, choice.object);
    for (const line of lines) mark(line, `{"$imagepolicy": "${namespace}:${choice.name}${line.part}"}`, container, subject, draft);
  }
  if (chosen.length === 0) {
    ledger.left(subject, automated.key, "no image of it can be followed");
    return;
  }
  ledger.translated(subject, automated.key, [...new Set(chosen)].join(", "));
  for (const secret of pullSecrets)
    ledger.chore(
      "ImageAutomation",
      `${code(subject)} pulls with the Secret ${code(secret)}. Where its registry needs that for reading, copy the Secret into ${code(namespace)} and name it in ${code("spec.secretRef")} of the ImageRepository.`,
    );
}

function mark(line: ImageLine, marker: string, container: string, subject: string, draft: Draft): void {
  if (line.in === "Plan") {
    draft.mark(line.object, { path: line.path, marker });
    return;
  }
  draft.ledger.chore("ImageAutomation", `Mark the image of container ${code(container)} of ${code(subject)} in Git:`, [], {
    language: "yaml",
    text: [`${line.text} # ${marker}`],
  });
}
