/**
 * What the built-in files say. A source run reads them; the bundle holds what they say, read at its build (build/bundle.ts), as reading
 * would be a sixth of the time that a scan of one file takes.
 */
import { EDITION_FILE } from "./folder.ts";
import { builtInFiles, type Data, readData } from "./read-data.ts";

/** The last edition that was published, and came with the program. One that is mounted is chosen by a setting. */
export const DEFAULT_EDITION =
  [...builtInFiles().keys()]
    .flatMap((name) => EDITION_FILE.exec(name)?.[1] ?? [])
    .toSorted()
    .at(-1) ?? "";

/** @returns the data, which nobody may change */
export function builtInData(): Data {
  return readData(builtInFiles());
}
