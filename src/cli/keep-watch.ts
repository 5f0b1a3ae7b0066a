/** `flux-migration operator`, the long run: listeners, leadership, and operators one after the other as the mounted data changes. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { followFolder } from "../data/follow.ts";
import { loadData } from "../data/load.ts";
import type { Data } from "../data/read-data.ts";
import { messageOf } from "../kube/errors.ts";
import { podNamespace } from "../kube/pod-namespace.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { startMetricsServer } from "../metrics/server.ts";
import { startHealth } from "../operator/health.ts";
import { installCrds } from "../operator/install-crds.ts";
import { createLeadership, type Leadership } from "../operator/leadership.ts";
import { Operator } from "../operator/operator.ts";
import { Succession } from "../operator/succession.ts";
import { success } from "./exit-codes.ts";
import { annotatedLevel } from "./log-level.ts";
import type { Run } from "./operator-command.ts";
import { flagOf, WrongSetting } from "./settings.ts";
import { VERSION } from "./version.ts";

/** A write that is under way is waited for; one that hangs must not keep the Lease from being given back, and is fenced by its version. */
const STOP_MS = 300;

/** @returns the exit code, once it was asked to end and everything has ended in good order */
export async function keepWatch(run: Run, asked: AbortSignal): Promise<number> {
  const { settings, log } = run;
  const { client, clock, dryRun } = run.operator;
  const metrics = createMetrics({
    version: VERSION,
    clusterName: settings.clusterName,
    clock,
    served: settings.metricsAddress !== undefined,
  });
  const observer = { ...metrics, annotated: annotatedLevel(log, settings.logLevel) };
  // Who writes nothing must not hold the Lease of those who do.
  const leadership = settings.leaderElection && dryRun !== true ? leadershipOf(run, () => operators.wake()) : undefined;
  const leading = () => leadership?.leading() ?? true;
  const operators = new Succession((data: Data) => new Operator({ ...run.operator, data, observer, leading }), run.operator.data);
  metrics.watch(() => operators.reflectors());
  const text = () => {
    metrics.leading(leading());
    return metrics.text();
  };
  /** What was started, in the order in which it is to end. */
  const ends: (() => Promise<void>)[] = [];
  try {
    const { healthAddress, metricsAddress, dataFolder } = settings;
    if (healthAddress !== undefined) {
      const health = await startHealth({ address: healthAddress, setting: flagOf("healthAddress"), ready: () => operators.ready() });
      log.info("health is served", { address: healthAddress });
      ends.unshift(() => health.stop());
    }
    if (metricsAddress !== undefined) {
      const server = await startMetricsServer({ address: metricsAddress, setting: flagOf("metricsAddress"), text, log });
      log.info("metrics are served", { address: metricsAddress });
      ends.unshift(() => server.stop());
    }
    if (settings.installCrds && dryRun !== true) await unlessAsked(asked, installCrds(client, log));
    if (asked.aborted) return success;
    if (leadership) {
      leadership.start();
      ends.unshift(() => leadership.stop());
    }
    operators.start();
    // Before the Lease is given back: a write that is under way belongs to this replica's term.
    ends.unshift(soon(() => operators.stop()));
    if (dataFolder !== undefined) {
      const changed = () => takeData(dataFolder, operators, run);
      ends.unshift(soon(followFolder({ folder: dataFolder, known: run.dataState, changed })));
    }
    if (!asked.aborted) await once(asked, "abort");
    return success;
  } finally {
    await endAll(ends);
  }
}

/** New data as well is taken only once the write of the operator before has ended. */
function soon(end: () => Promise<void>): () => Promise<void> {
  return () => Promise.race([end(), sleep(STOP_MS, undefined, { ref: false })]);
}

/** Waits no longer once it was asked to end. What is under way fails then, as the client is closed, and nobody wants to know. */
async function unlessAsked(asked: AbortSignal, work: Promise<void>): Promise<void> {
  work.catch(() => undefined);
  const over = new AbortController();
  const ended = once(asked, "abort", { signal: over.signal }).catch(() => undefined);
  try {
    if (!asked.aborted) await Promise.race([work, ended]);
  } finally {
    over.abort();
  }
}

/** @throws WrongSetting where the namespace of the Lease is not known */
function leadershipOf({ settings, log, operator }: Run, changed: () => void): Leadership {
  const namespace = settings.leaseNamespace ?? podNamespace();
  if (namespace === undefined)
    throw new WrongSetting(
      `${flagOf("leaderElection")} outside of a pod needs ${flagOf("leaseNamespace")}: the namespace that holds the Lease`,
    );
  return createLeadership({
    client: operator.client,
    log,
    clock: operator.clock,
    namespace,
    name: settings.leaseName,
    // A pod's name stays when its container starts anew; what the last process held must not be taken for one's own.
    identity: `${operator.settings.instance}_${randomUUID().slice(0, 8)}`,
    durationMs: settings.leaseDuration * 1000,
    changed,
  });
}

/** One that fails must not keep the others from ending, above all not the Lease from being given back. */
async function endAll(ends: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) await end().catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** The last good data stays in force while what is mounted cannot be used. */
async function takeData(folder: string, operators: Succession, { log }: Run): Promise<void> {
  try {
    const data = await loadData(folder);
    await operators.replace(data);
    log.info("took new data", { folder, releasesAsOf: data.reference.releases.asOf });
  } catch (error) {
    log.error("the mounted data cannot be used; the last good one stays in force", { folder, error: messageOf(error) });
  }
}
