/** The data of a mounted folder, whose files win by name. Looks for none but those in it (folder.ts) and those that are built in. */
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { filesOf, StrangeFile } from "./folder.ts";
import { builtInFiles, type Data, type DataFile, readData } from "./read-data.ts";
import { UnreadableData } from "./unreadable-data.ts";

/** @throws UnreadableData for a folder or file that cannot be read, with file and line; InvalidData for one whose contents are wrong */
export function mountedData(folder: string): Data {
  // The mounted folder comes later, and so wins, file by file.
  return readData(new Map([...builtInFiles(), ...filesIn(folder)]));
}

function filesIn(folder: string): [string, DataFile][] {
  try {
    return filesOf(folder).map(({ name, path }) => [name, { name: path, text: () => readFileSync(path, "utf8"), read: load }]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableData(cause instanceof StrangeFile ? why : `data folder ${folder} cannot be read: ${why}`, { cause });
  }
}
