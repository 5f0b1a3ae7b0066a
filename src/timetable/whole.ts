/** An edition as a whole, from its first row to what came after the last, and where an instant stands in it; and how two editions differ. */
import type { After } from "./after.ts";
import { dayOf } from "./day.ts";
import { type Cell, type Edition, TBD, TRACKS, type Track } from "./edition.ts";
import { type PhaseState, phaseAt } from "./phase.ts";

/** A track in one row: its phase, and the components that are in another one. */
export interface WholeCell {
  readonly phase: string;
  readonly publishedName: string;
  readonly exceptions: readonly { readonly components: readonly string[]; readonly phase: string }[];
  /** What the page says, in our words. */
  readonly statements: readonly string[];
}

export interface WholeRow {
  /** The number of the row; `after` for an event behind the last one. */
  readonly row: number | "after";
  /** ISO date, or TBD. */
  readonly date: string;
  /** Of an event behind the last row. */
  readonly event?: string;
  /** Whether it holds at the instant; the last row goes on beside what came after it. */
  readonly here: boolean;
  /** An event changes some tracks only. */
  readonly tracks: Readonly<Partial<Record<Track, WholeCell>>>;
}

export interface WholeTimetable {
  readonly edition: string;
  /** The day that was asked for. */
  readonly at: string;
  readonly rows: readonly WholeRow[];
  /** The phase of each track on that day. */
  readonly phases: Readonly<Record<Track, PhaseState>>;
}

/** Events stand behind a last row that has a date: as for phases, they wait for it. */
export function wholeTimetable(edition: Edition, after: Pick<After, "events">, now: Date): WholeTimetable {
  const at = dayOf(now);
  const rows = edition.rows.map((row) => ({ row: row.row, date: row.date, tracks: eachTrack((track) => wholeCell(row[track])) }));
  const events = (edition.rows.at(-1)?.date === TBD ? [] : after.events).map(({ date, event, phases }) => ({
    row: "after" as const,
    date,
    event,
    tracks: Object.fromEntries(TRACKS.flatMap((track) => (phases[track] ? [[track, wholeCell(phases[track])]] : []))),
  }));
  const all = [...rows, ...events];
  const here = all.findLastIndex(({ date }) => date !== TBD && date <= at);
  return {
    edition: edition.edition,
    at,
    rows: all.map((row, index) => ({ ...row, here: index === here })),
    phases: eachTrack((track) => phaseAt(edition, after, track, now)),
  };
}

/** One thing that two editions say differently. */
export interface Difference {
  readonly row: number;
  readonly track: Track | "date";
  /** `phase`, `name`, `statement`, `exception`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

const ABSENT = "None";

/** @returns what changed from one edition to another, row by row; statements that moved are no difference */
export function differences(from: Edition, to: Edition): Difference[] {
  const numbers = [...new Set([...from.rows, ...to.rows].map(({ row }) => row))].sort((a, b) => a - b);
  return numbers.flatMap((row) => {
    const [before, after] = [from, to].map((edition) => edition.rows.find((candidate) => candidate.row === row));
    const dates = change(row, "date", "date", before?.date, after?.date);
    return [...dates, ...TRACKS.flatMap((track) => cellDifferences(row, track, before?.[track], after?.[track]))];
  });
}

function cellDifferences(row: number, track: Track, from: Cell | undefined, to: Cell | undefined): Difference[] {
  const [before, after] = [from, to].map((cell) => (cell ? wholeCell(cell) : undefined));
  const [gone, come] = [without(before?.statements, after?.statements), without(after?.statements, before?.statements)];
  const exceptions = (cell: WholeCell | undefined) =>
    cell?.exceptions.map(({ components, phase }) => `${components.join(", ")}: ${phase}`).join("; ") || ABSENT;
  return [
    ...change(row, track, "phase", before?.phase, after?.phase),
    ...change(row, track, "name", before?.publishedName, after?.publishedName),
    ...change(row, track, "exception", exceptions(before), exceptions(after)),
    ...Array.from({ length: Math.max(gone.length, come.length) }).flatMap((_, index) =>
      change(row, track, "statement", gone[index], come[index]),
    ),
  ];
}

function change(row: number, track: Difference["track"], what: string, before = ABSENT, after = ABSENT): Difference[] {
  return before === after ? [] : [{ row, track, what, before, after }];
}

function without(all: readonly string[] = [], known: readonly string[] = []): string[] {
  return all.filter((statement) => !known.includes(statement));
}

type AnyCell = Pick<Cell, "phase" | "publishedName" | "statements"> & {
  exceptions?: readonly { components: readonly string[]; phase: string }[] | undefined;
};

function wholeCell({ phase, publishedName, statements, exceptions = [] }: AnyCell): WholeCell {
  return {
    phase,
    publishedName,
    exceptions: exceptions.map((exception) => ({ components: exception.components, phase: exception.phase })),
    statements: statements.map(({ text }) => text),
  };
}

function eachTrack<T>(of: (track: Track) => T): Record<Track, T> {
  return { Flux1: of("Flux1"), Flux2CLI: of("Flux2CLI"), GitOpsToolkit: of("GitOpsToolkit") };
}
