import { describe, expect, test } from "@jest/globals";
import { MANAGED_BY_ANNOTATION, ManagedBy } from "../../../src/detect/managers.ts";
import { parseManagers } from "../../../src/detect/managers-file.ts";
import { deployment, detect } from "./workload-builder.ts";

const toolkit = "ghcr.io/fluxcd/source-controller:v1.6.2";
const fluxd = "docker.io/fluxcd/flux:1.25.4";

function managed(image: string, labels: Record<string, string> = {}): string {
  const manager = detect(deployment("n", "w", { image, labels }))[0]?.manager;
  return manager === undefined ? "not known" : `${manager.managedBy} (${manager.source})`;
}

const applied = (name: string, namespace: string) => ({
  "kustomize.toolkit.fluxcd.io/name": name,
  "kustomize.toolkit.fluxcd.io/namespace": namespace,
});
const bootstrap = applied("flux-system", "flux-system");
const instance = { "app.kubernetes.io/managed-by": "flux-operator" };
const chart = { "helm.sh/chart": "flux2-2.13.0", "app.kubernetes.io/managed-by": "Helm" };

describe("who manages an installation", () => {
  test.each<[string, string, Record<string, string>, string]>([
    ["nobody says", toolkit, {}, "not known"],
    ["flux bootstrap", toolkit, bootstrap, "Bootstrap (Label)"],
    ["flux bootstrap in a namespace of its own", toolkit, applied("gitops", "gitops"), "Bootstrap (Label)"],
    ["a Kustomization over a source of manifests", toolkit, applied("flux", "flux-system"), "not known"],
    ["Kommander", toolkit, applied("kommander-flux-templates", "kommander-flux"), "not known"],
    ["a FluxInstance", toolkit, instance, "FluxInstance (Label)"],
    ["a FluxInstance by its name", toolkit, { "fluxcd.controlplane.io/name": "flux" }, "FluxInstance (Label)"],
    ["a FluxInstance that is itself in Git", toolkit, { ...bootstrap, ...instance }, "FluxInstance (Label)"],
    ["the chart flux2", toolkit, chart, "HelmChart (Label)"],
    ["the chart flux2 without Helm", toolkit, { "helm.sh/chart": "flux2-2.13.0" }, "not known"],
    ["AKS", "mcr.microsoft.com/oss/fluxcd/source-controller:v1.2.2", {}, "AksExtension (Assumed)"],
    ["AKS, newer path", "mcr.microsoft.com/oss/v2/fluxcd/source-controller:v1.2.2", {}, "AksExtension (Assumed)"],
    ["AKS images with bootstrap", "mcr.microsoft.com/oss/v2/fluxcd/source-controller:v1.2.2", bootstrap, "Bootstrap (Label)"],
    ["a mirror of AKS images", "mirror.local/mcr.microsoft.com/oss/fluxcd/source-controller:v1.2.2", {}, "not known"],
    ["EKS Anywhere", "public.ecr.aws/eks-anywhere/fluxcd/source-controller:v1.2.2", {}, "EksAnywhere (Assumed)"],
    ["EKS Anywhere, which bootstraps", "public.ecr.aws/eks-anywhere/fluxcd/source-controller:v1.2.2", bootstrap, "EksAnywhere (Assumed)"],
    ["the chart flux", fluxd, { "helm.sh/chart": "flux-1.13.3" }, "HelmChart (Label)"],
    ["the chart flux, Helm 2", fluxd, { chart: "flux-1.13.3" }, "HelmChart (Label)"],
    ["the chart helm-operator", "fluxcd/helm-operator:1.4.4", { chart: "helm-operator-1.4.4" }, "HelmChart (Label)"],
    ["fluxd, applied by a toolkit", fluxd, bootstrap, "not known"],
  ])("%s", (_, image, labels, manager) => expect(managed(image, labels)).toBe(manager));
});

test("the annotation allows every name, Terraform too, and no other word", () => {
  expect(MANAGED_BY_ANNOTATION).toBe("flux-migration.dev/managed-by");
  expect(ManagedBy.options).toEqual(["Bootstrap", "Terraform", "FluxInstance", "HelmChart", "AksExtension", "EksAnywhere"]);
  expect(ManagedBy.safeParse("terraform").success).toBe(false);
});

describe("a wrong data file says where", () => {
  const rule = { managedBy: "Bootstrap", found: "Label", all: [{ label: "a" }], source: "a test" };
  test.each<[unknown, string]>([
    [{ rules: [{ ...rule, managedBy: "Argo" }] }, 'rules[0].managedBy is "Argo"'],
    [
      { rules: [rule, { ...rule, all: [] }] },
      "rules[1].all is an empty list; want one test at least: a rule without any would claim every installation",
    ],
    [{ rules: [{ ...rule, all: [{ lable: "a" }] }] }, "rules[0].all[0] is a mapping; want label or annotation"],
  ])("%#", (input, message) => expect(() => parseManagers(input, "config/managers.yaml")).toThrow(`config/managers.yaml: ${message}`));
});
