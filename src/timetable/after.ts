/** What holds after the last row of an edition, and the support policy of Flux 2. Judges no version (support.ts) and no phase (phase.ts). */
import * as z from "zod";
import { type Problem, parseData, strict } from "../data/invalid-data.ts";
import { cellOfPhases, IsoDate } from "./edition.ts";
import { PHASES, TRACKS } from "./track.ts";

const AfterEvent = strict({
  date: IsoDate,
  event: z.string().min(1),
  tracks: z.array(z.enum(TRACKS)).min(1).meta({ description: "The tracks that the event concerns." }),
  source: z.url(),
  phases: strict({
    Flux1: cellOfPhases(PHASES.Flux1).optional(),
    Flux2CLI: cellOfPhases(PHASES.Flux2CLI).optional(),
    GitOpsToolkit: cellOfPhases(PHASES.GitOpsToolkit).optional(),
  }).meta({ description: "The phase that begins; a track without one keeps that of the last row." }),
});
export type AfterEvent = z.output<typeof AfterEvent>;

/** A number with its reason and where it comes from. */
const Figure = strict({ count: z.int().min(1), reason: z.string().min(1), source: z.string().min(1) });

const SupportPolicy = strict({
  supportedMinors: Figure.meta({ description: "How many of the newest minor versions are supported." }),
  skewMinors: Figure.meta({ description: "How many minor versions CLI and controllers may be apart." }),
  staleAfterDays: Figure.meta({ description: "Days after which release data are too old to state a support." }),
});
export type SupportPolicy = z.output<typeof SupportPolicy>;

const AfterSchema = strict({ events: z.array(AfterEvent), policy: SupportPolicy });
export type After = z.output<typeof AfterSchema>;

/**
 * Reads `after.yaml`. Events stand in the order of their dates.
 * @throws {InvalidData} with every problem
 */
export function parseAfter(input: unknown, file: string): After {
  return parseData(AfterSchema, input, file, eventOrder);
}

const RoughEvents = z.object({ events: z.array(z.object({ date: IsoDate.optional().catch(undefined) }).catch({})) });

function eventOrder(input: unknown): Problem[] {
  const rough = RoughEvents.safeParse(input);
  if (!rough.success) return [];
  return rough.data.events.flatMap(({ date }, index) => {
    const before = rough.data.events[index - 1]?.date;
    if (date === undefined || before === undefined || date >= before) return [];
    return [{ path: ["events", index, "date"], want: `${before} or later, as events[${index - 1}].date` }];
  });
}
