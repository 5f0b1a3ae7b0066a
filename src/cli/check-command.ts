/** `flux-migration check`: reads its options, has the cluster looked at, prints what was found. Judges nothing itself. */
import { styleText } from "node:util";
import { InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { check } from "../check/check.ts";
import { gravest, type Level } from "../check/finding.ts";
import { findingsJson, findingsText } from "../check/print-findings.ts";
import { loadData } from "../data/load.ts";
import { createClient } from "../kube/client.ts";
import { loadCluster } from "../kube/kubeconfig.ts";
import { podNamespace } from "../kube/pod-namespace.ts";
import { couldNotRead, findings, success } from "./exit-codes.ts";
import { OUTPUT, Output } from "./output.ts";
import { SETTINGS, type SettingName, type Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** The settings that matter to it; the environment may hold the others as well, as it does in the operator's pod. */
export const CHECK_SETTINGS = [
  "kubeconfig",
  "context",
  "clusterName",
  "edition",
  "dataFolder",
  "leaderElection",
  "leaseNamespace",
  "leaseName",
] as const satisfies readonly SettingName[];

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** `500ms`, `10s`, `1m`, or seconds, as kubectl takes it. */
export function milliseconds(text: string): number {
  const [, count = "0", unit = "s"] = /^(\d{1,6})(ms|s|m)?$/.exec(text) ?? [];
  const value = Number(count) * (UNIT_MS[unit] ?? 0);
  if (value === 0) throw new InvalidArgumentError("Want a duration: 500ms, 10s, 1m.");
  return value;
}

/** Options that are no settings: they make sense for one run only. */
export const CHECK_OPTIONS = [
  new Option("--pre", "only what must hold before an installation: no CRDs, no status"),
  new Option("--request-timeout <DURATION>", "how long to wait for each answer: 500ms, 10s, 1m")
    .argParser(milliseconds)
    .default(10_000, "10s"),
  OUTPUT,
];

const Options = z.looseObject({ pre: z.boolean().default(false), requestTimeout: z.int(), output: Output });

/**
 * @param given CHECK_OPTIONS as commander read them
 * @returns the exit code: 0 all good, 1 something failed, 3 something could not be read, which beats 1
 * @throws KubeconfigError for a kubeconfig that leads nowhere
 */
export async function runCheck(settings: Settings, given: unknown): Promise<number> {
  const options = Options.parse(given);
  const client = createClient(loadCluster(settings), { version: VERSION, timeoutMs: options.requestTimeout });
  const { leaseNamespace } = settings;
  const ownNamespace = podNamespace();
  const named = settings.clusterName !== SETTINGS.clusterName.schema.parse(undefined);
  try {
    const sections = await check({
      client,
      loadData: () => loadData(settings.dataFolder),
      edition: settings.edition,
      programVersion: VERSION,
      clock: () => new Date(),
      pre: options.pre,
      ...(named ? { clusterName: settings.clusterName } : {}),
      leaderElection: settings.leaderElection,
      leaseName: settings.leaseName,
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
