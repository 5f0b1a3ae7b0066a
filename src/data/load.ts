/**
 * The data in force: those that are built in and, before them, a mounted folder whose files win by name, so that a site without a way out can
 * have newer releases without a newer image.
 */
import type { Edition } from "../timetable/edition.ts";
import { builtInData } from "./built-in-data.ts";
import type { Data } from "./read-data.ts";
import { UnreadableData } from "./unreadable-data.ts";

/**
 * @param mounted folder with files of the same names as in config/, or undefined
 * @throws what is wrong with that folder: UnreadableData, InvalidData
 */
export async function loadData(mounted?: string): Promise<Data> {
  // What reads data files takes longer to load than a scan of one file.
  return mounted === undefined ? builtInData() : (await import("./mounted-data.ts")).mountedData(mounted);
}

/** @throws UnreadableData naming the known editions */
export function editionNamed(name: string, editions: ReadonlyMap<string, Edition>, where: string): Edition {
  const edition = editions.get(name);
  if (!edition) throw new UnreadableData(`${where} "${name}" is unknown; known: ${[...editions.keys()].sort().join(", ")}`);
  return edition;
}
