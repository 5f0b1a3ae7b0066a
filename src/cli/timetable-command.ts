/** `flux-migration timetable`: the whole timetable with "you are here", and how two editions differ. Asks no cluster. */
import { styleText } from "node:util";
import { type Command, Option } from "commander";
import * as z from "zod";
import { DEFAULT_EDITION, editionNamed, loadData } from "../data/load.ts";
import { differences } from "../timetable/differences.ts";
import { wholeTimetable } from "../timetable/whole.ts";
import { success } from "./exit-codes.ts";
import { atOption } from "./instant.ts";
import { differencesText, timetableText, timetableWide } from "./print-timetable.ts";
import { textOption } from "./text-option.ts";

const FORMATS = ["table", "wide", "json"] as const;

const Options = z.object({
  edition: z.string(),
  at: z.date().optional(),
  dataFolder: z.string().optional(),
  output: z.enum(FORMATS),
});
const DiffOptions = Options.pick({ dataFolder: true, output: true });

const output = (formats: readonly string[]) => new Option("-o, --output <FORMAT>", "how to print").choices(formats).default("table");
const dataFolder = () => textOption("--data-folder <DIR>", "folder whose files replace the built-in data by name");

/** @param end is given the exit code */
export function addTimetableCommand(root: Command, end: (code: number) => void): void {
  const command = root
    .command("timetable")
    .description("Prints the published timetable, and where a day stands in it.")
    .exitOverride()
    .addOption(textOption("--edition <EDITION>", "edition of the timetable").default(DEFAULT_EDITION))
    .addOption(atOption())
    .addOption(dataFolder())
    .addOption(output(FORMATS))
    // Without it, what stands behind diff and is spelt as an option of ours would be taken for it, and diff would not hear of it.
    .enablePositionalOptions()
    .action(async (given: unknown) => end(await printTimetable(Options.parse(given))));
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
      end(await printDifferences(a, b, DiffOptions.parse(given)));
    });
}

/** They are those of the table, and would change nothing. */
function refuseOptionsBefore(command: Command): void {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === "cli");
  const flags = given.map(({ long }) => long).join(", ");
  if (flags !== "") command.error(`error: ${flags} before diff says nothing about a difference; options of diff stand behind it`);
}

async function printTimetable({ edition, at, dataFolder: folder, output: format }: z.output<typeof Options>): Promise<number> {
  const { editions, reference } = await loadData(folder);
  const whole = wholeTimetable(editionNamed(edition, editions, "edition"), reference.after, at ?? new Date());
  const bold = (text: string) => styleText("bold", text, { stream: process.stdout });
  const text = format === "json" ? JSON.stringify(whole, null, 2) : (format === "wide" ? timetableWide : timetableText)(whole, bold);
  process.stdout.write(`${text}\n`);
  return success;
}

async function printDifferences(
  a: string,
  b: string,
  { dataFolder: folder, output: format }: z.output<typeof DiffOptions>,
): Promise<number> {
  const { editions } = await loadData(folder);
  const found = differences(editionNamed(a, editions, "edition"), editionNamed(b, editions, "edition"));
  process.stdout.write(`${format === "json" ? JSON.stringify(found, null, 2) : differencesText(a, b, found)}\n`);
  return success;
}
