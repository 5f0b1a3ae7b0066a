/** Says what is wrong with a spec that somebody wrote, field by field. */
import type * as z from "zod";

/** @returns one line a problem: `spec.ignore.0.until: Invalid ISO date` */
export function parseProblems(root: string, error: z.ZodError): string[] {
  return error.issues.map((issue) => `${[root, ...issue.path].join(".")}: ${issue.message}`);
}
