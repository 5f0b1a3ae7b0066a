/** The bundle that the demo and the benchmarks run: built from the sources as they are now, which takes less than a second. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const PROJECT = join(import.meta.dirname, "..");

/** As the image gives them to node; the permission model aside, which knows the image's folders. Source: Dockerfile, ENTRYPOINT. */
export const BUNDLE_FLAGS = ["--max-semi-space-size=1", "--disallow-code-generation-from-strings", "--disable-sigusr1"];

/** @returns the path of the bundle */
export async function freshBundle(): Promise<string> {
  await promisify(execFile)(process.execPath, [join(PROJECT, "build/main.ts")]);
  return join(PROJECT, "dist/flux-migration.mjs");
}
