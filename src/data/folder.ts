/**
 * The files of a mounted data folder, by the names that config/ has. Looks at the folder itself and at `timetable/` in it, and nowhere else:
 * a volume can hold lost+found, a ConfigMap its hidden folders, and links can lead anywhere. Reads no file.
 */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { BUILT_IN } from "./built-in.ts";

/** Where the built-in files stand in the project. */
export const CONFIG = "config/";

export const EDITION_FILE = /^timetable\/([0-9-]+)\.yaml$/;

/** A key of a ConfigMap holds no slash, so `timetable-2022-09-20.yaml` stands for `timetable/2022-09-20.yaml`. */
export const FLAT = /^timetable-/;

const EDITIONS = "timetable";

/** A ConfigMap holds 1 MiB at most; the largest file of ours has 60 KB. */
const MOST_BYTES = 2 * 1024 * 1024;

/** A file that is no data file of ours, or two that are the same one. */
export class StrangeFile extends Error {
  override readonly name = "StrangeFile";
}

export interface FolderFile {
  /** As config/ has it: `timetable/2022-09-20.yaml`. */
  readonly name: string;
  readonly path: string;
  /** Another one after each change. stat follows links: a ConfigMap is swapped by one. */
  readonly state: string;
}

/**
 * @returns regular files alone, in the order of their paths
 * @throws StrangeFile for a name that no data file has, for two files of one name, and for one that is too large; what the file system says else
 */
export function filesOf(folder: string): FolderFile[] {
  const byName = new Map<string, FolderFile>();
  for (const path of pathsIn(folder)) {
    const given = relative(folder, path);
    const { ino, size, mtimeMs } = statSync(path);
    const name = knownName(given, path);
    const twin = byName.get(name);
    if (twin) throw new StrangeFile(`${path}: ${twin.path} is the same data file; keep one of them`);
    if (size > MOST_BYTES) throw new StrangeFile(`${path}: has ${size} bytes; want ${MOST_BYTES} at most`);
    byName.set(name, { name, path, state: `${name} ${ino} ${size} ${mtimeMs}` });
  }
  return [...byName.values()];
}

function pathsIn(folder: string): string[] {
  const here = entriesOf(folder);
  const editions = here.find(({ path, kind }) => kind === "Folder" && path === join(folder, EDITIONS));
  const all = [...here, ...(editions ? entriesOf(editions.path) : [])];
  const strange = all.find(({ path, kind }) => kind !== "File" && BUILT_IN.has(CONFIG + relative(folder, path)));
  if (strange) throw new StrangeFile(`${strange.path}: is no regular file`);
  return all.filter(({ kind }) => kind === "File").map(({ path }) => path);
}

function entriesOf(folder: string): { path: string; kind: "File" | "Folder" | "Neither" }[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  return names.toSorted().map((name) => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    // A pipe or a device would be read for ever; a link that leads nowhere is what a swap can leave for an instant.
    return { path, kind: found?.isFile() ? "File" : found?.isDirectory() ? "Folder" : "Neither" };
  });
}

/** A file with a misspelt name would change nothing, in silence. */
function knownName(given: string, path: string): string {
  const name = given.replace(FLAT, `${EDITIONS}/`);
  if (BUILT_IN.has(CONFIG + name) || EDITION_FILE.test(name)) return name;
  const known = [...BUILT_IN.keys()].filter((key) => key.startsWith(CONFIG)).map((key) => key.slice(CONFIG.length));
  const names = known.filter((key) => !EDITION_FILE.test(key));
  throw new StrangeFile(`${path}: no data file has this name; want one of ${names.join(", ")}, ${EDITIONS}/YYYY-MM-DD.yaml`);
}
