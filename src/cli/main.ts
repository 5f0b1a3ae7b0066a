/**
 * `flux-migration`: reads the command line and hands over. Holds no work of its own, and loads a command that talks to a cluster only
 * where it is run: the Kubernetes client takes longer to load than a scan of some files to end.
 */
import "./starting.ts";

import { type Argument, Command, CommanderError } from "commander";
import { visibleText } from "../detect/visible-text.ts";
import { CALLED_AS, kubectlCompletes } from "./called-as.ts";
import { CHECK_OPTIONS, CHECK_SETTINGS } from "./check-options.ts";
import { endWhereNobodyReads } from "./closed-pipe.ts";
import { addCompletionCommand } from "./completion/shells.ts";
import { couldNotRead, success, usageError } from "./exit-codes.ts";
import { OUTPUT } from "./output.ts";
import { PLAN_ARGUMENTS, PLAN_DESCRIPTION, PLAN_OPTIONS, PLAN_SETTINGS } from "./plan-options.ts";
import { addScanCommand } from "./scan-command.ts";
import { flagOf, readSettings, SETTING_NAMES, SETTINGS, type SettingName, type Settings, variableOf } from "./settings.ts";
import { addStatusCommand } from "./status-options.ts";
import { addTimetableCommand } from "./timetable-command.ts";
import { VERSION } from "./version.ts";
import { runVersion, VERSION_SETTINGS } from "./version-command.ts";

function program(): Command {
  const root = new Command(CALLED_AS)
    .description("Says what a cluster runs of Flux 1 and the GitOps Toolkit, the phase of each in the Flux timetable, and what to do next.")
    .version(VERSION)
    .exitOverride();
  addCommand(root, "operator", "Watches a cluster and keeps its MigrationStatus true.", SETTING_NAMES, async (settings) =>
    (await import("./operator-command.ts")).runOperator(settings),
  );
  const check = addCommand(root, "check", CHECK_DESCRIPTION, CHECK_SETTINGS, async (settings, options) =>
    (await import("./check-command.ts")).runCheck(settings, options),
  );
  for (const option of CHECK_OPTIONS) check.addOption(option);
  const plan = addCommand(
    root,
    "plan",
    PLAN_DESCRIPTION,
    PLAN_SETTINGS,
    async (...given) => (await import("./plan-command.ts")).runPlan(...given),
    PLAN_ARGUMENTS,
  );
  for (const option of PLAN_OPTIONS) plan.addOption(option);
  addCommand(root, "version", "Says which version this is, and how new its data are.", VERSION_SETTINGS, runVersion).addOption(OUTPUT);
  addScanCommand(root, end);
  addTimetableCommand(root, end);
  addStatusCommand(root, end);
  addCompletionCommand(root, end);
  if (CALLED_AS === "flux migration") root.addHelpText("after", BESIDE_MIGRATE);
  return root;
}

const BESIDE_MIGRATE = `
This is not \`flux migrate\`, which rewrites custom resources of Flux 2 to their latest API version, in a cluster or in files, before an upgrade.
\`flux migration\` changes nothing: it finds Flux 1 and the toolkit, says where each stands in the timetable, and plans the move.`;

const CHECK_DESCRIPTION = "Checks that a cluster is fit for the operator, and that the operator keeps its status true.";

/**
 * @param names settings that are options of the command
 * @param run is given the settings, all options as commander read them, and the words; its answer is the exit code
 * @param words what is named without a flag
 */
function addCommand(
  root: Command,
  name: string,
  description: string,
  names: readonly SettingName[],
  run: (settings: Settings, options: unknown, words: readonly string[]) => Promise<number>,
  words: readonly Argument[] = [],
): Command {
  const command = root.command(name).description(description).exitOverride();
  for (const argument of words) command.addArgument(argument);
  for (const setting of names) {
    const { help, ...rest } = SETTINGS[setting];
    const argument = "value" in rest ? ` <${rest.value}>` : "";
    command.option(`${flagOf(setting)}${argument}`, `${help} [${variableOf(setting)}]`);
  }
  return command.action(async (...given: unknown[]) => {
    const options = command.opts();
    const flags = names.map((setting) => [setting, options[setting] === undefined ? undefined : String(options[setting])] as const);
    process.exitCode = await run(
      readSettings(Object.fromEntries(flags), process.env),
      options,
      given.slice(0, words.length).flat().map(String),
    );
  });
}

/**
 * Names of errors that a person mends before trying again; by name, for their modules need not be loaded. Anything else means that the
 * cluster did not answer as it should.
 */
const MISTAKES: ReadonlySet<string> = new Set([
  "WrongSetting",
  "UnreadableData",
  "InvalidData",
  "KubeconfigError",
  "CannotListen",
  "UnknownTarget",
  "InTheWay",
  "NoSuchFile",
  "WrongBaseline",
]);

const LINE_CHARACTERS = 4_096;

function end(code: number): void {
  process.exitCode = code;
}

endWhereNobodyReads(process.stdout);

try {
  const words = process.argv.slice(2);
  const request = kubectlCompletes(process.argv[1] ?? "") ? ["__complete", ...words] : words;
  // Before commander, which would take the words for flags of this run.
  if (request[0]?.startsWith("__complete")) (await import("./completion/complete.ts")).complete(program(), request);
  else await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; --help and --version end here too, with 0.
    process.exitCode = error.exitCode === 0 ? success : usageError;
  } else {
    // A path may hold anything; a message of ours has lines.
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    process.stderr.write(`flux-migration: ${lines.map((line) => visibleText(line, LINE_CHARACTERS)).join("\n")}\n`);
    process.exitCode = error instanceof Error && MISTAKES.has(error.name) ? usageError : couldNotRead;
  }
}
