/** Writes files into a folder without harm to what is there: over nothing unless that is asked for, and through no link. Knows no contents. */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface FileToWrite {
  /** Without a folder. */
  readonly name: string;
  readonly text: string;
}

/** The folder, or a file in it, is in the way. Nothing was written. */
export class InTheWay extends Error {
  override readonly name = "InTheWay";
}

/** One segment that is no way out and no reserved name: whoever makes names makes such ones. */
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/**
 * @param force whether files of these names are replaced; a link of such a name is replaced too, and never followed
 * @throws InTheWay before anything is written; what the file system says else
 */
export function writeFolder(folder: string, files: readonly FileToWrite[], force: boolean): void {
  const unsafe = files.find(({ name }) => !SAFE_NAME.test(name));
  if (unsafe) throw new RangeError(`${JSON.stringify(unsafe.name)} is no name of a file`);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) throw new InTheWay(`${folder}: is a link; name the folder that it leads to`);
  if (found && !found.isDirectory()) throw new InTheWay(`${folder}: is no folder`);
  const there = files.filter(({ name }) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined);
  const folders = there.filter(({ name }) => lstatSync(join(folder, name)).isDirectory());
  const inTheWay = force ? folders : there;
  if (inTheWay.length > 0) {
    const names = inTheWay.map(({ name }) => name).join(", ");
    throw new InTheWay(
      `${folder}: ${names} ${inTheWay.length === 1 ? "is" : "are"} there already; ${force ? "move what is in the way" : "name another folder, or replace them with --force"}`,
    );
  }
  if (!found && !existsSync(dirname(folder))) throw new InTheWay(`${folder}: there is no folder ${dirname(folder)}; make it first`);
  if (!found) mkdirSync(folder);
  for (const { name, text } of files) replace(join(folder, name), text, force);
}

/** A new file, then its name: a link of that name is replaced itself, and a reader sees the old text or the new one. */
function replace(path: string, text: string, force: boolean): void {
  const written = force ? `${path}.${randomUUID()}` : path;
  const file = openSync(written, "wx", 0o644);
  try {
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    if (force) renameSync(written, path);
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  }
}
