/**
 * Compares two schemas of a CRD as sets of facts, so that it can be said which one knows more. Descriptions do not count: they change no
 * object. Reads no CRD (judge-crds.ts).
 */
import * as z from "zod";

const Json = z.json();
type Json = z.infer<typeof Json>;

/** One statement of a schema: `support` must be one of these, `until` is a date. */
interface Fact {
  /** The field that it is about: `status.summary.support`. */
  readonly place: string;
  readonly keyword: string;
}

/** `Older`: the cluster's schema lacks what ours says. `Newer`: it says what ours does not. `Different`: both. */
export type Comparison = { at: "Same" } | { at: "Older" | "Newer" | "Different"; facts: readonly Fact[] };

/** @returns with the facts by which they differ: those that the cluster lacks first */
export function compareSchemas(cluster: unknown, ours: unknown): Comparison {
  const theirs = factsOf(cluster);
  const wanted = factsOf(ours);
  const lacking = [...wanted].filter(([fact]) => !theirs.has(fact));
  const beyond = [...theirs].filter(([fact]) => !wanted.has(fact));
  if (lacking.length + beyond.length === 0) return { at: "Same" };
  const at = beyond.length === 0 ? "Older" : lacking.length === 0 ? "Newer" : "Different";
  return { at, facts: [...lacking, ...beyond].map(([, fact]) => fact) };
}

/** Whether any field of the schema is spoken of with this keyword. */
export function saysAnywhere(schema: unknown, keyword: string): boolean {
  return [...factsOf(schema).values()].some((fact) => fact.keyword === keyword);
}

function factsOf(schema: unknown): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  collect(Json.catch(null).parse(schema), "", facts);
  return facts;
}

function collect(schema: Json, place: string, facts: Map<string, Fact>): void {
  if (!isMapping(schema)) return;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "description") continue;
    const inner = fieldsWithin(keyword, value, place);
    for (const [field, fieldSchema] of inner ?? []) collect(fieldSchema, field, facts);
    if (inner !== undefined) continue;
    // A list is a set here: one value more in an enum is one fact more.
    for (const item of Array.isArray(value) ? value : [value]) facts.set(`${place} ${keyword} ${canonical(item)}`, { place, keyword });
  }
}

/** Schemas of fields further in; undefined where the keyword says something of the field itself. */
function fieldsWithin(keyword: string, value: Json, place: string): [string, Json][] | undefined {
  if (!isMapping(value)) return undefined;
  if (keyword === "properties") return Object.entries(value).map(([name, schema]) => [place === "" ? name : `${place}.${name}`, schema]);
  if (keyword === "items") return [[`${place}[]`, value]];
  return keyword === "additionalProperties" ? [[`${place}.*`, value]] : undefined;
}

function isMapping(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same text whatever the order of the keys: the API server writes them in its own. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}
