/**
 * The user's cache folder, in which programs for the tests are kept once they are made. Knows not what they are.
 */
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Making takes minutes; a half-made folder this old was left behind by a machine that went down. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** `$XDG_CACHE_HOME/flux-migration-operator`, or the same in ~/.cache. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "flux-migration-operator");
}

/**
 * Makes what belongs into `folder` in a folder beside it and renames that, so that other processes see either nothing or all of it.
 * @param make fills the folder that it is given
 * @param isWhole says whether a folder holds all that belongs there
 */
export async function makeInCache(
  folder: string,
  make: (building: string) => Promise<void>,
  isWhole: (folder: string) => Promise<boolean>,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await removeAbandoned(dirname(folder));
  const building = await mkdtemp(`${folder}.building-`);
  try {
    await make(building);
    await putInPlace(building, folder, isWhole);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function putInPlace(building: string, folder: string, isWhole: (folder: string) => Promise<boolean>): Promise<void> {
  try {
    await rename(building, folder);
  } catch (cause) {
    // Another process was faster, and perhaps runs its programs already: its folder stays.
    if (await isWhole(folder)) return;
    // Or somebody emptied it in part. The two steps leave a moment without a folder, never one with half of it.
    await rm(folder, { recursive: true, force: true });
    await rename(building, folder).catch(() => {
      throw cause;
    });
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  const builds = (await readdir(parent)).filter((name) => name.includes(".building-"));
  for (const path of builds.map((name) => join(parent, name))) {
    const made = await stat(path).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
