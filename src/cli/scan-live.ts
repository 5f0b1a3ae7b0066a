/** Scans clusters, each by a look of the operator's that writes nothing. Loaded only where a cluster is asked for. */
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { assess } from "../assess/assess.ts";
import { CRD_RESOURCE, type Look, type Unreadable, WORKLOAD_RESOURCES } from "../assess/look.ts";
import { UNLIMITED } from "../assess/size.ts";
import type { Subject } from "../assess/subject.ts";
import { loadData } from "../data/load.ts";
import type { Data } from "../data/read-data.ts";
import { createClient, type KubeClient } from "../kube/client.ts";
import { messageOf } from "../kube/errors.ts";
import { type Cluster, contextNames, KubeconfigError, loadCluster } from "../kube/kubeconfig.ts";
import type { KubeLog } from "../kube/log.ts";
import { Operator } from "../operator/operator.ts";
import type { Scanned } from "../scan/report.ts";
import { setAsideIn } from "../scan/set-aside.ts";
import { LONGEST_MS } from "./check-options.ts";
import { firstAnswer } from "./first-answer.ts";
import { judgeLook } from "./judge-look.ts";
import { judgeNamespace } from "./scan-namespace.ts";
import type { ScanOptions } from "./scan-options.ts";
import { VERSION } from "./version.ts";

/** Clusters that are read at once: each answers when it can, and none waits for all others. */
const AT_ONCE = 8;

const quiet: KubeLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** @throws KubeconfigError for a context that was named and leads nowhere; of all contexts, such a one is a failure of its own */
export async function scanClusters(options: ScanOptions, done: (clusters: number, of: number) => void): Promise<Scanned[]> {
  const data = await loadData(options.dataFolder);
  const contexts = options.allContexts ? contextNames(options) : options.context;
  const clusters = contexts.map((context) => ({ context, cluster: clusterOf(context, options) }));
  const results: Scanned[] = [];
  let next = 0;
  let ended = 0;
  const worker = async () => {
    for (let index = next++; index < clusters.length; index = next++) {
      const found = clusters[index];
      if (!found) return;
      results[index] = await scanContext(found.context, found.cluster, data, options);
      ended += 1;
      done(ended, clusters.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, clusters.length) }, worker));
  return results;
}

/** Nobody named one of all contexts, so one that leads nowhere is no mistake on the command line. */
function clusterOf(context: string, { allContexts, kubeconfig, execPlugins }: ScanOptions): Cluster | KubeconfigError {
  try {
    return loadCluster({ kubeconfig, context, plugins: execPlugins });
  } catch (error) {
    if (allContexts && error instanceof KubeconfigError) return error;
    throw error;
  }
}

async function scanContext(name: string, cluster: Cluster | KubeconfigError, data: Data, options: ScanOptions): Promise<Scanned> {
  if (cluster instanceof KubeconfigError) return notRead(name, cluster, data, options);
  const client = createClient(cluster, { version: VERSION, timeoutMs: options.requestTimeout, impersonate: options.as });
  try {
    return await scanCluster(client, data, options);
  } catch (error) {
    return notRead(name, error, data, options);
  } finally {
    client.close();
  }
}

/** All is Unknown, and why is said once. */
function notRead(name: string, error: unknown, data: Data, options: ScanOptions): Scanned {
  const why = messageOf(error);
  const unreadable = [...WORKLOAD_RESOURCES, CRD_RESOURCE].map(
    (resource): Unreadable => ({ resource, verb: "list", reason: "Unavailable", message: `${resource}: ${why}` }),
  );
  const look = { components: [], crds: [], objects: new Map(), namespaces: new Map(), unreadable };
  // The sentence of a credential that is not to be had opens with the name.
  const failure = why.startsWith(`${name}: `) ? why : `${name}: ${why}`;
  return { name, status: judgeLook(look, { clusterName: name, data, options }), unread: [], skipped: [], failures: [failure] };
}

async function scanCluster(client: KubeClient, data: Data, options: ScanOptions): Promise<Scanned> {
  await firstAnswer(client);
  const { unreadable, ...judged } =
    options.namespace === undefined
      ? await wholeCluster(client, data, options)
      : await judgeNamespace(client, data, options, options.namespace);
  return { name: client.name, ...judged, unread: [], skipped: [], failures: unreadable };
}

interface Judged extends Pick<Scanned, "status" | "setAside"> {
  readonly unreadable: readonly string[];
}

async function wholeCluster(client: KubeClient, data: Data, options: ScanOptions): Promise<Judged> {
  const ended = Promise.withResolvers<Subject>();
  const at = options.at;
  const operator = new Operator({
    client,
    data,
    log: quiet,
    clock: () => at ?? new Date(),
    dryRun: true,
    settings: { clusterName: client.name, edition: options.edition, operatorVersion: VERSION, instance: "scan" },
    timings: { unavailableGraceMs: options.requestTimeout },
    assessed: (_, subject) => ended.resolve(subject),
  });
  // Every reflector has its answer, or its failure, by then.
  const mostMs = Math.min(options.requestTimeout * 3, LONGEST_MS);
  const limit = setTimeout(() => ended.reject(new Error(`${client.server} did not answer within ${mostMs / 1000} s`)), mostMs);
  try {
    operator.start();
    const subject = { ...(await ended.promise), mostBytes: UNLIMITED };
    const { status } = assess(subject);
    return {
      status,
      setAside: setAsideIn(status, subject),
      unreadable: notReadIn(status, subject.look).map((why) => `${client.name}: ${why}`),
    };
  } finally {
    clearTimeout(limit);
    await operator.stop();
  }
}

/** What the status says could not be read, in the words of the look: those name the cause. */
function notReadIn({ inventory }: MigrationStatusStatus, { unreadable }: Look): string[] {
  const keyOf = ({ resource, object }: { resource: string; object?: string | undefined }) => JSON.stringify([resource, object]);
  const shown = new Set((inventory?.unreadable ?? []).map(keyOf));
  const told = unreadable.flatMap((item) => (shown.has(keyOf(item)) ? [item.message] : []));
  const left = inventory?.omittedUnreadable ?? 0;
  return left === 0 ? told : [...told, `${left} more objects`];
}
