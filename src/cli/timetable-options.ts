/** What `flux-migration timetable` takes on its command line. Apart from the command, which other runs need not load. */

import { type Command, Option } from "commander";
import { DEFAULT_EDITION } from "../data/built-in-data.ts";
import { atOption } from "./instant.ts";
import { textOption } from "./text-option.ts";

export const TIMETABLE_FORMATS = ["table", "wide", "json"] as const;

const output = (formats: readonly string[]) => new Option("-o, --output <FORMAT>", "how to print").choices(formats).default("table");
const dataFolder = () => textOption("--data-folder <DIR>", "folder whose files replace the built-in data by name");

/** Each is given the options as commander read them. */
interface TimetableRuns {
  table(given: unknown): Promise<void>;
  diff(a: string, b: string, given: unknown): Promise<void>;
}

export function addTimetableCommand(root: Command, run: TimetableRuns): void {
  const command = root
    .command("timetable")
    .description("Prints the published timetable, and where a day stands in it.")
    .exitOverride()
    .addOption(textOption("--edition <EDITION>", "edition of the timetable").default(DEFAULT_EDITION))
    .addOption(atOption())
    .addOption(dataFolder())
    .addOption(output(TIMETABLE_FORMATS))
    // Without it, what stands behind diff and is spelt as an option of ours would be taken for it, and diff would not hear of it.
    .enablePositionalOptions()
    .action((given: unknown) => run.table(given));
  command
    .command("diff")
    .description("Says what changed from one edition to another.")
    .argument("<OLD-EDITION>", "where to begin")
    .argument("<NEW-EDITION>", "where to end")
    .exitOverride()
    .addOption(dataFolder())
    .addOption(output(["table", "json"]))
    .action(async (a: string, b: string, given: unknown) => {
      refuseOptionsBefore(command);
      await run.diff(a, b, given);
    });
}

/** They are those of the table, and would change nothing. */
function refuseOptionsBefore(command: Command): void {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === "cli");
  const flags = given.map(({ long }) => long).join(", ");
  if (flags !== "") command.error(`error: ${flags} before diff says nothing about a difference; options of diff stand behind it`);
}
