/** Six clusters that between them show every state: the tests of the whole status, and of what kubectl prints. */
import type { ClusterParts } from "./subject-builder.ts";
import { crd, FLUX_INSTANCE, fluxd, helmOperator, toolkit, toolkitCrds } from "./subject-builder.ts";

const DENIED = "daemonsets.apps: list is forbidden (403) for system:serviceaccount:flux-migration:flux-migration-operator";

const FLUX1_CRDS = [
  crd("helmreleases.helm.fluxcd.io"),
  crd("helmreleases.flux.weave.works", { served: ["v1beta1"], storage: "v1beta1", stored: ["v1beta1"] }),
];

export const sixClusters = {
  a: {
    name: "prod-eu-1",
    kubernetes: "v1.20.2",
    workloads: [fluxd({ readOnly: true }), helmOperator()],
    crds: FLUX1_CRDS,
    objects: { "helmreleases.helm.fluxcd.io": 3, "helmreleases.flux.weave.works": 0 },
  },
  b: {
    name: "stage-eu-1",
    kubernetes: "v1.34.1",
    workloads: [fluxd(), ...toolkit("v2.6.4")],
    crds: toolkitCrds("v2.6.4"),
    objects: { "imagepolicies.image.toolkit.fluxcd.io": 4 },
  },
  c: {
    name: "prod-us-1",
    kubernetes: "v1.34.1",
    workloads: toolkit("v2.2.3", { image: false }),
    crds: toolkitCrds("v2.2.3").filter((fact) => !fact.name.includes("image.toolkit")),
    namespaces: { "flux-system": { annotations: { "flux-migration.dev/managed-by": "Terraform" } } },
    objects: { "helmreleases.helm.toolkit.fluxcd.io": 61, "helmrepositories.source.toolkit.fluxcd.io": 14 },
  },
  d: {
    name: "shared-eu-1",
    kubernetes: "v1.34.1",
    workloads: [
      ...toolkit("v2.7.5", { namespace: "team-a-flux" }),
      ...toolkit("v2.8.8", { namespace: "team-b-flux" }),
      ...toolkit("v2.9.4", { namespace: "team-c-flux" }),
    ],
    crds: toolkitCrds("v2.9.4"),
    namespaces: {
      "team-a-flux": { labels: { team: "team-a" } },
      "team-b-flux": { labels: { team: "team-b" } },
      "team-c-flux": { labels: { team: "team-c" } },
    },
    ownerLabel: "team",
    objects: { "kustomizations.kustomize.toolkit.fluxcd.io": 212 },
  },
  e: {
    name: "lab-1",
    kubernetes: "v1.34.1",
    crds: FLUX1_CRDS,
    objects: { "helmreleases.helm.fluxcd.io": 2, "helmreleases.flux.weave.works": 0 },
  },
  f: {
    name: "prod-ap-1",
    kubernetes: "v1.34.1",
    workloads: toolkit("v2.9.4", { labels: FLUX_INSTANCE }),
    crds: toolkitCrds("v2.9.4"),
    unreadable: [{ resource: "daemonsets.apps", verb: "list", reason: "Forbidden", message: DENIED }],
  },
} as const satisfies Record<string, ClusterParts>;

export type ClusterName = keyof typeof sixClusters;

/** Columns of `kubectl get migrationstatus -o wide`, but for NAME and AGE. */
export const rows: Record<ClusterName, string> = {
  a: "1.25.4 1.4.4 None Archived None NotStarted MigrateNow True prod-eu-1 Critical 0/5 KubernetesTooOld None 1 2022-09-20",
  b: "1.25.4 None 2.6 Archived EndOfSupport InProgress FinishMigration True stage-eu-1 Critical 1/5 StoredVersions None 2 2022-09-20",
  c: "None None 2.2 None EndOfSupport Complete UpgradeFlux True prod-us-1 Warning 5/5 StoredVersions None 1 2022-09-20",
  d: "None None 2.7..2.9 None Ending Complete AlignControllers True shared-eu-1 Warning 5/5 None None 3 2022-09-20",
  e: "None None None None None LeftoversRemain RemoveLeftovers True lab-1 Info 4/5 None None 0 2022-09-20",
  f: "Unknown Unknown 2.9 Unknown Unknown Unknown GrantAccess False prod-ap-1 Warning Unknown None None 1 2022-09-20",
};
