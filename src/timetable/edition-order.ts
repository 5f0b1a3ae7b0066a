/** The order within an edition: row numbers, dates and phases only go forward. Knows no form of single fields (edition.ts), and bears any input. */
import * as z from "zod";
import type { Problem } from "../data/invalid-data.ts";
import { isDate } from "./day.ts";
import { PHASES, TBD, TRACKS, type Track } from "./track.ts";

// Whatever has a wrong form is left out here: the schema of the edition reports it, and the rest is still checked.
const RoughPhase = z.object({ phase: z.string() });
const RoughCell = z.object({
  phase: z.string().optional().catch(undefined),
  exceptions: z
    .array(
      RoughPhase.extend({ components: z.array(z.string()) })
        .optional()
        .catch(undefined),
    )
    .optional()
    .catch(undefined),
});
const RoughRow = z.object({
  row: z.number().optional().catch(undefined),
  date: z.string().optional().catch(undefined),
  Flux1: RoughCell.optional().catch(undefined),
  Flux2CLI: RoughCell.optional().catch(undefined),
  GitOpsToolkit: RoughCell.optional().catch(undefined),
});
type RoughRow = z.output<typeof RoughRow>;
const RoughEdition = z.object({ rows: z.array(RoughRow.catch({})) });

/** The problems of order in an edition of any form; none where the rows cannot be found at all. */
export function editionOrder(input: unknown): Problem[] {
  const rough = RoughEdition.safeParse(input);
  if (!rough.success) return [];
  const { rows } = rough.data;
  return [...wrongNumbers(rows), ...wrongDates(rows), ...TRACKS.flatMap((track) => phasesBack(rows, track))];
}

function wrongNumbers(rows: readonly RoughRow[]): Problem[] {
  return rows.flatMap((row, index) =>
    row.row === undefined || row.row === index + 1 ? [] : [{ path: ["rows", index, "row"], want: `${index + 1}` }],
  );
}

function wrongDates(rows: readonly RoughRow[]): Problem[] {
  const problems: Problem[] = [];
  let before: { index: number; date: string } | undefined;
  rows.forEach(({ date }, index) => {
    if (date === undefined || (date !== TBD && !isDate(date))) return;
    const path = ["rows", index, "date"];
    if (before?.date === TBD && date !== TBD) problems.push({ path, want: `TBD, as rows[${before.index}].date is TBD` });
    else if (before && date !== TBD && date <= before.date)
      problems.push({ path, want: `a day after rows[${before.index}].date, ${before.date}` });
    else before = { index, date };
  });
  return problems;
}

/** Each component has its own way through the phases; undefined stands for all that no exception names. */
function phasesBack(rows: readonly RoughRow[], track: Track): Problem[] {
  const named = rows.flatMap((row) => (row[track]?.exceptions ?? []).flatMap((exception) => exception?.components ?? []));
  const found = [undefined, ...new Set(named)].flatMap((component) => phasesBackOf(rows, track, component));
  const places = new Set<string>();
  return found.filter((problem) => {
    const place = problem.path.join(".");
    const first = !places.has(place);
    places.add(place);
    return first;
  });
}

function phasesBackOf(rows: readonly RoughRow[], track: Track, component: string | undefined): Problem[] {
  const order: readonly string[] = PHASES[track];
  const problems: Problem[] = [];
  let before: { index: number; phase: string } | undefined;
  rows.forEach((row, index) => {
    const cell = row[track];
    const exceptionIndex =
      component === undefined ? -1 : (cell?.exceptions ?? []).findIndex((exception) => exception?.components.includes(component));
    const phase = cell?.exceptions?.[exceptionIndex]?.phase ?? cell?.phase;
    if (phase === undefined || !order.includes(phase)) return;
    const place = exceptionIndex < 0 ? [] : ["exceptions", exceptionIndex];
    if (before && order.indexOf(phase) < order.indexOf(before.phase)) {
      problems.push({ path: ["rows", index, track, ...place, "phase"], want: `${before.phase} or later, as rows[${before.index}] has it` });
    } else before = { index, phase };
  });
  return problems;
}
