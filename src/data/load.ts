/**
 * The data in force: those that are built in and, before them, a mounted folder whose files win by name, so that a site without a way out can
 * have newer releases without a newer image.
 */
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { Edition } from "../timetable/edition.ts";
import { builtInData } from "./built-in-data.ts";
import { filesOf, StrangeFile } from "./folder.ts";
import { builtInFiles, type Data, type DataFile, readData, UnreadableData } from "./read-data.ts";

export { type Data, UnreadableData };

/** The last edition that was published. */
export const DEFAULT_EDITION = "2022-09-20";

/**
 * @param mounted folder with files of the same names as in config/, or undefined
 * @throws UnreadableData for a folder or file that cannot be read, with file and line; InvalidData for one whose contents are wrong
 */
export function loadData(mounted?: string): Data {
  if (mounted === undefined) return builtInData();
  // The mounted folder comes later, and so wins, file by file.
  return readData(new Map([...builtInFiles(), ...filesIn(mounted)]));
}

/** @throws UnreadableData naming the known editions */
export function editionNamed(name: string, editions: ReadonlyMap<string, Edition>, where: string): Edition {
  const edition = editions.get(name);
  if (!edition) throw new UnreadableData(`${where} "${name}" is unknown; known: ${[...editions.keys()].sort().join(", ")}`);
  return edition;
}

function filesIn(folder: string): [string, DataFile][] {
  try {
    return filesOf(folder).map(({ name, path }) => [name, { name: path, text: () => readFileSync(path, "utf8"), read: load }]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableData(cause instanceof StrangeFile ? why : `data folder ${folder} cannot be read: ${why}`, { cause });
  }
}
