import { describe, expect, test } from "@jest/globals";
import { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import { assess } from "../../../src/assess/assess.ts";
import { type ClusterName, rows, sixClusters } from "./six-clusters.ts";
import { statusOf, subject, told } from "./subject-builder.ts";

const DENIED = "daemonsets.apps: list is forbidden (403) for system:serviceaccount:flux-migration:flux-migration-operator";

/** What each cluster is told: the sentence of the summary, the remaining steps, and its conditions. */
const expected: Record<ClusterName, { message: string; remaining: string[]; conditions: Record<string, string> }> = {
  a: {
    message:
      "Flux 1 is archived since 2022-11-01: no release will follow, not even for security. Upgrade Kubernetes first (1.20.2 runs no supported Flux 2; 2.7 needs 1.32), then move flux/flux and flux/helm-operator to Flux 2.",
    remaining: ["InstallToolkit", "StopFluxd", "RemoveFluxd", "RemoveHelmOperator", "RemoveLeftovers"],
    conditions: {
      Ready: "True/Assessed: 3 workload kinds and 2 CRDs of Flux read in full.",
      Flux1Present: "True/BothPresent: fluxd 1.25.4 runs in flux/flux (read-only) and Helm Operator 1.4.4 runs in flux/helm-operator.",
      MigrationComplete:
        "False/NotStarted: Flux 1 is installed, no toolkit is. Left: InstallToolkit, StopFluxd, RemoveFluxd, RemoveHelmOperator, RemoveLeftovers.",
      ToolkitEndOfSupport: "False/NotInstalled: No toolkit is installed.",
      UpgradeBlocked:
        "True/KubernetesTooOld: Kubernetes 1.20.2 runs no supported Flux 2: 2.7 needs 1.32, 2.8 and 2.9 need 1.33 (flux check --pre).",
      ActionRequired: "True/MigrateNow: <message>",
    },
  },
  b: {
    message:
      "fluxd 1.25.4 (flux/flux) and a toolkit (flux-system, 2.6) run side by side: they must never reconcile the same objects. Upgrade the toolkit first (2.6 is out of support since 2026-06-30), in this order: 2.8, flux migrate, 2.9. Then finish the move.",
    remaining: ["StopFluxd", "RemoveFluxd"],
    conditions: {
      Ready: "True/Assessed: 3 workload kinds and 13 CRDs of Flux read in full.",
      Flux1Present: "True/FluxdPresent: fluxd 1.25.4 runs in flux/flux (image automation on).",
      MigrationComplete: "False/InProgress: Toolkit 2.6 in flux-system stands beside Flux 1. Left: StopFluxd, RemoveFluxd.",
      ToolkitEndOfSupport: "True/EndOfSupport: Out of support as of 2026-08-07: toolkit 2.6.4 in flux-system (since 2026-06-30).",
      UpgradeBlocked:
        "True/StoredVersions: Flux 2.9 removes v1beta2, still in storedVersions of imagepolicies, imagerepositories, imageupdateautomations. Order: 2.8, flux migrate, 2.9.",
      ActionRequired: "True/FinishMigration: <message>",
    },
  },
  c: {
    message:
      "Flux 2.2 is out of support since 2025-02-20. In Terraform (flux_bootstrap_git): version v2.7.5, apply; run flux migrate; version v2.9.4, apply. Do not prune storedVersions by hand.",
    remaining: [],
    conditions: {
      Ready: "True/Assessed: 3 workload kinds and 10 CRDs of Flux read in full.",
      Flux1Present: "False/NotFound: No fluxd and no Helm Operator in any namespace.",
      MigrationComplete: "True/ToolkitOnly: 1 toolkit, 2.2, in flux-system; no trace of Flux 1.",
      ToolkitEndOfSupport: "True/EndOfSupport: Out of support as of 2026-08-07: toolkit 2.2.3 in flux-system (since 2025-02-20).",
      UpgradeBlocked:
        "True/StoredVersions: Flux 2.8 removes v1beta2 and v2beta2, still in storedVersions of buckets, helmcharts, helmreleases, helmrepositories, ocirepositories. Order: 2.7, flux migrate, 2.9.",
      ActionRequired: "True/UpgradeFlux: <message>",
    },
  },
  d: {
    message:
      "3 installations share one set of Flux CRDs. Controllers of 2.7 work on CRDs of 2.9: more than one minor apart. Bring team-a-flux to 2.8 or 2.9, and keep the CRDs in one installation only.",
    remaining: [],
    conditions: {
      Ready: "True/Assessed: 3 workload kinds and 15 CRDs of Flux read in full.",
      Flux1Present: "False/NotFound: No fluxd and no Helm Operator in any namespace.",
      MigrationComplete: "True/ToolkitOnly: 3 toolkits, 2.7..2.9, in team-a-flux, team-b-flux and team-c-flux; no trace of Flux 1.",
      ToolkitEndOfSupport:
        "False/Supported: As of 2026-08-07: toolkit 2.7.5 in team-a-flux is Ending until 2.10 is released, 2.8.8 in team-b-flux is Supported and 2.9.4 in team-c-flux is Current.",
      UpgradeBlocked: "False/Clear: No removed API version is stored.",
      ActionRequired: "True/AlignControllers: <message>",
    },
  },
  e: {
    message:
      "Only leftovers of Flux 1 remain: 2 CRDs with 2 objects. No Helm Operator was found in any namespace; if none runs under an image name of your own, deleting them uninstalls nothing: kubectl delete crd helmreleases.flux.weave.works helmreleases.helm.fluxcd.io",
    remaining: ["RemoveLeftovers"],
    conditions: {
      Ready: "True/Assessed: 3 workload kinds and 2 CRDs of Flux read in full.",
      Flux1Present:
        "False/OnlyLeftovers: No Flux 1 workload; 2 CRDs of it remain (helmreleases.flux.weave.works with 0 objects and helmreleases.helm.fluxcd.io with 2 objects).",
      MigrationComplete: "False/LeftoversRemain: Left: RemoveLeftovers. No toolkit is installed.",
      ToolkitEndOfSupport: "False/NotInstalled: No toolkit is installed.",
      UpgradeBlocked: "False/Clear: No removed API version is stored.",
      ActionRequired: "False/AdviceOnly: <message>",
    },
  },
  f: {
    message:
      "Give the operator list and watch on daemonsets.apps in all namespaces (ClusterRole flux-migration-operator); until then absence of Flux 1 cannot be stated.",
    remaining: [],
    conditions: {
      Ready: `False/AccessDenied: ${DENIED}; deployments.apps, statefulsets.apps and customresourcedefinitions.apiextensions.k8s.io were read in full.`,
      Reconciling: "True/ProgressingWithRetry: Retrying; heals itself when what is missing returns.",
      Flux1Present: `Unknown/AccessDenied: No Flux 1 in what could be read; ${DENIED}.`,
      MigrationComplete: `Unknown/AccessDenied: Not known: ${DENIED}.`,
      ToolkitEndOfSupport: `Unknown/AccessDenied: Toolkit 2.9.4 in flux-system is Current; ${DENIED}.`,
      UpgradeBlocked: "False/Clear: No removed API version is stored.",
      ActionRequired: "True/GrantAccess: <message>",
    },
  },
};

describe.each(Object.keys(sixClusters) as ClusterName[])("cluster %s", (name) => {
  const cluster = sixClusters[name];
  const status = statusOf(cluster);

  test("its row is what kubectl shall print", () => {
    const { summary } = status;
    const cells = [summary.fluxd, summary.helmOperator, summary.toolkit, summary.phase, summary.support, summary.migration, summary.action];
    const ready = status.conditions.find((condition) => condition.type === "Ready")?.status;
    const wide = [status.cluster?.name, summary.severity, summary.progress, summary.blockedBy, summary.nextDate, summary.installs];
    expect([...cells, ready, ...wide, status.timetable?.edition].join(" ")).toBe(rows[name]);
  });

  test("it is told what to do, and why", () => {
    const { message, remaining, conditions } = expected[name];
    expect(status.summary.message).toBe(message);
    expect(status.summary.remaining).toEqual(remaining);
    const fresh = { DataStale: "False/Fresh: Release data of 2026-08-07 (newest minor 2.9) holds until 2026-12-05." };
    const wanted = Object.entries(conditions).map(([type, sentence]) => [type, sentence.replace("<message>", message)]);
    expect(told(status)).toEqual({ ...Object.fromEntries(wanted), ...fresh });
  });

  test("the whole status fits the schema, and a second look at the same cluster changes nothing", () => {
    expect(MigrationStatusStatus.parse(status)).toEqual(status);
    const later = assess({ ...subject({ ...cluster, now: "2026-11-24T13:00:00Z" }), previous: status });
    expect(later.status).toEqual(status);
    expect(later.changes).toEqual([]);
  });
});

describe("the inventory", () => {
  const instances = (name: ClusterName) =>
    (statusOf(sixClusters[name]).inventory.instances ?? []).map(
      ({ name: instance, release, support, alignment, managedBy, managedBySource, owner, severity, cliRange }) =>
        [instance, release, support, alignment, managedBy, managedBySource, owner, severity, cliRange]
          .filter((cell) => cell !== undefined)
          .join(" "),
    );

  test("each installation is judged apart, and says what manages it", () => {
    expect(instances("a")).toEqual(["flux/flux1 Unknown Assumed Critical"]);
    expect(instances("b")).toEqual([
      "flux/flux1 Unknown Assumed Critical",
      "flux-system/toolkit v2.6.4 EndOfSupport Aligned Bootstrap Label Warning 2.5..2.7",
    ]);
    expect(instances("c")).toEqual(["flux-system/toolkit v2.2.3 EndOfSupport Aligned Terraform Annotation Warning 2.1..2.3"]);
    expect(instances("d")).toEqual([
      "team-a-flux/toolkit v2.7.5 Ending Mixed Bootstrap Label team-a Warning 2.6..2.8",
      "team-b-flux/toolkit v2.8.8 Supported Mixed Bootstrap Label team-b Info 2.7..2.9",
      "team-c-flux/toolkit v2.9.4 Current Aligned Bootstrap Label team-c None 2.8..2.10",
    ]);
    expect(instances("f")).toEqual(["flux-system/toolkit v2.9.4 Current Aligned FluxInstance Label None 2.8..2.10"]);
  });

  test("each component carries its phase, its use and its sentence", () => {
    const [component] = statusOf(sixClusters.a).inventory.components ?? [];
    expect(component).toMatchObject({
      name: "fluxd",
      instance: "flux/flux1",
      version: "1.25.4",
      versionSource: "Tag",
      phase: "Archived",
      phaseSince: "2022-11-01",
      features: ["ReadOnly", "SyncRepository"],
      action: {
        code: "MigrateNow",
        message:
          "Flux 1 is archived since 2022-11-01. Move flux/flux to Flux 2; it is read-only, so a GitRepository and a Kustomization replace it.",
      },
    });
  });

  test("each API says what it serves, what it stores, and when that is removed", () => {
    const apis = statusOf(sixClusters.c).inventory.apis ?? [];
    expect(apis.find((api) => api.name.startsWith("helmreleases"))).toEqual({
      name: "helmreleases.helm.toolkit.fluxcd.io",
      release: "v2.2.3",
      served: ["v2beta1", "v2beta2"],
      storage: "v2beta2",
      stored: ["v2beta2"],
      objects: 61,
      removedIn: "2.8",
    });
  });
});
