/**
 * The tree of our commands, with all flags. Runs none, and loads one only where it is run: the Kubernetes client takes longer to load than a
 * scan of some files to end, and a schema longer to make than one file to read.
 */
import { type Argument, Command } from "commander";
import { CALLED_AS } from "./called-as.ts";
import { CHECK_OPTIONS, CHECK_SETTINGS } from "./check-options.ts";
import { addCompletionCommand } from "./completion/shells.ts";
import { OUTPUT } from "./output.ts";
import { PLAN_ARGUMENTS, PLAN_DESCRIPTION, PLAN_OPTIONS, PLAN_SETTINGS } from "./plan-options.ts";
import { addScanCommand } from "./scan-options.ts";
import { flagOf, readSettings, SETTING_NAMES, SETTINGS, type SettingName, type Settings, variableOf } from "./settings.ts";
import { addStatusCommand } from "./status-options.ts";
import { addTimetableCommand } from "./timetable-options.ts";
import { VERSION } from "./version.ts";

/** @param end is given the exit code of the command that ran */
export function program(end: (code: number) => void): Command {
  const root = new Command(CALLED_AS)
    .description("Says what a cluster runs of Flux 1 and the GitOps Toolkit, the phase of each in the Flux timetable, and what to do next.")
    .version(VERSION)
    // So that each command sees its words in their order, and one with a command of its own can keep their options apart.
    .enablePositionalOptions()
    .exitOverride();
  addCommand(root, "operator", "Watches a cluster and keeps its MigrationStatus true.", SETTING_NAMES, end, async (settings) =>
    (await import("./operator-command.ts")).runOperator(settings),
  );
  const check = addCommand(root, "check", CHECK_DESCRIPTION, CHECK_SETTINGS, end, async (settings, options) =>
    (await import("./check-command.ts")).runCheck(settings, options),
  );
  for (const option of CHECK_OPTIONS) check.addOption(option);
  const plan = addCommand(
    root,
    "plan",
    PLAN_DESCRIPTION,
    PLAN_SETTINGS,
    end,
    async (...given) => (await import("./plan-command.ts")).runPlan(...given),
    PLAN_ARGUMENTS,
  );
  for (const option of PLAN_OPTIONS) plan.addOption(option);
  addCommand(root, "version", VERSION_DESCRIPTION, VERSION_SETTINGS, end, async (settings, options) =>
    (await import("./version-command.ts")).runVersion(settings, options),
  ).addOption(OUTPUT);
  addScanCommand(root, async (...given) => end(await (await import("./scan-command.ts")).runScan(...given)));
  addTimetableCommand(root, {
    table: async (given) => end(await (await import("./timetable-command.ts")).runTimetable(given)),
    diff: async (...given) => end(await (await import("./timetable-command.ts")).runDifferences(...given)),
  });
  addStatusCommand(root, end);
  addCompletionCommand(root, end);
  if (CALLED_AS === "flux migration") root.addHelpText("after", BESIDE_MIGRATE);
  return root;
}

const BESIDE_MIGRATE = `
This is not \`flux migrate\`, which rewrites custom resources of Flux 2 to their latest API version, in a cluster or in files, before an upgrade.
\`flux migration\` changes nothing: it finds Flux 1 and the toolkit, says where each stands in the timetable, and plans the move.`;

const VERSION_DESCRIPTION = "Says which version this is, and how new its data are.";
/** A mounted folder has data of its own age. */
const VERSION_SETTINGS = ["dataFolder", "edition"] as const satisfies readonly SettingName[];

const CHECK_DESCRIPTION = "Checks that a cluster is fit for the operator, and that the operator keeps its status true.";

/**
 * @param names settings that are options of the command
 * @param end is given the exit code
 * @param run is given the settings, all options as commander read them, and the words; its answer is the exit code
 * @param words what is named without a flag
 */
function addCommand(
  root: Command,
  name: string,
  description: string,
  names: readonly SettingName[],
  end: (code: number) => void,
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
    const settings = readSettings(Object.fromEntries(flags), process.env);
    end(await run(settings, options, given.slice(0, words.length).flat().map(String)));
  });
}
