/** What was seen of a cluster, and how far that look went. Not for what it means: the other files of this folder say that. */
import type { DetectedComponent, FilePlace } from "../detect/component.ts";
import type { CrdFacts } from "../detect/crd.ts";
import type { NamespaceFacts } from "../detect/namespace.ts";
import { WORKLOAD_KINDS } from "../detect/workload-kind.ts";

/** Kinds whose workloads can be Flux; absence needs all three. */
export const WORKLOAD_RESOURCES = WORKLOAD_KINDS.map(({ resource: { plural, group } }) => `${plural}.${group}`);
export const NAMESPACE_RESOURCE = "namespaces";
export const CRD_RESOURCE = "customresourcedefinitions.apiextensions.k8s.io";

export type UnreadableReason = "Forbidden" | "Unauthorized" | "Unavailable" | "InvalidObject";

/** Something that could not be read: a kind, or one object of a kind. */
export interface Unreadable {
  /** As RBAC names it: `daemonsets.apps`. */
  resource: string;
  /** `namespace/name`, where one object is meant. */
  object?: string;
  verb: "list" | "watch" | "get" | "parse";
  reason: UnreadableReason;
  /** A whole sentence without its stop: `daemonsets.apps: list is forbidden (403) for system:serviceaccount:a:b`. */
  message: string;
}

/** Documents of files as a resource: one that cannot be read may hold any object. */
export const DOCUMENT_RESOURCE = "documents";

/** All objects of one kind. */
export interface Orphans {
  /** Name that their CRD has: `helmreleases.helm.fluxcd.io`. */
  crd: string;
  objects: number;
  /** Of the first. */
  source: FilePlace;
}

export interface Look {
  components: readonly DetectedComponent[];
  crds: readonly CrdFacts[];
  /** Objects a CRD name; a CRD without an entry was not counted. */
  objects: ReadonlyMap<string, number>;
  /** Objects of Flux 1 in files that do not hold their CRD. */
  orphans?: readonly Orphans[];
  namespaces: ReadonlyMap<string, NamespaceFacts>;
  unreadable: readonly Unreadable[];
  /** `v1.36.3`, or undefined where the server did not say. */
  kubernetesVersion?: string;
  clusterUid?: string;
  /** Files that were read, where no cluster was looked at. Then nothing is known of what is stored, and nothing runs. */
  files?: number;
  /** Whether CRDs were left out on purpose, as a look at one namespace leaves them out. */
  crdsLeftOut?: boolean;
  /** Documents and files that were left out on purpose, and may hold any object: templates, links that lead out of their folder. */
  skipped?: number;
}

/** What a look cannot rule out, and why. */
export interface Coverage {
  /** Whether absence of a workload can be stated. */
  workloads: boolean;
  /** Whether absence of a CRD can be stated. */
  crds: boolean;
  /** Reason for conditions that are Unknown, gravest first: a 403 is what a person can mend. */
  reason: "AccessDenied" | "Unavailable" | "ObjectInvalid" | "DocumentsSkipped" | "NamespacesSelected" | "Complete";
}

/** @param selected whether a namespaceSelector narrows the look */
export function coverageOf(
  { unreadable, skipped = 0, crdsLeftOut = false }: Pick<Look, "unreadable" | "skipped" | "crdsLeftOut">,
  selected: boolean,
): Coverage {
  const blind = new Set(unreadable.map((item) => item.resource));
  const documents = skipped === 0 && !blind.has(DOCUMENT_RESOURCE);
  const workloads = documents && !selected && WORKLOAD_RESOURCES.every((resource) => !blind.has(resource));
  return { workloads, crds: documents && !crdsLeftOut && !blind.has(CRD_RESOURCE), reason: reasonOf(unreadable, skipped, selected) };
}

function reasonOf(unreadable: readonly Unreadable[], skipped: number, selected: boolean): Coverage["reason"] {
  const reasons = new Set(unreadable.map((item) => item.reason));
  if (reasons.has("Forbidden") || reasons.has("Unauthorized")) return "AccessDenied";
  if (reasons.has("Unavailable")) return "Unavailable";
  if (reasons.has("InvalidObject")) return "ObjectInvalid";
  if (skipped > 0) return "DocumentsSkipped";
  return selected ? "NamespacesSelected" : "Complete";
}
