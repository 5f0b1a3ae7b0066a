/** What `flux-migration check` takes on its command line. Apart from the command, which loads the Kubernetes client. */
import { InvalidArgumentError, Option } from "commander";
import { OUTPUT } from "./output.ts";
import type { SettingName } from "./settings.ts";

/** The settings that matter to it; the environment may hold the others as well, as it does in the operator's pod. */
export const CHECK_SETTINGS = [
  "kubeconfig",
  "context",
  "execPlugins",
  "clusterName",
  "edition",
  "dataFolder",
  "leaderElection",
  "leaseNamespace",
  "leaseName",
] as const satisfies readonly SettingName[];

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** A timer of Node that is told more ends at once. Source: Node.js docs, setTimeout. */
export const LONGEST_MS = 2_147_483_647;

/** `500ms`, `10s`, `1m`, or seconds, as kubectl takes it. */
export function milliseconds(text: string): number {
  const [, count = "0", unit = "s"] = /^(\d{1,6})(ms|s|m)?$/.exec(text) ?? [];
  const value = Number(count) * (UNIT_MS[unit] ?? 0);
  if (value === 0) throw new InvalidArgumentError("Want a duration: 500ms, 10s, 1m.");
  if (value > LONGEST_MS) throw new InvalidArgumentError(`Want ${Math.floor(LONGEST_MS / 60_000)}m at most.`);
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
