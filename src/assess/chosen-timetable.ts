/** Which edition and dates are in force: those of a MigrationTimetable where one is named, else those of the setting. */
import { type MigrationTimetable, MigrationTimetableSpec } from "../api/migration-timetable.ts";
import type { Edition } from "../timetable/edition.ts";
import { withDates } from "../timetable/fill-dates.ts";
import { parseProblems } from "./spec-problems.ts";

/** An edition with the administrator's dates filled in, and which those are: by row number, absent where there are none. */
export interface Timetable {
  edition: Edition;
  dates?: Readonly<Record<string, string>>;
}

export type TimetableReading = { ok: true; timetable: Timetable } | { ok: false; problems: string[] };

/**
 * Reads the spec of a MigrationTimetable.
 * @returns the edition with its dates filled in, or every problem, each naming its field
 */
export function readTimetable(spec: unknown, editions: ReadonlyMap<string, Edition>): TimetableReading {
  const parsed = MigrationTimetableSpec.safeParse(spec);
  // Kubernetes below 1.25 stores what CEL would refuse, so all of it is checked here as well.
  if (!parsed.success) return { ok: false, problems: parseProblems("spec", parsed.error) };
  const { dates = {} } = parsed.data;
  const edition = editions.get(parsed.data.edition);
  if (!edition)
    return { ok: false, problems: [`spec.edition "${parsed.data.edition}" is unknown; known: ${[...editions.keys()].sort().join(", ")}`] };
  const filled = withDates(edition, dates);
  if (!filled.ok) return filled;
  return { ok: true, timetable: { edition: filled.edition, ...(Object.keys(dates).length > 0 ? { dates } : {}) } };
}

/**
 * @param unreadable why the MigrationTimetables could not be read, where they could not: then none is said not to exist
 * @returns what a timetableRef leads to, or one sentence about why it leads nowhere
 */
export function timetableNamed(
  name: string,
  timetables: readonly MigrationTimetable[],
  editions: ReadonlyMap<string, Edition>,
  unreadable?: string,
): Timetable | { problem: string } {
  const found = timetables.find((timetable) => timetable.metadata.name === name);
  if (!found)
    return {
      problem: `MigrationTimetable/${name}, which spec.timetableRef names, ${unreadable === undefined ? "does not exist" : `cannot be read: ${unreadable}`}`,
    };
  const reading = readTimetable(found.spec, editions);
  return reading.ok ? reading.timetable : { problem: `MigrationTimetable/${name}: ${reading.problems.join("; ")}` };
}
