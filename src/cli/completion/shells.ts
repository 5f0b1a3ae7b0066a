/** What `flux-migration completion` takes on its command line. Apart from the scripts, which few runs need. */
import { Argument, type Command } from "commander";
import * as z from "zod";
import { success } from "../exit-codes.ts";

const Shell = z.enum(["bash", "zsh", "fish"]);
export type Shell = z.infer<typeof Shell>;

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
    .addArgument(new Argument("<SHELL>", "whose script").choices(Shell.options))
    .addHelpText("after", HOW_TO_LOAD)
    .exitOverride()
    .action(async (shell: unknown) => {
      (await import("./completion-command.ts")).printCompletion(Shell.parse(shell));
      end(success);
    });
}
