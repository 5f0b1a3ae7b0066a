/**
 * The cluster in which a page's commands are run. No kubelet runs the pod, so an operator in this process stands in for it: it waits for
 * the CRDs, as the pod would, and keeps the status from then on.
 */
import { readFileSync } from "node:fs";
import { VERSION } from "../../src/cli/version.ts";
import { loadData } from "../../src/data/load.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { Operator } from "../../src/operator/operator.ts";
import { applyManifests } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** Pages about the time before an installation: they bring what they need. */
const BARE: readonly string[] = ["README.md", "docs/install.md"];

/** What all other pages find: ourselves, Flux 1, and a toolkit. */
const INSTALLED = ["deploy/install.yaml", "test/demo/manifests/fluxd.yaml", "test/demo/manifests/toolkit.yaml"];

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function setTheStage(page: string, controlPlane: ControlPlane): Promise<{ stop: () => Promise<void> }> {
  for (const file of BARE.includes(page) ? [] : INSTALLED) {
    const { refused } = await applyManifests(controlPlane, readFileSync(file, "utf8"));
    for (const { what, why } of refused) throw new Error(`${file}: ${what}: ${why}`);
  }
  const client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: VERSION });
  const operator = new Operator({
    client,
    data: loadData(),
    log: quiet,
    clock: () => new Date(),
    settings: { clusterName: "docs", edition: "2022-09-20", operatorVersion: VERSION, instance: "docs" },
  });
  operator.start();
  return {
    stop: async () => {
      await operator.stop();
      client.close();
    },
  };
}
