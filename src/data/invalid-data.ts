/** Reads data of unknown form with a zod schema, and names every problem at once: place, what was found, what was wanted. Knows no file system. */
import * as z from "zod";

/** Who has twenty things to mend looks at the file. */
const MOST_SHOWN = 20;

/** One thing to mend, said; `path` leads to it. */
interface Finding {
  readonly path: readonly PropertyKey[];
  readonly says: string;
}

/** Data that cannot be used. Shared by all parsers of data; `problems` has one line for each thing to mend. */
export class InvalidData extends Error {
  override readonly name = "InvalidData";
  readonly problems: string[];
  readonly #file: string;
  readonly #findings: readonly Finding[];

  /** @param lineOf the line of a path in the file, where its text is known */
  constructor(file: string, findings: readonly Finding[], lineOf?: (path: readonly PropertyKey[]) => number) {
    const shown = findings.slice(0, MOST_SHOWN).map(({ path, says }) => `${file}${lineOf ? `:${lineOf(path)}` : ""}: ${says}`);
    const more = findings.length - shown.length;
    const problems = more > 0 ? [...shown, `${file}: and ${more} more`] : shown;
    super(problems.join("\n"));
    this.problems = problems;
    this.#file = file;
    this.#findings = findings;
  }

  withLines(lineOf: (path: readonly PropertyKey[]) => number): InvalidData {
    return new InvalidData(this.#file, this.#findings, lineOf);
  }
}

/** One thing to mend: where, and what belongs there. What was found is looked up in the data itself. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly want: string;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

/** An object schema that refuses keys it does not know, and whose message lists those that it knows. */
export function strict<const Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(", ") : undefined),
  });
}

/**
 * @param further checks across fields, run even where the schema finds problems: they must bear any input. Their problems stand after the schema's.
 * @throws {InvalidData} with all problems, each opened by `file`
 */
export function parseData<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  file: string,
  further: (input: unknown) => readonly Problem[] = () => [],
): z.output<Schema> {
  const parsed = schema.safeParse(input, { error: wantOf });
  const findings = parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, input));
  const all = [...findings, ...further(input).map((problem) => finding(problem, input))];
  if (!parsed.success || all.length > 0) throw new InvalidData(file, all);
  return parsed.data;
}

function wantOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array" ? "something in it" : `${issue.minimum} or more`;
    case "invalid_format":
      return issue.format === "url" ? "an address (https://...)" : `the form ${issue.pattern ?? issue.format}`;
    default:
      return "another value";
  }
}

function findingsOf(issue: z.core.$ZodIssue, input: unknown): Finding[] {
  if (issue.code !== "unrecognized_keys") return [finding({ path: issue.path, want: issue.message }, input)];
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    return { path, says: `${placeOf(path)} is unknown; known: ${issue.message}` };
  });
}

function finding({ path, want }: Problem, input: unknown): Finding {
  return { path, says: `${placeOf(path)} is ${shown(path.reduce<unknown>(within, input))}; want ${want}` };
}

function within(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  // A YAML 1.1 loader turns an unquoted date into a Date; its JSON form shows what happened.
  if (typeof value === "object" && value !== null && !(value instanceof Date)) return "a mapping";
  return JSON.stringify(value);
}

/** `rows[4].date`; a key that is no plain word stands in brackets: `minors["2.9"]`. */
export function placeOf(path: readonly PropertyKey[]): string {
  const place = path.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`;
    const name = String(key);
    return /^[A-Za-z_][\w-]*$/.test(name) ? `${before}${before === "" ? "" : "."}${name}` : `${before}[${JSON.stringify(name)}]`;
  }, "");
  return place === "" ? "the whole" : place;
}
