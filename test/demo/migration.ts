/** The steps of a migration from Flux 1 to Flux 2, played on a control plane: what a person would do, and how the status shows it. */
import { readFileSync } from "node:fs";
import { setReplicas } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { pathOf, resourceOf } from "../control-plane/discovery.ts";
import { type Manifest, readManifests } from "../control-plane/manifests.ts";
import { applySources } from "./manifests.ts";
import type { Judged } from "./stage.ts";

export interface Step {
  readonly title: string;
  /** What a person would type for it. */
  readonly command?: string;
  act(controlPlane: ControlPlane): Promise<void>;
  /** Whether the status shows the step. */
  reflected(judged: Judged): boolean;
}

const FLUXD = "fluxd.yaml";
const HELM_OPERATOR = "helm-operator.yaml";

const NAMESPACE = "flux";

/** Those of manifests/toolkit.yaml. */
const CONTROLLERS = 6;

export const STEPS: readonly Step[] = [
  {
    title: "Flux 1 runs: fluxd and the Helm Operator",
    act: (controlPlane) => applyOurs(controlPlane, FLUXD, HELM_OPERATOR),
    reflected: ({ summary: { progress } }) => progress === "0/5",
  },
  {
    title: "A toolkit is added",
    command: "flux bootstrap git",
    act: (controlPlane) => applyOurs(controlPlane, "toolkit-crds.yaml", "toolkit.yaml"),
    // One controller would do for the row; all of them have been seen only when all are listed.
    reflected: (judged) => componentsOf(judged).filter(({ track }) => track === "GitOpsToolkit").length === CONTROLLERS,
  },
  {
    title: "fluxd is scaled to 0",
    command: "kubectl -n flux scale deployment flux --replicas=0",
    act: (controlPlane) => setReplicas(controlPlane, NAMESPACE, "flux", 0),
    reflected: ({ summary: { remaining } }) => !remaining.includes("StopFluxd"),
  },
  {
    title: "The Helm Operator is scaled to 0",
    command: "kubectl -n flux scale deployment helm-operator --replicas=0",
    act: (controlPlane) => setReplicas(controlPlane, NAMESPACE, "helm-operator", 0),
    // The number of its replicas stands in the inventory, not in the row.
    reflected: (judged) => componentsOf(judged).some(({ name, replicas }) => name === "helm-operator" && replicas === 0),
  },
  {
    title: "Both are deleted",
    command: "kubectl -n flux delete deployment flux memcached helm-operator",
    act: (controlPlane) => deleteOurs(controlPlane, (manifest) => !isCrd(manifest) && !isKept(manifest), FLUXD, HELM_OPERATOR),
    reflected: ({ summary: { fluxd, helmOperator } }) => fluxd === "None" && helmOperator === "None",
  },
  {
    title: "Their CRDs are deleted",
    command: "kubectl delete crd helmreleases.helm.fluxcd.io helmreleases.flux.weave.works",
    act: (controlPlane) => deleteOurs(controlPlane, isCrd, HELM_OPERATOR),
    reflected: ({ summary: { migration, progress } }) => migration === "Complete" && progress === "5/5",
  },
];

function componentsOf({ status }: Judged) {
  return status.inventory?.components ?? [];
}

function isCrd({ kind }: Manifest): boolean {
  return kind === "CustomResourceDefinition";
}

/** Without a controller manager a deleted namespace would stay Terminating; releases go with their CRD. */
function isKept({ kind }: Manifest): boolean {
  return kind === "Namespace" || kind === "HelmRelease";
}

async function applyOurs(controlPlane: ControlPlane, ...files: readonly string[]): Promise<void> {
  const { refused } = await applySources(
    controlPlane,
    files.map((file) => ({ file, text: textOf(file) })),
  );
  for (const { file, what, why } of refused) throw new Error(`test/demo/manifests/${file}: ${what}: ${why}`);
}

async function deleteOurs(controlPlane: ControlPlane, wanted: (manifest: Manifest) => boolean, ...files: readonly string[]): Promise<void> {
  for (const read of files.flatMap((file) => readManifests(textOf(file)))) {
    if (!read.readable || !wanted(read.manifest)) continue;
    const { apiVersion, kind, metadata } = read.manifest;
    const resource = await resourceOf(controlPlane, apiVersion, kind);
    if (resource === undefined) continue;
    const path = pathOf(apiVersion, resource, metadata.namespace ?? undefined, metadata.name);
    const { status, body } = await controlPlane.request("DELETE", path);
    // Somebody who plays along may have been faster.
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
  }
}

function textOf(file: string): string {
  return readFileSync(new URL(`manifests/${file}`, import.meta.url), "utf8");
}
