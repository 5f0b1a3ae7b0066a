/** Says where something that was read has the wrong shape: the place, what was found, what was wanted. Decides nothing about it. */
import type * as z from "zod";
import { valueAt } from "./value-at.ts";
import { visibleText } from "./visible-text.ts";

/** The first thing that is wrong with an object. The three texts are safe to show. */
export interface WorkloadProblem {
  /** Where it stands: a key may hold dots, so the text does not lead back to it. */
  path: readonly PropertyKey[];
  /** The same as a text, `spec.template.spec.containers[0].image`. */
  field: string;
  found: string;
  want: string;
}

/** Characters shown of a wrong value: enough to find it, little enough for a condition's message. */
const FOUND_CHARACTERS = 80;
const FIELD_CHARACTERS = 200;

/** @returns a value in words: `"text"`, `5`, `a list`, `nothing` */
function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return `"${visibleText(value, FOUND_CHARACTERS)}"`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return visibleText(String(value), FOUND_CHARACTERS);
}

/**
 * @param at where `input` stands in its object
 * @returns the first issue of a failed parse of `input`, as a place, what was found, and what was wanted
 */
export function firstProblem(error: z.ZodError, input: unknown, at: readonly PropertyKey[] = []): WorkloadProblem {
  const issue = error.issues[0];
  if (issue === undefined) return { path: at, field: fieldName(at), found: describeValue(input), want: "another shape" };
  const path = [...at, ...issue.path];
  return {
    path,
    field: fieldName(path),
    found: describeValue(valueAt(input, issue.path)),
    want: issue.code === "invalid_type" ? wantedType(issue.expected) : issue.message,
  };
}

export function fieldName(path: readonly PropertyKey[]): string {
  let name = "";
  for (const key of path) {
    if (typeof key === "number") name += `[${key}]`;
    else name += name === "" ? String(key) : `.${String(key)}`;
  }
  return visibleText(name, FIELD_CHARACTERS);
}

function wantedType(expected: string): string {
  if (expected === "array") return "a list";
  if (expected === "int") return "a whole number";
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}
