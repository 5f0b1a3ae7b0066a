/**
 * The cluster in which a page's commands are run. No kubelet runs the pod, so an operator in this process stands in for it: it waits for
 * the CRDs, as the pod would, and keeps the status from then on.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { VERSION } from "../../src/cli/version.ts";
import { builtInData } from "../../src/data/built-in-data.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { Operator } from "../../src/operator/operator.ts";
import { applyManifests } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** Pages about the time before an installation: they bring what they need. */
const BARE: readonly string[] = ["README.md", "docs/install.md"];

/** Pages that change what others would find. */
const ALONE: readonly string[] = [...BARE, "docs/runbooks/Flux1Present.md", "docs/concepts.md", "docs/upgrade.md", "docs/uninstall.md"];

/** What all other pages find: ourselves, Flux 1, and a toolkit. */
const INSTALLED = [
  "deploy/install.yaml",
  "test/demo/manifests/fluxd.yaml",
  "test/demo/manifests/toolkit-crds.yaml",
  "test/demo/manifests/toolkit.yaml",
];

const OUR_DEPLOYMENT = "/apis/apps/v1/namespaces/flux-migration/deployments/flux-migration-operator";

/** A status comes within a second; a busy machine takes longer. */
const STATUS_MS = 30_000;

/** Pages that share one cluster, so that not each waits for its own to start. */
export function groupsOf(pages: readonly string[]): readonly (readonly string[])[] {
  const together = pages.filter((page) => !ALONE.includes(page));
  return [together, ...pages.filter((page) => ALONE.includes(page)).map((page) => [page])].filter((group) => group.length > 0);
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function setTheStage(pages: readonly string[], controlPlane: ControlPlane): Promise<{ stop: () => Promise<void> }> {
  const bare = pages.some((page) => BARE.includes(page));
  for (const file of bare ? [] : INSTALLED) {
    const { refused } = await applyManifests(controlPlane, readFileSync(file, "utf8"));
    for (const { what, why } of refused) throw new Error(`${file}: ${what}: ${why}`);
  }
  const over = new AbortController();
  const ended = standIn(controlPlane, over.signal);
  const client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: VERSION });
  const operator = new Operator({
    client,
    data: builtInData(),
    log: quiet,
    clock: () => new Date(),
    settings: { clusterName: "docs", edition: "2022-09-20", operatorVersion: VERSION, instance: "docs" },
  });
  operator.start();
  const end = performance.now() + STATUS_MS;
  while (!bare && !operator.ready()) {
    if (performance.now() > end) throw new Error(`no status within ${STATUS_MS / 1000} s`);
    await sleep(50);
  }
  return {
    stop: async () => {
      over.abort();
      await ended;
      await operator.stop();
      client.close();
    },
  };
}

const Namespaces = z.object({
  items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }), status: z.looseObject({ phase: z.string() }) })),
});

const Deployed = z.looseObject({
  spec: z.looseObject({ replicas: z.int() }),
  status: z.looseObject({ readyReplicas: z.int().default(0) }).default({ readyReplicas: 0 }),
});

/** No controller runs here, and people wait for what they do: namespaces end, and our pods, for which the operator stands in, are ready. */
async function standIn(controlPlane: ControlPlane, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { items } = Namespaces.parse((await controlPlane.request("GET", "/api/v1/namespaces")).body);
    for (const { metadata } of items.filter(({ status }) => status.phase === "Terminating")) {
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: metadata.name }, spec: { finalizers: [] } };
      await controlPlane.request("PUT", `/api/v1/namespaces/${metadata.name}/finalize`, body);
    }
    const deployment = Deployed.safeParse((await controlPlane.request("GET", OUR_DEPLOYMENT)).body).data;
    if (deployment && deployment.status.readyReplicas !== deployment.spec.replicas) {
      const { replicas } = deployment.spec;
      const status = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
      await controlPlane.request("PATCH", `${OUR_DEPLOYMENT}/status`, { status }, "application/merge-patch+json");
    }
    await sleep(300, undefined, { signal }).catch(() => undefined);
  }
}
