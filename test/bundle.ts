/** The bundle that tests, the demo and the benchmarks run: built from the sources as they are now, which takes a second. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseDockerfile } from "../build/dockerfile.ts";

const PROJECT = join(import.meta.dirname, "..");

/** Set by `npm test`, which builds it once for all test files. */
export const TESTED_BUNDLE = "TESTED_BUNDLE";

/** @returns the path of the bundle */
export async function freshBundle(): Promise<string> {
  const built = process.env[TESTED_BUNDLE];
  if (built !== undefined) return built;
  await promisify(execFile)(process.execPath, [join(PROJECT, "build/main.ts")]);
  return join(PROJECT, "dist/flux-migration.mjs");
}

/**
 * Flags and environment of the Dockerfile's last stage, the permission model included.
 * @param cache a folder that stands in for the image's compile cache; the first start fills it
 */
export async function asInImage(cache: string): Promise<{ flags: string[]; environment: Record<string, string> }> {
  const last = parseDockerfile(await readFile(join(PROJECT, "Dockerfile"), "utf8")).at(-1)?.instructions ?? [];
  const entrypoint = last.flatMap((instruction) => (instruction.does === "ENTRYPOINT" ? instruction.command : []));
  const environment = last.flatMap((instruction) => (instruction.does === "ENV" ? [...instruction.pairs] : []));
  const here = (word: string) => word.replace("/app/cache", cache);
  return {
    flags: entrypoint.slice(1, -1).map(here),
    environment: Object.fromEntries(environment.map(([name, value]) => [name, here(value)])),
  };
}

const imageFlags = (await asInImage("")).flags;

/** As the image gives them to node; the permission model aside, which knows the image's folders. */
export const BUNDLE_FLAGS = imageFlags.filter((flag) => !/^--(permission|allow-)/.test(flag));
