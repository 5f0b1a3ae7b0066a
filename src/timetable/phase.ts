/** Which phase of an edition holds at an instant. Knows no component but by name, and gives no advice. */
import type { After, AfterEvent } from "./after.ts";
import { dayOf } from "./day.ts";
import type { Cell, Edition } from "./edition.ts";
import { PHASES, TBD, type Track } from "./track.ts";

/** The phase of a track before the first row of the timetable. */
export const NOT_ANNOUNCED = "NotAnnounced";

export interface PhaseState {
  /** Identifier of the phase; NotAnnounced before the first row. */
  readonly phase: string;
  /** The phase's name as published; NotAnnounced before the first row. */
  readonly name: string;
  /** Number of the row that holds; 0 before the first. After the last row its number stays. */
  readonly row: number;
  /** ISO date on which the phase began: the first row's of equal neighbours. Absent before the first row. */
  readonly since?: string;
  /** The next phase that differs, and its ISO date or TBD. Absent once none is announced. */
  readonly next?: { readonly phase: string; readonly date: string };
}

/** What one row, or one event after the last row, says about a track. */
interface Stage {
  readonly phase: string;
  readonly name: string;
  readonly row: number;
  readonly date: string;
}

/**
 * The phase of a track, or of one of its components, at `now`. A row holds from 00:00 UTC of its date.
 * @param component a component's name (`image-automation-controller`); without it, the phase of all that no exception names
 */
export function phaseAt(edition: Edition, after: Pick<After, "events">, track: Track, now: Date, component?: string): PhaseState {
  const stages = stagesOf(edition, after.events, track, component);
  const today = dayOf(now);
  const index = stages.findLastIndex((stage) => begun(stage.date, today));
  const current = stages[index];
  const next = stages.slice(index + 1).find((stage) => stage.phase !== current?.phase);
  const following = next === undefined ? {} : { next: { phase: next.phase, date: next.date } };
  if (current === undefined) return { phase: NOT_ANNOUNCED, name: NOT_ANNOUNCED, row: 0, ...following };
  const other = stages.slice(0, index).findLastIndex((stage) => stage.phase !== current.phase);
  const since = stages[other + 1]?.date ?? current.date;
  return { phase: current.phase, name: current.name, row: current.row, since, ...following };
}

/** The number of the row that holds at `now`; 0 before the first. */
export function rowAt(edition: Edition, now: Date): number {
  const today = dayOf(now);
  return edition.rows.findLast((row) => begun(row.date, today))?.row ?? 0;
}

/** The next row that has a date after `now`. A row announced as TBD is none: its day is never guessed. */
export function nextRow(edition: Edition, now: Date): { row: number; date: string } | undefined {
  const today = dayOf(now);
  const next = edition.rows.find((row) => row.date !== TBD && row.date > today);
  return next && { row: next.row, date: next.date };
}

/** What a track's cell says about one component: the exception that names it, else the cell itself. */
export function cellFor(cell: Cell, component?: string): Pick<Cell, "phase" | "publishedName" | "statements"> {
  if (component === undefined) return cell;
  const exceptions: readonly (Pick<Cell, "phase" | "publishedName" | "statements"> & { components: string[] })[] = cell.exceptions ?? [];
  return exceptions.find((exception) => exception.components.includes(component)) ?? cell;
}

/** ISO dates compare as texts; the day of an instant changes at 00:00 UTC exactly. */
export function begun(date: string, today: string): boolean {
  return date !== TBD && date <= today;
}

/** The day from which an event holds: it waits for the last row. */
export function beginOf(event: { readonly date: string }, last: { readonly date: string }): string {
  return event.date > last.date ? event.date : last.date;
}

/** An event behind the last row that moves a track on, what it says of the track, and the day from which it holds. */
export interface Applied {
  readonly event: AfterEvent;
  readonly cell: Cell;
  readonly begin: string;
}

/**
 * The events that apply to a track, in their order; none where the last row has no date. An event never turns a phase back: an edition
 * that ends in a later phase than the event's keeps it.
 * @param component as for phaseAt
 */
export function eventsThatApply(edition: Edition, events: readonly AfterEvent[], track: Track, component?: string): Applied[] {
  const last = edition.rows.at(-1);
  if (last === undefined || last.date === TBD) return [];
  const order: readonly string[] = PHASES[track];
  let reached = order.indexOf(cellFor(last[track], component).phase);
  return events.flatMap((event) => {
    const cell = event.phases[track];
    if (cell === undefined) return [];
    const place = order.indexOf(cellFor(cell, component).phase);
    if (place <= reached) return [];
    reached = place;
    return [{ event, cell, begin: beginOf(event, last) }];
  });
}

function stagesOf(edition: Edition, events: readonly AfterEvent[], track: Track, component: string | undefined): Stage[] {
  const stage = (cell: Cell, row: number, date: string): Stage => {
    const { phase, publishedName } = cellFor(cell, component);
    return { phase, name: publishedName, row, date };
  };
  const last = edition.rows.at(-1)?.row ?? 0;
  return [
    ...edition.rows.map((row) => stage(row[track], row.row, row.date)),
    ...eventsThatApply(edition, events, track, component).map(({ cell, begin }) => stage(cell, last, begin)),
  ];
}
