/** Addresses in data: each goes to people, so each is https. Does not ask whether anybody answers there. */
import { type Misfit, misfit } from "./misfit.ts";

/** @param value parsed data of a file, in the file's own form */
export function addressMisfits(file: string, value: unknown, path: readonly PropertyKey[] = []): Misfit[] {
  if (typeof value === "string")
    return /^[a-z]+:\/\//i.test(value) && !value.startsWith("https://") ? [misfit(file, path, value, "https://")] : [];
  if (typeof value !== "object" || value === null) return [];
  const entries: [PropertyKey, unknown][] = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  return entries.flatMap(([key, item]) => addressMisfits(file, item, [...path, key]));
}
