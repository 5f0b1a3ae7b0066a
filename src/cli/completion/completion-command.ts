/** `flux-migration completion SHELL`: prints the script by which a shell completes our commands. Knows no command itself. */
import { BUILT_IN } from "../../data/built-in.ts";
import type { Shell } from "./shells.ts";

export function printCompletion(shell: Shell): void {
  process.stdout.write(BUILT_IN.get(`src/cli/completion/flux-migration.${shell}`) ?? "");
}
