/**
 * The files that come with the program: all of config/, our CRDs, and the scripts for shells. A source run reads them from the project's
 * folder; the build puts their texts in this module's place (build/bundle.ts), so that the bundle needs no file beside it.
 * Knows no meaning of any of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const PROJECT = join(import.meta.dirname, "../..");

const SCRIPTS = ["bash", "zsh", "fish"].map((shell) => `src/cli/completion/flux-migration.${shell}`);

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(PROJECT, join(entry.parentPath, entry.name)));
}

/** Text by path in the project, such as `config/timetable/after.yaml`; in the same order everywhere, so that two bundles are the same. */
export const BUILT_IN: ReadonlyMap<string, string> = new Map(
  ["crds/crds.yaml", "crds/crds-legacy.yaml", ...SCRIPTS, ...filesOf("config")]
    .toSorted()
    .map((path) => [path, readFileSync(join(PROJECT, path), "utf8")]),
);
