/** What `flux-migration scan` takes on its command line, apart from the command. Flags that kubectl has are spelt as kubectl spells them. */

import { type Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { DEFAULT_EDITION } from "../data/built-in-data.ts";
import { DEFAULT_THRESHOLD, THRESHOLDS, thresholdNamed } from "../scan/fail-on.ts";
import { CLUSTER_OPTIONS, clusterOptionsSchema } from "./cluster-options.ts";
import { atOption } from "./instant.ts";
import { someText, textOption } from "./text-option.ts";

export const FORMATS = ["table", "wide", "json", "yaml", "sarif", "github", "markdown", "csv"] as const;
export type Format = (typeof FORMATS)[number];

function threshold(text: string): string {
  const known = thresholdNamed(text);
  if (known === undefined) throw new InvalidArgumentError(`Want one of ${THRESHOLDS.join(", ")}.`);
  return known;
}

function collected(value: string, before: readonly string[]): string[] {
  return [...before, someText(value)];
}

const SCAN_OPTIONS = [
  new Option("-o, --output <FORMAT>", "how to print").choices(FORMATS).default("table"),
  new Option("--fail-on <PHASE|SEVERITY>", "exit with 1 from here on").choices(THRESHOLDS).argParser(threshold).default(DEFAULT_THRESHOLD),
  textOption("--edition <EDITION>", "edition of the timetable").default(DEFAULT_EDITION),
  atOption(),
  new Option("--exclude <PATTERN>", "leave out files and folders of that name or, with a slash, path; may be given again")
    .argParser(collected)
    .default([], "none"),
  textOption("--baseline <FILE>", "an earlier output (-o json or yaml): what it holds does not count, unless it became graver"),
  new Option("--context <CONTEXT>", "scan this cluster; may be given again").argParser(collected).default([], "none: files are scanned"),
  new Option("--all-contexts", "scan every cluster of the kubeconfig").default(false),
  textOption("-n, --namespace <NAME>", "of a cluster, read this namespace only; absence is then stated for it alone"),
  ...CLUSTER_OPTIONS,
  textOption("--cluster-name <NAME>", "name that files bear in status.cluster").default("files"),
  textOption("--data-folder <DIR>", "folder whose files replace the built-in data by name"),
];

export const scanOptionsSchema = () =>
  clusterOptionsSchema().extend({
    output: z.enum(FORMATS),
    failOn: z.string(),
    edition: z.string(),
    at: z.date().optional(),
    exclude: z.array(z.string()),
    baseline: z.string().optional(),
    context: z.array(z.string()),
    allContexts: z.boolean(),
    namespace: z.string().optional(),
    clusterName: z.string(),
    dataFolder: z.string().optional(),
  });
export type ScanOptions = z.output<ReturnType<typeof scanOptionsSchema>>;

/** @param run is given the paths, and the options as commander read them */
export function addScanCommand(root: Command, run: (paths: readonly string[], given: unknown) => Promise<void>): void {
  const command = root
    .command("scan")
    .description("Looks for Flux 1 and the GitOps Toolkit in manifests: files, folders, or - for the standard input.")
    .argument("[FILE|DIR|-...]", "what to read; a folder with all that is below it")
    .exitOverride();
  for (const option of SCAN_OPTIONS) command.addOption(option);
  command.action(run);
}
