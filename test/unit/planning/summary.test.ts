/** What the terminal is told of a plan. */
import { expect, test } from "@jest/globals";
import { checklist } from "../../../src/plan/checklist.ts";
import { hasWork, planSummary } from "../../../src/planning/summary.ts";
import { fluxd, helmOperator, helmRelease, planned } from "../plan/plan-builder.ts";

const told = { asOf: "2026-08-07", folder: "plan", leftoversOut: false, skipped: 0 };

test("a cluster as in the samples: read-only, three releases, too old a Kubernetes", () => {
  const plan = planned(
    [
      fluxd(["--git-readonly", "--git-label=x", "--ssh-keygen-dir=/x"]),
      helmOperator(),
      helmRelease(),
      helmRelease({}, { name: "web" }),
      helmRelease({}, { name: "search" }),
    ],
    { kubernetesVersion: "v1.20.2", cluster: "prod-eu-1" },
  );
  const suspended = "suspend: true until step 7; releaseName, storageNamespace, maxHistory, disableWait written out";
  expect(planSummary(plan, told).replace(/ {3,}/g, "   ").split("\n")).toEqual([
    "prod-eu-1, Kubernetes v1.20.2: fluxd 1.25.4 in flux/flux (read-only), Helm Operator 1.4.4 in flux/helm-operator and 3 HelmReleases v1",
    "Target: Flux 2.9 (newest as of 2026-08-07). This cluster cannot run it: 2.9 needs Kubernetes 1.33. The files fit the cluster after its upgrade, or a new one.",
    "plan/README.md   9 steps, in order; nothing is applied for you",
    "plan/10-gitrepository-flux-system-fleet.yaml",
    "plan/20-kustomization-flux-system-fleet.yaml   suspend: true until step 5",
    "plan/30-helmrepository-shop-charts-example-com.yaml",
    ...["cart", "search", "web"].map((name) => `plan/40-helmrelease-shop-${name}.yaml   ${suspended}`),
    "Not translated, 3 (reasons in README.md): flux/flux Secret flux-git-deploy, flux/flux --git-label, flux/flux --ssh-keygen-dir",
  ]);
});

test("no Flux 1", () => {
  const plan = planned([], { cluster: "lab-1" });
  expect([hasWork(plan), planSummary(plan, told)]).toEqual([false, "No Flux 1 in lab-1: nothing to plan, nothing written."]);
  expect(planSummary(plan, { ...told, skipped: 2 })).toBe(
    "No Flux 1 in lab-1: nothing to plan, nothing written. 2 documents or files were skipped, so absence cannot be stated.",
  );
});

test("a FluxHelmRelease is left with its reason: Flux 1 is there", () => {
  const object = {
    apiVersion: "helm.integrations.flux.weave.works/v1alpha2",
    kind: "FluxHelmRelease",
    metadata: { name: "old", namespace: "shop" },
  };
  expect(planSummary(planned([object]), told)).toBe(
    "Not translated: FluxHelmRelease shop/old, the whole object: HelmRelease took the place of this kind: write it as one of helm.fluxcd.io/v1, see the Helm Operator release it, and plan again.\nNo Flux 1 workload in these manifests: nothing to plan, nothing written.",
  );
  expect(checklist(planned([fluxd([]), object]), told.asOf)).toContain(
    "kubectl delete crd --ignore-not-found fluxhelmreleases.helm.integrations.flux.weave.works",
  );
});

test("could not look", () => {
  const unreadable = [
    { resource: "daemonsets.apps", verb: "list", reason: "Forbidden", message: "daemonsets.apps: list is forbidden (403)" },
  ] as const;
  expect(planSummary(planned([], { unreadable, cluster: "c" }), told)).toBe(
    "daemonsets.apps: list is forbidden (403).\nCannot say that there is no Flux 1 in c.",
  );
  expect(planSummary(planned([fluxd([])], { unreadable }), told)).toContain(
    "Not read: daemonsets.apps: list is forbidden (403). The plan may lack something.",
  );
  expect(checklist(planned([fluxd([])], { unreadable }), told.asOf)).toContain("**This plan may lack something.**");
});
