/** Scans clusters, each by a look of the operator's that writes nothing. Loaded only where a cluster is asked for. */
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { type Data, loadData } from "../data/load.ts";
import { createClient, type KubeClient } from "../kube/client.ts";
import { contextNames, loadCluster } from "../kube/kubeconfig.ts";
import type { KubeLog } from "../kube/log.ts";
import { Operator } from "../operator/operator.ts";
import type { Scanned } from "../scan/report.ts";
import { judgeNamespace } from "./scan-namespace.ts";
import type { ScanOptions } from "./scan-options.ts";
import { VERSION } from "./version.ts";

/** Clusters that are read at once: each answers when it can, and none waits for all others. */
const AT_ONCE = 8;

const quiet: KubeLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** @throws KubeconfigError for a kubeconfig that leads nowhere; a cluster that does not answer is a failure of its own */
export async function scanClusters(options: ScanOptions, done: (clusters: number, of: number) => void): Promise<Scanned[]> {
  const data = loadData(options.dataFolder);
  const contexts = options.allContexts ? contextNames(options) : options.context;
  const clusters = contexts.map((context) => loadCluster({ kubeconfig: options.kubeconfig, context, plugins: options.execPlugins }));
  const results: Scanned[] = [];
  let next = 0;
  let ended = 0;
  const worker = async () => {
    for (let index = next++; index < clusters.length; index = next++) {
      const cluster = clusters[index];
      if (!cluster) return;
      const client = createClient(cluster, { version: VERSION, timeoutMs: options.requestTimeout, impersonate: options.as });
      try {
        results[index] = await scanCluster(client, data, options);
      } finally {
        client.close();
      }
      ended += 1;
      done(ended, clusters.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, clusters.length) }, worker));
  return results;
}

async function scanCluster(client: KubeClient, data: Data, options: ScanOptions): Promise<Scanned> {
  const { name } = client;
  try {
    const { status, unreadable } =
      options.namespace === undefined
        ? await wholeCluster(client, data, options)
        : await judgeNamespace(client, data, options, options.namespace);
    return { name, status, unread: [], skipped: [], failures: unreadable };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name, status: {}, unread: [], skipped: [], failures: [`${name}: ${why}`] };
  }
}

interface Judged {
  readonly status: MigrationStatusStatus;
  readonly unreadable: readonly string[];
}

async function wholeCluster(client: KubeClient, data: Data, options: ScanOptions): Promise<Judged> {
  const ended = Promise.withResolvers<MigrationStatusStatus>();
  const at = options.at;
  const operator = new Operator({
    client,
    data,
    log: quiet,
    clock: () => at ?? new Date(),
    dryRun: true,
    settings: { clusterName: client.name, edition: options.edition, operatorVersion: VERSION, instance: "scan" },
    timings: { unavailableGraceMs: options.requestTimeout },
    assessed: ({ status }) => ended.resolve(status),
  });
  // Every reflector has its answer, or its failure, by then.
  const seconds = (options.requestTimeout * 3) / 1000;
  const limit = setTimeout(() => ended.reject(new Error(`${client.server} did not answer within ${seconds} s`)), seconds * 1000);
  try {
    operator.start();
    const status = await ended.promise;
    const unreadable = status.inventory?.unreadable ?? [];
    return {
      status,
      unreadable: unreadable.map(
        ({ resource, object, verb, reason }) => `${client.name}: ${[resource, object].filter(Boolean).join(" ")}: ${verb} (${reason})`,
      ),
    };
  } finally {
    clearTimeout(limit);
    await operator.stop();
  }
}
