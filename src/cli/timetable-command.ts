/** `flux-migration timetable`: the whole timetable with "you are here", and how two editions differ. Asks no cluster. */
import { styleText } from "node:util";
import * as z from "zod";
import { editionNamed, loadData } from "../data/load.ts";
import { differences } from "../timetable/differences.ts";
import { wholeTimetable } from "../timetable/whole.ts";
import { success } from "./exit-codes.ts";
import { differencesText, timetableText, timetableWide } from "./print-timetable.ts";
import { TIMETABLE_FORMATS } from "./timetable-options.ts";

const Options = z.object({
  edition: z.string(),
  at: z.date().optional(),
  dataFolder: z.string().optional(),
  output: z.enum(TIMETABLE_FORMATS),
});
const DiffOptions = Options.pick({ dataFolder: true, output: true });

/** @param given options as commander read them @returns the exit code */
export async function runTimetable(given: unknown): Promise<number> {
  const { edition, at, dataFolder: folder, output: format } = Options.parse(given);
  const { editions, reference } = await loadData(folder);
  const whole = wholeTimetable(editionNamed(edition, editions, "edition"), reference.after, at ?? new Date());
  const bold = (text: string) => styleText("bold", text, { stream: process.stdout });
  const text = format === "json" ? JSON.stringify(whole, null, 2) : (format === "wide" ? timetableWide : timetableText)(whole, bold);
  process.stdout.write(`${text}\n`);
  return success;
}

/** @param given options as commander read them @returns the exit code */
export async function runDifferences(a: string, b: string, given: unknown): Promise<number> {
  const { dataFolder: folder, output: format } = DiffOptions.parse(given);
  const { editions } = await loadData(folder);
  const found = differences(editionNamed(a, editions, "edition"), editionNamed(b, editions, "edition"));
  process.stdout.write(`${format === "json" ? JSON.stringify(found, null, 2) : differencesText(a, b, found)}\n`);
  return success;
}
