/** What an edition of the timetable looks like, and how it is read. Says nothing about which phase holds now (phase.ts). */
import * as z from "zod";
import { parseData, strict } from "../data/invalid-data.ts";
import { isDate, looksLikeDate } from "./day.ts";
import { editionOrder } from "./edition-order.ts";
import { PHASES, TBD, type Track } from "./track.ts";

/** Who a statement asks to do something. */
export const AUDIENCES = ["ExistingProjects", "NewProjects", "Users"] as const;

const WANT_DATE = "an ISO date (2022-11-01)";

/** A schema for an ISO date of a day that exists; `or` names what else is taken. */
function date(or?: string) {
  const want = or === undefined ? WANT_DATE : `${WANT_DATE} or ${or}`;
  return z.string({ error: want }).refine((text) => isDate(text) || text === or, {
    error: (issue) => (looksLikeDate(String(issue.input)) ? `a day that exists: ${want}` : want),
  });
}

export const IsoDate = date();

export const Statement = strict({
  text: z.string().min(1).meta({ description: "What the page says, in our words." }),
  asksOf: z.enum(AUDIENCES).optional().meta({ description: "Who is asked to do it; absent where the statement only informs." }),
  links: z.array(z.url()).optional(),
});
export type Statement = z.output<typeof Statement>;

const statements = z.array(Statement).min(1);
const footnote = { source: z.url(), statements };
/** An API version as Kubernetes names them: v1, v1beta1. */
const apiVersion = z.string().regex(/^v\d+((alpha|beta)\d+)?$/, { error: "an API version (v1beta1)" });

/** The schema of one track's cell in a row, whose phase is one of `phases`. */
export function cellOfPhases<const Phases extends readonly string[]>(phases: Phases) {
  const phase = { phase: z.enum(phases), publishedName: z.string().min(1), statements };
  const exception = strict({ components: z.array(z.string().min(1)).min(1), ...phase });
  return strict({
    ...phase,
    source: z.url(),
    footnote: z.literal([1, 2, 3]).optional(),
    exceptions: z.array(exception).optional().meta({ description: "Components whose phase differs from the rest of their track." }),
  });
}

const Row = strict({
  row: z.int(),
  date: date(TBD),
  Flux1: cellOfPhases(PHASES.Flux1),
  Flux2CLI: cellOfPhases(PHASES.Flux2CLI),
  GitOpsToolkit: cellOfPhases(PHASES.GitOpsToolkit),
});
export type Row = z.output<typeof Row>;

/** One track's cell in a row: the phase, its published name, and what it means. */
export type Cell = Row[Track];

const EditionSchema = strict({
  edition: IsoDate.meta({ description: "The day on which this state of the page was committed; it names the edition." }),
  source: strict({ page: z.url(), history: z.url() }),
  commitment: strict(footnote),
  rows: z.array(Row).min(1),
  footnotes: strict({
    toolkit: strict({ number: z.literal(1), ...footnote }),
    versioning: strict({ number: z.literal(2), ...footnote, schemes: strict({ Flux2CLI: z.url(), GitOpsToolkit: z.url() }) }),
    stableApis: strict({ number: z.literal(3), ...footnote, apiVersions: z.array(apiVersion).min(1) }),
  }),
});
export type Edition = z.output<typeof EditionSchema>;

/**
 * Reads one edition. The YAML must be loaded so that dates stay texts (YAML 1.2: CORE_SCHEMA or JSON_SCHEMA of js-yaml).
 * @param file names the place in each message
 * @throws {InvalidData} with every problem: form, order of rows, dates and phases
 */
export function parseEdition(input: unknown, file: string): Edition {
  return parseData(EditionSchema, input, file, editionOrder);
}
