/** `flux-migration`: reads the command line and hands over. Holds no work of its own. */
import { Command, CommanderError } from "commander";
import { InvalidData } from "../data/invalid-data.ts";
import { UnreadableData } from "../data/load.ts";
import { KubeconfigError } from "../kube/kubeconfig.ts";
import { couldNotRead, success, usageError } from "./exit-codes.ts";
import { runOperator } from "./operator-command.ts";
import { flagOf, readSettings, SETTINGS, type SettingName, variableOf, WrongSetting } from "./settings.ts";
import { VERSION } from "./version.ts";

function program(): Command {
  const root = new Command("flux-migration")
    .description("Says what a cluster runs of Flux 1 and the GitOps Toolkit, the phase of each in the Flux timetable, and what to do next.")
    .version(VERSION)
    .exitOverride();
  const operator = root.command("operator").description("Watches a cluster and keeps its MigrationStatus true.").exitOverride();
  const names = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);
  for (const name of names) {
    const setting = SETTINGS[name];
    const argument = "value" in setting ? ` <${setting.value}>` : "";
    operator.option(`${flagOf(name)}${argument}`, `${setting.help} [${variableOf(name)}]`);
  }
  operator.action(async (options: Record<string, string | true | undefined>) => {
    const flags = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, value === true ? "true" : value]));
    process.exitCode = await runOperator(readSettings(flags, process.env));
  });
  return root;
}

/** What a person mends before trying again. Anything else means that the cluster did not answer as it should. */
const MISTAKES = [WrongSetting, UnreadableData, InvalidData, KubeconfigError];

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; --help and --version end here too, with 0.
    process.exitCode = error.exitCode === 0 ? success : usageError;
  } else {
    process.stderr.write(`flux-migration: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = MISTAKES.some((mistake) => error instanceof mistake) ? usageError : couldNotRead;
  }
}
