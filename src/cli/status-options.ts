/** What `flux-migration status` takes on its command line. Apart from the command, which loads the Kubernetes client. */
import type { Command } from "commander";
import { CLUSTER_OPTIONS } from "./cluster-options.ts";
import { textOption } from "./text-option.ts";

/** @param end is given the exit code */
export function addStatusCommand(root: Command, end: (code: number) => void): void {
  const command = root
    .command("status")
    .description("Prints the status that the operator keeps in a cluster: what is installed, in which phase, what to do next, by when.")
    .addOption(textOption("--context <CONTEXT>", "context of the kubeconfig; default: its current one"))
    .option("-w, --watch", "print again at each change, until a signal ends it")
    .exitOverride();
  for (const option of CLUSTER_OPTIONS) command.addOption(option);
  command.action(async (given: unknown) => end(await (await import("./status-command.ts")).runStatus(given)));
}
