/**
 * Clusters for the dashboards: one with a real operator on a real control plane, others with what the assessment says of the six clusters,
 * all behind the real metrics listener. Judges nothing.
 */
import type { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import type { KubeLog } from "../../src/kube/log.ts";
import { createMetrics, type Metrics } from "../../src/metrics/metrics.ts";
import { startMetricsServer } from "../../src/metrics/server.ts";
import { installCrds } from "../../src/operator/install-crds.ts";
import { Operator } from "../../src/operator/operator.ts";
import type { ReflectorReport } from "../../src/operator/watched.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { data } from "../unit/assess/subject-builder.ts";

const VERSION = "0.1.0";

/** A watch ends this often, so that there are restarts to show. */
const WATCH_MS = 2_000;

const silent = () => undefined;
const LOG: KubeLog = {
  debug: silent,
  info: silent,
  warn: silent,
  error: (sentence, fields) => void process.stderr.write(`${sentence} ${JSON.stringify(fields)}\n`),
};

export interface Exporter {
  readonly port: number;
  readonly metrics: Metrics;
  stop(): Promise<void>;
}

/** @param clusterName undefined: nobody has named the cluster */
export async function startExporter(clusterName?: string): Promise<Exporter> {
  const metrics = createMetrics({ version: VERSION, clock: () => new Date(), ...(clusterName === undefined ? {} : { clusterName }) });
  const server = await startMetricsServer({ address: "127.0.0.1:0", setting: "--metrics-address", text: () => metrics.text(), log: LOG });
  return { port: server.port, metrics, stop: () => server.stop() };
}

export interface LiveCluster {
  readonly operator: Operator;
  stop(): Promise<void>;
}

/** An operator that tells several exporters, as if each were its own. The CRDs are installed first. */
export async function startOperator(controlPlane: ControlPlane, exporters: readonly Exporter[]): Promise<LiveCluster> {
  const client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: VERSION });
  await installCrds(client, LOG);
  const all = exporters.map(({ metrics }) => metrics);
  const operator = new Operator({
    client,
    data,
    log: LOG,
    clock: () => new Date(),
    settings: { clusterName: "cluster", edition: "2022-09-20", operatorVersion: VERSION, instance: "this-process" },
    observer: {
      passed: (...pass: Parameters<Metrics["passed"]>) => all.forEach((metrics) => void metrics.passed(...pass)),
      stands: (status: MigrationStatusStatus | undefined) => all.forEach((metrics) => void metrics.stands(status)),
    },
    timings: { reflector: { watchTimeoutMs: { least: WATCH_MS, most: WATCH_MS } }, writeIntervalMs: 20, clockCheckMs: 100 },
  });
  all.forEach((metrics) => void metrics.watch(() => operator.reflectors()));
  operator.start();
  return {
    operator,
    stop: async () => {
      await operator.stop();
      client.close();
    },
  };
}

/** An exporter of a cluster that was judged, and in which nothing happens since. */
export async function startJudged(clusterName: string, status: MigrationStatusStatus): Promise<Exporter> {
  const exporter = await startExporter(clusterName);
  exporter.metrics.watch(() => [quietReflector("deployments.apps")]);
  exporter.metrics.stands(status);
  exporter.metrics.passed("Written", 0.02);
  return exporter;
}

function quietReflector(resource: string): ReflectorReport {
  const metrics = {
    reads: 1,
    watches: 1,
    restarts: {},
    bytes: 1024,
    parsed: 0,
    passedOver: 0,
    lastContact: new Date(),
    source: "full" as const,
  };
  return { resource, state: () => ({ at: "Synced" }), metrics };
}
