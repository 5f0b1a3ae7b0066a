/** The option `--at` of commands that judge one moment. The operator's setting of the same name starts a clock instead (clock.ts). */
import { InvalidArgumentError, Option } from "commander";
import { SETTINGS } from "./settings.ts";

/** @throws InvalidArgumentError for what is neither a date nor an instant */
function instant(text: string): Date {
  const read = SETTINGS.at.schema().safeParse(text);
  if (!read.success || read.data === undefined)
    throw new InvalidArgumentError("Want a date (2022-11-01) or an instant (2022-11-01T08:00:00Z).");
  return new Date(read.data);
}

export function atOption(): Option {
  return new Option("--at <DATE>", "what was or will be true then; a date means 00:00 UTC").argParser(instant);
}
