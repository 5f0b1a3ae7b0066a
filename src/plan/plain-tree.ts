/**
 * Makes a tree of plain values of what a reader gave: YAML can name a part many times, or within itself, and a number can have lost digits.
 * Judges no meaning.
 */

export type PlainTree =
  | { readonly at: "Tree"; readonly value: unknown }
  | { readonly at: "None"; readonly field: string; readonly why: string };

/** Values in one object. The API server takes 1.5 MiB, which are fewer. */
const MOST_VALUES = 200_000;
/** As deep as the reader of manifests goes. */
const MOST_LEVELS = 100;

/** @returns a copy without shared parts; None where it would not be the same in YAML or JSON, with the field */
export function plainTree(input: unknown): PlainTree {
  let values = 0;
  let problem: { field: string; why: string } | undefined;
  const none = (path: readonly string[], why: string) => {
    problem ??= { field: path.join("."), why };
    return null;
  };
  const copy = (value: unknown, path: readonly string[]): unknown => {
    values += 1;
    if (problem !== undefined) return null;
    if (values > MOST_VALUES) return none(path.slice(0, 2), `it holds more than ${MOST_VALUES} values`);
    if (path.length > MOST_LEVELS) return none(path.slice(0, 2), "it is nested too deeply, or within itself");
    if (typeof value === "number") {
      const why = numberProblem(value);
      return why === undefined ? value : none(path, why);
    }
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (Array.isArray(value)) return value.map((each, index) => copy(each, [...path, String(index)]));
    if (typeof value !== "object") return none(path, "JSON has no such value");
    // Own properties, whatever their names: __proto__ stays a key.
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each, [...path, key])]));
  };
  const value = copy(input, []);
  return problem === undefined ? { at: "Tree", value } : { at: "None", ...problem };
}

/** Of two plain trees, whatever the order of their keys. */
export function sameTree(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return Object.is(a, b);
  const entries = Object.entries(a);
  const same = entries.length === Object.keys(b).length && Array.isArray(a) === Array.isArray(b);
  return same && entries.every(([key, each]) => Object.hasOwn(b, key) && sameTree(each, Reflect.get(b, key)));
}

/** Helm would be given another number: 2^53 + 1 is 2^53 already. */
function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return "JSON has no such number: quote it";
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? "so large a number has lost digits: quote it" : undefined;
}
