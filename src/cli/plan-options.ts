/** What `flux-migration plan` takes on its command line. Apart from the command, which loads the Kubernetes client. */
import { Argument, Option } from "commander";
import { milliseconds } from "./check-options.ts";
import { OUTPUT } from "./output.ts";
import type { SettingName } from "./settings.ts";
import { textOption } from "./text-option.ts";

export const PLAN_DESCRIPTION =
  "Writes the Flux 2 manifests for a cluster, or for manifests in files, that run Flux 1; and the steps of the move, in order. Applies nothing.";

export const PLAN_SETTINGS = [
  "kubeconfig",
  "context",
  "execPlugins",
  "clusterName",
  "dataFolder",
  "at",
] as const satisfies readonly SettingName[];

export const PLAN_ARGUMENTS = [
  new Argument("[FILE|DIR|-...]", "files or folders of manifests, - for the standard input; without any, the cluster is read"),
];

export const PLAN_OPTIONS = [
  textOption("--dir <DIR>", "folder for manifests and README.md; - prints them; without it nothing is written"),
  new Option("--force", "replace files that are there"),
  textOption(
    "--flux-version <MINOR>",
    "Flux 2 to write for, such as 2.6; default: the installed one while it is supported, else the newest",
  ),
  textOption("--toolkit-namespace <NAME>", "where Flux 2 is, or will be; default: where it is, else flux-system"),
  new Option("--leftovers", "translate HelmReleases v1 that no Helm Operator looks after, too"),
  new Option("--request-timeout <DURATION>", "how long to wait for each answer: 500ms, 10s, 1m")
    .argParser(milliseconds)
    .default(10_000, "10s"),
  OUTPUT,
];
