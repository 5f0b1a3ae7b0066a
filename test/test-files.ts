/**
 * Which test files ask for something by a word in their first comment: `@newest-only`, not to run on the oldest Kubernetes as well;
 * `@alone`, not to run beside others in `npm test`, as it measures what they would change. The reason stands beside the word.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Ends the title of a suite that runs on the oldest Kubernetes. */
export const ON_FLOOR = "on Kubernetes 1.20";

/** @returns paths from the project's folder: "test/build/measure.test.ts" */
export function filesMarked(word: "@alone" | "@newest-only"): string[] {
  return globSync("test/*/**/*.test.ts", { cwd: ROOT }).filter((file) => firstComment(file).includes(word));
}

function firstComment(file: string): string {
  const text = readFileSync(join(ROOT, file), "utf8");
  return text.slice(0, text.indexOf("*/"));
}
