/**
 * Every right that the operator needs, and why: the one list that the manifests, `flux-migration check` and the tests come from.
 * Grants nothing by itself.
 */
import { GROUP } from "../api/group.ts";

/** One rule of RBAC, as `rules` of a Role has it. */
export interface Permission {
  /** API group; "" is the core group. */
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Only objects of these names. */
  readonly resourceNames?: readonly string[];
  /** What it is for; a comment in the manifests, and the answer of `check` where it is missing. */
  readonly why: string;
}

/** A rule of RBAC for paths that belong to no kind. */
export interface PathPermission {
  readonly paths: readonly string[];
  readonly verbs: readonly string[];
  readonly why: string;
}

/** In the whole cluster: a ClusterRole. No Secrets, no wildcard; it writes its own kinds and Events, and nothing else. */
export const PERMISSIONS: readonly Permission[] = [
  {
    group: "apps",
    resources: ["deployments", "statefulsets", "daemonsets"],
    verbs: ["list", "watch"],
    why: "workloads that run Flux 1 or the toolkit",
  },
  { group: "", resources: ["namespaces"], verbs: ["list", "watch"], why: "owners of installations, and spec.namespaceSelector" },
  { group: "", resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"], why: "its uid names the cluster" },
  {
    group: "apiextensions.k8s.io",
    resources: ["customresourcedefinitions"],
    verbs: ["list", "watch"],
    why: "API versions that are served and stored",
  },
  {
    group: "helm.fluxcd.io",
    resources: ["helmreleases"],
    verbs: ["list", "watch"],
    why: "objects of the Helm Operator that may be left over",
  },
  { group: "flux.weave.works", resources: ["helmreleases"], verbs: ["list", "watch"], why: "the same, of its beta" },
  {
    group: "helm.integrations.flux.weave.works",
    resources: ["fluxhelmreleases"],
    verbs: ["list", "watch"],
    why: "the same, of its alpha",
  },
  {
    group: "source.toolkit.fluxcd.io",
    resources: ["buckets", "externalartifacts", "gitrepositories", "helmcharts", "helmrepositories", "ocirepositories"],
    verbs: ["list"],
    why: "the toolkit's objects are counted, one request of limit=1 a kind",
  },
  { group: "source.extensions.fluxcd.io", resources: ["artifactgenerators"], verbs: ["list"], why: "counted" },
  { group: "kustomize.toolkit.fluxcd.io", resources: ["kustomizations"], verbs: ["list"], why: "counted" },
  { group: "helm.toolkit.fluxcd.io", resources: ["helmreleases"], verbs: ["list"], why: "counted" },
  { group: "notification.toolkit.fluxcd.io", resources: ["alerts", "providers", "receivers"], verbs: ["list"], why: "counted" },
  {
    group: "image.toolkit.fluxcd.io",
    resources: ["imagepolicies", "imagerepositories", "imageupdateautomations"],
    verbs: ["list"],
    why: "counted",
  },
  { group: GROUP, resources: ["migrationstatuses"], verbs: ["list", "watch", "create"], why: "the object that it keeps" },
  { group: GROUP, resources: ["migrationtimetables"], verbs: ["list", "watch"], why: "dates that the administrator filled in" },
  { group: GROUP, resources: ["migrationstatuses/status", "migrationtimetables/status"], verbs: ["patch"], why: "what it found" },
  { group: "", resources: ["events"], verbs: ["create"], why: "transitions, in namespace default" },
];

/** In the same ClusterRole. Kubernetes grants this to everybody who is signed in, until somebody takes it away to harden a cluster. */
export const PATH_PERMISSIONS: readonly PathPermission[] = [
  { paths: ["/version"], verbs: ["get"], why: "which Kubernetes this is: each minor of Flux has a lowest one" },
];

/** Name of the Lease of leader election where no setting says otherwise. */
export const LEASE_NAME = "flux-migration-operator";

/** In the operator's own namespace, and only with leader election: a Role. `create` cannot be limited to a name: Kubernetes knows none yet then. */
export const LEASE_PERMISSIONS: readonly Permission[] = [
  { group: "coordination.k8s.io", resources: ["leases"], verbs: ["create"], why: "the first replica makes the Lease" },
  {
    group: "coordination.k8s.io",
    resources: ["leases"],
    resourceNames: [LEASE_NAME],
    verbs: ["get", "list", "watch", "update"],
    why: "who leads; followers watch it, so that they take over at once",
  },
];
