/**
 * What the built-in files say. A source run reads them; the bundle holds what they say, read at its build (build/bundle.ts), as reading
 * would be a sixth of the time that a scan of one file takes.
 */
import { builtInFiles, type Data, readData } from "./read-data.ts";

/** @returns the data, which nobody may change */
export function builtInData(): Data {
  return readData(builtInFiles());
}
