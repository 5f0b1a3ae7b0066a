/** `flux-migration operator`: connects, watches, and ends in good order. */
import { hostname } from "node:os";
import type { Assessment } from "../assess/assess.ts";
import { loadData } from "../data/load.ts";
import { createClient } from "../kube/client.ts";
import { loadCluster } from "../kube/kubeconfig.ts";
import type { KubeLog } from "../kube/log.ts";
import { type Health, startHealth } from "../operator/health.ts";
import { installCrds } from "../operator/install-crds.ts";
import { Operator } from "../operator/operator.ts";
import { clockFrom } from "./clock.ts";
import { couldNotRead, success } from "./exit-codes.ts";
import { createLog } from "./log.ts";
import { statusText } from "./print-status.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** A cluster that does not answer is given up after this long where somebody waits for one answer. */
const ONCE_LIMIT_MS = 90_000;

/**
 * Runs until SIGTERM or SIGINT, or until one judgement with `once`.
 * @returns the exit code
 * @throws what a person can mend: a wrong data file, an unknown edition, a kubeconfig that leads nowhere
 */
export async function runOperator(settings: Settings): Promise<number> {
  const clock = clockFrom(settings.at);
  const log = createLog(settings, clock);
  const data = loadData(settings.dataFolder);
  const cluster = loadCluster({ kubeconfig: settings.kubeconfig, context: settings.context });
  const client = createClient(cluster, { version: VERSION });
  const ended = Promise.withResolvers<number>();
  let last: Assessment | undefined;
  let why: string | undefined;
  const operator = new Operator({
    client,
    data,
    log,
    clock,
    settings: {
      clusterName: settings.clusterName,
      edition: settings.edition,
      ...(settings.ownerLabel === undefined ? {} : { ownerLabel: settings.ownerLabel }),
      operatorVersion: VERSION,
      instance: hostname(),
    },
    dryRun: settings.dryRun,
    heldBack: (reason) => {
      why = reason;
      if (settings.once) ended.resolve(couldNotRead);
    },
    assessed: (assessment) => {
      last = assessment;
      if (settings.once) ended.resolve(success);
    },
  });
  const stopListening = onSignals((signal) => {
    log.info("stopping", { signal });
    ended.resolve(success);
  });
  const limit = settings.once ? setTimeout(() => ended.resolve(couldNotRead), ONCE_LIMIT_MS) : undefined;
  let health: Health | undefined;
  try {
    log.info("starting", {
      version: VERSION,
      server: client.server,
      context: client.name,
      edition: settings.edition,
      dryRun: settings.dryRun,
    });
    health = await listen(settings, operator, log);
    if (settings.installCrds && !settings.dryRun) await installCrds(client, log);
    operator.start();
    const code = await ended.promise;
    return settings.once
      ? finish(last, why ?? `${client.server} could not be read within ${ONCE_LIMIT_MS / 1000} s; the log above says why`)
      : code;
  } finally {
    clearTimeout(limit);
    stopListening();
    await operator.stop();
    await health?.stop();
    client.close();
  }
}

function finish(last: Assessment | undefined, otherwise: string): number {
  if (!last) {
    process.stderr.write(`flux-migration: ${otherwise}
`);
    return couldNotRead;
  }
  process.stdout.write(`${statusText(last.status)}\n`);
  return (last.status.inventory?.unreadable ?? []).length > 0 ? couldNotRead : success;
}

async function listen(settings: Settings, operator: Operator, log: KubeLog): Promise<Health | undefined> {
  if (settings.healthAddress === undefined) return undefined;
  const health = await startHealth({ address: settings.healthAddress, ready: () => operator.ready() });
  log.info("health is served", { address: settings.healthAddress });
  return health;
}

function onSignals(act: (signal: string) => void): () => void {
  process.once("SIGTERM", act);
  process.once("SIGINT", act);
  return () => {
    process.removeListener("SIGTERM", act);
    process.removeListener("SIGINT", act);
  };
}
