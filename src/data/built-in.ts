/**
 * The files that come with the program: all of config/, our CRDs, and package.json for the version. A source run reads them from the
 * project's folder; the build puts their texts in this module's place (build/bundle.ts), so that the bundle needs no file beside it.
 * Knows no meaning of any of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const PROJECT = join(import.meta.dirname, "../..");

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(PROJECT, join(entry.parentPath, entry.name)));
}

/** Text by path in the project, with `/` on every system: `config/timetable/after.yaml`. */
export const BUILT_IN: ReadonlyMap<string, string> = new Map(
  ["package.json", ...filesOf("config"), ...filesOf("crds")]
    .map((path) => [path.replaceAll("\\", "/"), readFileSync(join(PROJECT, path), "utf8")] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1)),
);
