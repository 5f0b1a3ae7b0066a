/** `flux-migration operator`: connects, and hands over to one judgement or to the long run. */
import { hostname } from "node:os";
import { fingerprint } from "../data/follow.ts";
import { loadData } from "../data/load.ts";
import { createClient } from "../kube/client.ts";
import { loadCluster } from "../kube/kubeconfig.ts";
import type { OperatorOptions } from "../operator/operator-options.ts";
import { clockFrom } from "./clock.ts";
import { clusterOf } from "./exec-plugins.ts";
import { judgeOnce } from "./judge-once.ts";
import { keepWatch } from "./keep-watch.ts";
import { createLog, type Log } from "./log.ts";
import type { Settings } from "./settings.ts";
import { END_SIGNALS, started } from "./starting.ts";
import { VERSION } from "./version.ts";

/** What both ways of running share. */
export interface Run {
  readonly settings: Settings;
  readonly log: Log;
  /** Of the data folder, as it was when its files were read. */
  readonly dataState: string;
  /** An operator needs no more than these. */
  readonly operator: Omit<OperatorOptions, "assessed" | "heldBack" | "leading" | "observer">;
}

/**
 * Runs until SIGTERM or SIGINT, or until one judgement with `once`.
 * @returns the exit code
 * @throws what a person can mend: a wrong data file, an unknown edition, a kubeconfig that leads nowhere
 */
export async function runOperator(settings: Settings): Promise<number> {
  const clock = clockFrom(settings.at);
  const log = createLog(settings, clock);
  const { dataFolder } = settings;
  // Before it is read: what changes meanwhile would never be noticed.
  const dataState = dataFolder === undefined ? "" : fingerprint(dataFolder);
  const data = await loadData(dataFolder);
  const client = createClient(loadCluster(clusterOf(settings)), { version: VERSION });
  const { edition, dryRun } = settings;
  log.info("starting", { version: VERSION, server: client.server, context: client.name, edition, dryRun });
  if (settings.at !== undefined && !dryRun)
    log.warn("the clock is set: the status that is written tells of that day, and its history keeps it (--dry-run writes nothing)", {
      at: settings.at,
    });
  const operator = {
    client,
    data,
    log,
    clock,
    dryRun,
    awaitStatus: settings.awaitStatus,
    reflectorSource: settings.reflectorSource,
    settings: {
      clusterName: settings.clusterName,
      edition,
      ...(settings.ownerLabel === undefined ? {} : { ownerLabel: settings.ownerLabel }),
      operatorVersion: VERSION,
      instance: hostname(),
    },
  };
  const signalled = new AbortController();
  const stopListening = onSignals((signal) => {
    log.info("stopping", { signal });
    signalled.abort();
  });
  try {
    const run = { settings, log, operator, dataState };
    return await (settings.once ? judgeOnce(run, signalled.signal) : keepWatch(run, signalled.signal));
  } finally {
    stopListening();
    client.close();
  }
}

function onSignals(act: (signal: string) => void): () => void {
  for (const signal of END_SIGNALS) process.once(signal, act);
  started();
  return () => {
    for (const signal of END_SIGNALS) process.removeListener(signal, act);
  };
}
