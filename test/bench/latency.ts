/** How long a new fluxd takes to stand in the status, beside a plain watch in the same run: nothing is faster than what the API server tells. */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { plainWatch } from "./watch.ts";

/** Longer than the 500 ms between two writes, so that each creation finds a free way. */
const APART_MS = 600;

/** A creation that is not written by then is lost. */
const LIMIT_MS = 10_000;

const FLUXDS = "/apis/apps/v1/namespaces/default/deployments";

/** Milliseconds from just before each creation, in the order of creation. */
export interface Latency {
  /** To the event of a plain watch on Deployments. */
  readonly plain: readonly number[];
  /** To the event of a plain watch on the status that names it. */
  readonly status: readonly number[];
}

/** Creates Deployments of fluxd, one after the other, and removes them in the end. */
export async function measureLatency(controlPlane: ControlPlane, creations: number): Promise<Latency> {
  const client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: "bench" });
  const ended = new AbortController();
  const watched = new Map<string, number>();
  const written = new Map<string, number>();
  let wanted = "";
  const latency = { plain: [] as number[], status: [] as number[] };
  try {
    await plainWatch(client, FLUXDS, ({ at, name }) => watched.set(name, watched.get(name) ?? at), ended.signal);
    await plainWatch(
      client,
      "/apis/flux-migration.dev/v1alpha1/migrationstatuses",
      ({ at, object }) => {
        if (!written.has(wanted) && JSON.stringify(object).includes(`"${wanted}"`)) written.set(wanted, at);
      },
      ended.signal,
    );
    for (let index = 0; index < creations; index += 1) {
      wanted = `fluxd-${index}`;
      const start = performance.now();
      await controlPlane.request("POST", FLUXDS, fluxd(wanted));
      await sleep(Math.max(0, start + APART_MS - performance.now()));
      while (!written.has(wanted) && performance.now() - start < LIMIT_MS) await sleep(1);
      const [plain, status] = [watched.get(wanted), written.get(wanted)];
      if (plain === undefined || status === undefined)
        throw new Error(`${wanted} was not ${plain === undefined ? "watched" : "written"} within ${LIMIT_MS / 1000} s`);
      latency.plain.push(plain - start);
      latency.status.push(status - start);
    }
    return latency;
  } finally {
    ended.abort();
    client.close();
    await controlPlane.request("DELETE", FLUXDS);
  }
}

function fluxd(name: string): object {
  const labels = { app: name };
  const container = { name: "flux", image: "docker.io/fluxcd/flux:1.25.4", args: ["--git-readonly"] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
