/** An edition as a whole, from its first row to what came after the last, with its footnotes, and where an instant stands in it. */
import type { After } from "./after.ts";
import { dayOf } from "./day.ts";
import type { Cell, Edition, Statement } from "./edition.ts";
import { beginOf, begun, eventsThatApply, type PhaseState, phaseAt } from "./phase.ts";
import { TBD, TRACKS, type Track } from "./track.ts";

/** A track in one row: its phase, and the components that are in another one. */
export interface WholeCell {
  readonly phase: string;
  readonly publishedName: string;
  readonly exceptions: readonly WholeException[];
  /** Number of the footnote that hangs on it. */
  readonly footnote?: number;
  /** What the page says, in our words. */
  readonly statements: readonly string[];
}

export interface WholeException {
  readonly components: readonly string[];
  readonly phase: string;
  readonly publishedName: string;
  readonly statements: readonly string[];
}

export interface WholeFootnote {
  readonly number: number;
  readonly statements: readonly string[];
  /** Those that count as stable, where the footnote is about them. */
  readonly apiVersions?: readonly string[];
}

export interface WholeRow {
  /** The number of the row; `after` for an event behind the last one. */
  readonly row: number | "after";
  /** ISO date, or TBD. */
  readonly date: string;
  /** Of an event behind the last row. */
  readonly event?: string;
  /** Of those that hold at the instant, the one that began last; what an event leaves alone goes on beside it. */
  readonly here: boolean;
  /** An event changes some tracks only. */
  readonly tracks: Readonly<Partial<Record<Track, WholeCell>>>;
}

export interface WholeTimetable {
  readonly edition: string;
  /** The day that was asked for. */
  readonly at: string;
  /** What the maintainers commit themselves to. */
  readonly commitment: readonly string[];
  readonly rows: readonly WholeRow[];
  readonly footnotes: readonly WholeFootnote[];
  /** The phase of each track on that day. */
  readonly phases: Readonly<Record<Track, PhaseState>>;
}

/** Events stand behind a last row that has a date, where they move a track on: as for phases, they wait for it and turn nothing back. */
export function wholeTimetable(edition: Edition, after: Pick<After, "events">, now: Date): WholeTimetable {
  const at = dayOf(now);
  const rows = edition.rows.map((row) => ({
    begin: row.date,
    row: { row: row.row, date: row.date, tracks: eachTrack((track) => wholeCell(row[track])) },
  }));
  const applied = TRACKS.flatMap((track) => eventsThatApply(edition, after.events, track).map((found) => ({ ...found, track })));
  const last = edition.rows.at(-1)?.date ?? TBD;
  const events = (last === TBD ? [] : after.events).flatMap((event) => {
    const moved = applied.filter((found) => found.event === event);
    // One that names no phase is news all the same.
    if (moved.length === 0 && Object.keys(event.phases).length > 0) return [];
    const tracks = Object.fromEntries(moved.map(({ track, cell }) => [track, wholeCell(cell)]));
    return [{ begin: beginOf(event, { date: last }), row: { row: "after" as const, date: event.date, event: event.event, tracks } }];
  });
  const all = [...rows, ...events];
  const here = all.findLastIndex(({ begin }) => begun(begin, at));
  return {
    edition: edition.edition,
    at,
    commitment: textsOf(edition.commitment.statements),
    rows: all.map(({ row }, index) => ({ ...row, here: index === here })),
    footnotes: wholeFootnotes(edition),
    phases: eachTrack((track) => phaseAt(edition, after, track, now)),
  };
}

export function wholeFootnotes({ footnotes }: Edition): WholeFootnote[] {
  const { toolkit, versioning, stableApis } = footnotes;
  return [
    ...[toolkit, versioning].map(({ number, statements }) => ({ number, statements: textsOf(statements) })),
    { number: stableApis.number, statements: textsOf(stableApis.statements), apiVersions: stableApis.apiVersions },
  ];
}

type Said = Pick<Cell, "phase" | "publishedName" | "statements">;
type AnyCell = Said & {
  exceptions?: readonly (Said & { components: readonly string[] })[] | undefined;
  footnote?: number | undefined;
};

export function wholeCell({ exceptions = [], footnote, ...cell }: AnyCell): WholeCell {
  return {
    ...said(cell),
    exceptions: exceptions.map(({ components, ...exception }) => ({ components, ...said(exception) })),
    ...(footnote === undefined ? {} : { footnote }),
  };
}

function said({ phase, publishedName, statements }: Said) {
  return { phase, publishedName, statements: textsOf(statements) };
}

function textsOf(statements: readonly Statement[]): string[] {
  return statements.map(({ text }) => text);
}

function eachTrack<T>(of: (track: Track) => T): Record<Track, T> {
  return { Flux1: of("Flux1"), Flux2CLI: of("Flux2CLI"), GitOpsToolkit: of("GitOpsToolkit") };
}
