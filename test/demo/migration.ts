/** A migration as of today, in its official order, step by step. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import type { DemoCluster } from "./cluster.ts";

const MANIFESTS = join(import.meta.dirname, "manifests");
export const manifest = (name: string) => readFileSync(join(MANIFESTS, `${name}.yaml`), "utf8");

const deployment = (name: string) => `/apis/apps/v1/namespaces/flux/deployments/${name}`;

export interface Step {
  title: string;
  act: (cluster: DemoCluster) => Promise<unknown>;
  reached: (summary: NonNullable<MigrationStatusStatus["summary"]>, status: MigrationStatusStatus) => boolean;
}

/** Flux 1 as the demo begins. */
export const begin = async (cluster: DemoCluster): Promise<void> => {
  await cluster.apply(`${manifest("fluxd")}\n---\n${manifest("helm-operator")}`);
};

export const steps: readonly Step[] = [
  {
    title: "A toolkit is added: now two systems could reconcile the same objects.",
    act: (cluster) => cluster.apply(manifest("toolkit")),
    reached: ({ progress }, { inventory }) =>
      progress === "1/5" && inventory?.components?.filter((component) => component.track === "GitOpsToolkit").length === 6,
  },
  {
    title: "fluxd is scaled to 0, and Kustomizations of Flux 2 take over.",
    act: (cluster) => cluster.scaleToZero("flux", "flux"),
    reached: ({ progress }) => progress === "2/5",
  },
  {
    title: "The Helm Operator is scaled to 0, and HelmReleases of Flux 2 take over.",
    act: (cluster) => cluster.scaleToZero("flux", "helm-operator"),
    reached: ({ action }) => action === "RemoveWorkload",
  },
  {
    title: "Both are deleted.",
    act: (cluster) => cluster.remove(deployment("flux"), deployment("helm-operator")),
    reached: ({ progress }) => progress === "4/5",
  },
  {
    title: "Their CRDs are deleted, last.",
    act: (cluster) => cluster.remove("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/helmreleases.helm.fluxcd.io"),
    reached: ({ migration, progress }) => migration === "Complete" && progress === "5/5",
  },
];
