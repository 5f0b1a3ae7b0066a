/** Fills the administrator's dates (MigrationTimetable) into rows that were announced without one. Changes no date that was published. */

import { isDate } from "./day.ts";
import type { Edition } from "./edition.ts";
import { TBD } from "./track.ts";

export type FilledEdition = { ok: true; edition: Edition } | { ok: false; problems: string[] };

/**
 * @param dates ISO dates by row number, as `spec.dates` has them: `{ "4": "2022-05-01" }`
 * @returns the edition with these dates, or every problem, each opened by `spec.dates["<row>"]`
 */
export function withDates(edition: Edition, dates: Readonly<Record<string, string>>): FilledEdition {
  const problems = Object.keys(dates).flatMap((key) => misplaced(edition, key));
  const rows = edition.rows.map((row) => {
    const date = row.date === TBD ? dates[String(row.row)] : undefined;
    return date === undefined ? row : { ...row, date };
  });
  const filled = { ...edition, rows };
  problems.push(...misdated(edition, filled, dates));
  return problems.length === 0 ? { ok: true, edition: filled } : { ok: false, problems };
}

function misplaced(edition: Edition, key: string): string[] {
  const place = `spec.dates[${JSON.stringify(key)}]`;
  const row = edition.rows.find((each) => String(each.row) === key);
  if (row === undefined) return [`${place}: row ${key} is unknown; edition ${edition.edition} has rows 1 to ${edition.rows.length}`];
  if (row.date === TBD) return [];
  const open = edition.rows.filter((each) => each.date === TBD).map((each) => each.row);
  const which = open.length === 0 ? "none of its rows is TBD" : `only TBD rows take one: ${open.join(", ")}`;
  return [`${place}: row ${key} has the date ${row.date} in edition ${edition.edition}; ${which}`];
}

/** Problems of the dates that were filled in: their form, their order, and rows left out before them. */
function misdated(published: Edition, filled: Edition, dates: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  let before: { row: number; date: string } | undefined;
  filled.rows.forEach((row, index) => {
    const { date } = row;
    const fromUser = published.rows[index]?.date === TBD && Object.hasOwn(dates, String(row.row));
    const place = `spec.dates["${row.row}"]`;
    if (fromUser && !isDate(date)) {
      problems.push(`${place} is ${JSON.stringify(date)}; want an ISO date of a day that exists (2022-11-01)`);
      return;
    }
    if (fromUser && before?.date === TBD)
      problems.push(`${place}: row ${before.row} has no date yet; a row may be dated only when all earlier rows are`);
    else if (fromUser && before && date <= before.date) {
      problems.push(`${place} is ${JSON.stringify(date)}; want a day after ${before.date}, the date of row ${before.row}`);
    } else before = { row: row.row, date };
  });
  return problems;
}
