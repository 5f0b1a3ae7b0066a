/** `flux-migration check`: reads its options, has the cluster looked at, prints what was found. Judges nothing itself. */
import { styleText } from "node:util";
import * as z from "zod";
import { check } from "../check/check.ts";
import { gravest, type Level } from "../check/finding.ts";
import { findingsJson, findingsText } from "../check/print-findings.ts";
import { loadData } from "../data/load.ts";
import { createClient } from "../kube/client.ts";
import { loadCluster } from "../kube/kubeconfig.ts";
import { podNamespace } from "../kube/pod-namespace.ts";
import { clusterOf } from "./exec-plugins.ts";
import { couldNotRead, findings, success } from "./exit-codes.ts";
import { OUTPUTS } from "./output.ts";
import { isChanged, type Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

const Options = z.looseObject({
  pre: z.boolean().default(false),
  requestTimeout: z.int(),
  output: z.enum(OUTPUTS),
  leaseName: z.string().optional(),
});

/**
 * @param given CHECK_OPTIONS as commander read them
 * @returns the exit code: 0 all good, 1 something failed, 3 something could not be read, which beats 1
 * @throws KubeconfigError for a kubeconfig that leads nowhere
 */
export async function runCheck(settings: Settings, given: unknown): Promise<number> {
  const options = Options.parse(given);
  const client = createClient(loadCluster(clusterOf(settings)), { version: VERSION, timeoutMs: options.requestTimeout });
  const { leaseNamespace } = settings;
  const ownNamespace = podNamespace();
  try {
    const sections = await check({
      client,
      loadData: () => loadData(settings.dataFolder),
      edition: settings.edition,
      programVersion: VERSION,
      clock: () => new Date(),
      pre: options.pre,
      ...(isChanged(settings, "clusterName") ? { clusterName: settings.clusterName } : {}),
      leaderElection: settings.leaderElection,
      // By the flag, or by an environment that says something else than the default.
      ...(options.leaseName !== undefined || isChanged(settings, "leaseName") ? { leaseName: settings.leaseName } : {}),
      ...(leaseNamespace === undefined ? {} : { leaseNamespace }),
      ...(ownNamespace === undefined ? {} : { podNamespace: ownNamespace }),
    });
    process.stdout.write(`${options.output === "json" ? findingsJson(VERSION, sections) : findingsText(sections, paint)}\n`);
    const worst = gravest(sections);
    return worst === "Unread" ? couldNotRead : worst === "Failed" ? findings : success;
  } finally {
    client.close();
  }
}

const COLOURS = { Good: "green", Skipped: "gray", Warning: "yellow", Failed: "red", Unread: "red" } as const satisfies Record<
  Level,
  string
>;

/** No colours into a pipe or a file, nor with NO_COLOR: styleText looks after both. */
function paint(level: Level, text: string): string {
  return styleText(COLOURS[level], text, { stream: process.stdout });
}
