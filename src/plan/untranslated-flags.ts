/** Flags without an equal in Flux 2, each with the reason. What a flag becomes that has one stands in fluxd.ts and helm-operator.ts. */

/** By the flag's name, or by its beginning where it ends in `*`. The first that fits counts. */
type Reasons = readonly (readonly [string, string])[];

const OWN_PROCESS = "it is about Flux 1's own process";
const CLUSTER_ACCESS = "the toolkit's controllers reach the cluster by their own ServiceAccounts";
const TILLER = "Flux 2 knows Helm 3 and later only, and no Tiller";

const FLUXD: Reasons = [
  ["git-secret", "Flux 2 does not run git-secret: move these files to SOPS, a line in the step of syncing"],
  ["git-gpg-key-import", "nothing in Flux 2 decrypts, verifies or signs with these keys"],
  ["git-set-author", "Flux 2 has one author for its commits"],
  ["git-label", "Flux 2 keeps no sync tag in Git; its state is in the Kustomization's status"],
  ["git-sync-tag", "Flux 2 keeps no sync tag in Git; its state is in the Kustomization's status"],
  ["git-notes-ref", "Flux 2 writes no Git notes"],
  ["sync-state", "Flux 2 keeps its state in the Kustomization's status"],
  [
    "manifest-generation",
    "Flux 2 runs no generators of .flux.yaml: make kustomize overlays the Kustomization's path, and run other generators in CI, a line in the step of syncing",
  ],
  ["k8s-secret-volume-mount-path", "Flux 2 reads the Secret itself, and mounts none"],
  ["k8s-secret-data-key", "in Flux 2 the key of the Secret is always named identity"],
  ["k8s-in-cluster", CLUSTER_ACCESS],
  ["k8s-verbosity", OWN_PROCESS],
  ["k8s-unsafe-exclude-resource", "Flux 2 excludes nothing by kind: take these objects out of the path, or use .sourceignore"],
  ["ssh-keygen-*", "Flux 2 makes no key in the cluster: flux create secret git makes one and puts it into a Secret"],
  ["memcached-*", "Flux 2 needs no memcached: the image-reflector-controller keeps its own database"],
  ["registry-insecure-host", "no image of these registries is automated"],
  ["registry-*", "how registries are scanned is set at each ImageRepository, and image-reflector-controller has no equal of this flag"],
  ["automation-interval", "no ImageUpdateAutomation is written"],
  ["token", "the service that it is for has ended"],
  ["listen*", OWN_PROCESS],
  ["log-format", OWN_PROCESS],
  ["rpc-timeout", OWN_PROCESS],
  ["version", OWN_PROCESS],
  ["help", OWN_PROCESS],
  ["kubernetes-kubectl", CLUSTER_ACCESS],
  ["docker-config", "credentials of registries are Secrets named by each ImageRepository"],
];

const HELM_OPERATOR: Reasons = [
  ["tiller-*", TILLER],
  ["helm-repository-import", "credentials of Helm repositories are Secrets named by each HelmRepository"],
  ["update-chart-deps", "Flux 2 always resolves what a chart from Git depends on"],
  ["log-release-diffs", "what differs is told by flux diff and by the HelmRelease's driftDetection"],
  ["workers", "helm-controller's own flag --concurrent takes its place"],
  ["allow-namespace", "helm-controller watches all namespaces, or its own alone (--watch-all-namespaces=false)"],
  ["status-update-interval", "helm-controller writes a status when it changes"],
  ["master", CLUSTER_ACCESS],
  ["kubeconfig", CLUSTER_ACCESS],
  ["listen*", OWN_PROCESS],
  ["log-format", OWN_PROCESS],
  ["version", OWN_PROCESS],
  ["git-*", "no HelmRelease that is translated has a chart in Git"],
  ["charts-sync-interval", "no HelmRelease is translated"],
  ["enabled-helm-versions", "no HelmRelease is translated"],
];

const UNKNOWN = "no published release of Flux 1 has this flag with an equal in Flux 2";

export function fluxdReason(name: string): string {
  return reasonIn(FLUXD, name);
}

export function helmOperatorReason(name: string): string {
  return reasonIn(HELM_OPERATOR, name);
}

function reasonIn(reasons: Reasons, name: string): string {
  const found = reasons.find(([flag]) => (flag.endsWith("*") ? name.startsWith(flag.slice(0, -1)) : flag === name));
  return found?.[1] ?? UNKNOWN;
}
