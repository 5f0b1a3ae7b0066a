/** Somebody's own manifests, from files, folders or standard input. Applies nothing. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readManifests } from "../control-plane/manifests.ts";

export interface OwnManifests {
  /** All of it as one text, so that a CRD in one file comes before its object in another. */
  text: string;
  /** `flux/deploy.yaml, document 2`, from the place in that text. */
  place: (where: string) => string;
}

/** @throws the error of the file system, which names the file */
export function readOwn(paths: readonly string[]): OwnManifests {
  const files = paths.flatMap(filesIn).map((path) => ({ path, text: readFileSync(path === "-" ? 0 : path, "utf8") }));
  const places = files.flatMap(({ path, text }) => readManifests(text).map((_, index) => `${path}, document ${index + 1}`));
  return {
    text: files.map(({ text }) => text).join("\n---\n"),
    place: (where) => places[Number(/file doc (\d+)/.exec(where)?.[1]) - 1] ?? where,
  };
}

function filesIn(path: string): string[] {
  if (path === "-" || !statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
