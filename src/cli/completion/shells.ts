/** What `flux-migration completion` takes on its command line. Apart from the scripts, which few runs need. */
import { Argument, type Command } from "commander";
import * as z from "zod";
import { success } from "../exit-codes.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const HOW_TO_LOAD = `
In every new shell:
  bash  echo 'source <(flux-migration completion bash)' >> ~/.bashrc
  zsh   echo 'source <(flux-migration completion zsh)' >> ~/.zshrc    (after compinit)
  fish  flux-migration completion fish > ~/.config/fish/completions/flux-migration.fish

As a plugin of flux it is completed by flux itself; of kubectl, where a link kubectl_complete-flux_migration to the program is in PATH.`;

/** @param end is given the exit code */
export function addCompletionCommand(root: Command, end: (code: number) => void): void {
  root
    .command("completion")
    .description("Prints the script by which a shell completes commands, flags and their values.")
    .addArgument(new Argument("<SHELL>", "whose script").choices(SHELLS))
    .addHelpText("after", HOW_TO_LOAD)
    .exitOverride()
    .action(async (shell: unknown) => {
      (await import("./completion-command.ts")).printCompletion(z.enum(SHELLS).parse(shell));
      end(success);
    });
}
