/** What a person leaves out of a scan, by patterns as shells have them: `*`, `**`, `?`, `[ab]`, `{a,b}`. Looks at no file. */
import { basename, dirname, matchesGlob } from "node:path";

/** @param path as it would be printed @returns whether what stands there is left out, and all that is below it */
export type Exclusion = (path: string) => boolean;

const FROM_HERE = /^(?:\.\/+)+/;
const LAST_SLASHES = /(?<=.)\/+$/;

/** @param patterns without a slash, of the name of a file or folder anywhere; with one within it, of its path as it is printed */
export function exclusion(patterns: readonly string[]): Exclusion {
  const wanted = patterns.map((pattern) => pattern.replace(FROM_HERE, "").replace(LAST_SLASHES, ""));
  const names = wanted.filter((pattern) => !pattern.includes("/"));
  const paths = wanted.filter((pattern) => pattern.includes("/"));
  return (path) => names.some((pattern) => matchesGlob(basename(path), pattern)) || paths.some((pattern) => matchesGlob(path, pattern));
}

/** @returns whether the path, or a folder that it names on the way there, is left out */
export function isWithinExcluded(path: string, excluded: Exclusion): boolean {
  const above = dirname(path);
  return excluded(path) || (above !== path && isWithinExcluded(above, excluded));
}
