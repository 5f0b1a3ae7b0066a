/** config/actions.yaml: which action a phase asks for, and its sentences. Not for choosing among actions: recommend.ts does that. */
import * as z from "zod";
import { Severity } from "../api/words.ts";
import { type Problem, parseData } from "../data/invalid-data.ts";

const Cell = z.strictObject({ code: z.string(), severity: Severity });
export type AdviceCell = z.infer<typeof Cell>;

const PhaseAdvice = z.strictObject({
  phase: z.string(),
  intro: z.string(),
  meaning: z.string().optional(),
  helmOperatorIntro: z.string().optional(),
  otherwise: Cell,
  imageAutomation: Cell.optional(),
  helmOperator: Cell.optional(),
});
export type PhaseAdvice = z.infer<typeof PhaseAdvice>;

const ActionAdvice = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Za-z0-9]*$/),
  message: z.string(),
  helmOperator: z.string().optional(),
  inFiles: z.string().optional(),
  url: z.url().optional(),
  helmOperatorUrl: z.url().optional(),
});
export type ActionAdvice = z.infer<typeof ActionAdvice>;

const Upgrade = z.strictObject({
  step: z.string(),
  migrate: z.string(),
  join: z.string().default(", "),
  last: z.string(),
  sentence: z.string(),
  source: z.url(),
});

export const Advice = z.strictObject({
  flux1: z.array(PhaseAdvice).min(1),
  replacements: z.strictObject({ readOnly: z.string(), noAutomation: z.string(), imageAutomation: z.string(), helmOperator: z.string() }),
  actions: z.array(ActionAdvice).min(1),
  upgrades: z.looseObject({ Unknown: Upgrade }).catchall(Upgrade),
});
export type Advice = z.infer<typeof Advice>;

/** Every word that the assessment can fill in. One that stands in no sentence is harmless, one that is not here would print in braces. */
const KNOWN_FACTS = new Set(
  "phaseSince workload replacement rights unstated object resources minor supportEnded upgrade skew remedy leftovers crds release steps inOneCluster otherwise".split(
    " ",
  ),
);

/**
 * Reads config/actions.yaml.
 * @throws {InvalidData} naming the file and each wrong field, an action that a phase names but the list lacks, or an unknown word in braces.
 */
export function parseAdvice(input: unknown, file: string): Advice {
  return parseData(Advice, input, file, adviceProblems);
}

const Rough = z.object({ flux1: z.array(z.record(z.string(), z.unknown())), actions: z.array(z.object({ code: z.string() })) });
const CELLS = ["otherwise", "imageAutomation", "helmOperator"];

function adviceProblems(input: unknown): Problem[] {
  const rough = Rough.safeParse(input);
  if (!rough.success) return [];
  const codes = rough.data.actions.map((action) => action.code);
  const cells = rough.data.flux1.flatMap((row, index) =>
    CELLS.map((cell) => ({ path: ["flux1", index, cell, "code"], cell: Cell.safeParse(row[cell]) })),
  );
  const unknownCodes = cells.flatMap(({ path, cell }) =>
    cell.success && !codes.includes(cell.data.code) ? [{ path, want: `a code of the list actions: ${codes.join(", ")}` }] : [],
  );
  return [...unknownCodes, ...unknownFacts(input, [])];
}

function unknownFacts(value: unknown, path: PropertyKey[]): Problem[] {
  if (typeof value === "string") {
    const unknown = [...value.matchAll(/\{([a-zA-Z]+)\}/g)].some(([, name]) => !KNOWN_FACTS.has(name ?? ""));
    return unknown ? [{ path, want: `no words in braces but ${[...KNOWN_FACTS].join(", ")}` }] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => unknownFacts(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => unknownFacts(item, [...path, key]));
}
