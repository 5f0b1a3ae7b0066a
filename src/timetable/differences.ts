/** What two editions of the timetable say differently. Knows no day. */
import type { Cell, Edition } from "./edition.ts";
import { TRACKS, type Track } from "./track.ts";
import { type WholeCell, wholeCell, wholeFootnotes } from "./whole.ts";

/** One thing that two editions say differently. */
export type Difference = (RowPlace | FootnotePlace) & { readonly before: string; readonly after: string };

interface RowPlace {
  readonly row: number;
  readonly track: Track | "date";
  /** `date`, `phase`, `name`, `statement`, `exception`. */
  readonly what: string;
}

interface FootnotePlace {
  readonly footnote: number;
  /** `statement`, `API versions`. */
  readonly what: string;
}

const ABSENT = "None";

/** @returns what changed from one edition to another, row by row, then in the footnotes; statements that moved are no difference */
export function differences(from: Edition, to: Edition): Difference[] {
  const numbers = [...new Set([...from.rows, ...to.rows].map(({ row }) => row))].sort((a, b) => a - b);
  const inRows = numbers.flatMap((row) => {
    const [before, after] = [from, to].map((edition) => edition.rows.find((candidate) => candidate.row === row));
    const dates = change({ row, track: "date", what: "date" }, before?.date, after?.date);
    return [...dates, ...TRACKS.flatMap((track) => cellDifferences(row, track, before?.[track], after?.[track]))];
  });
  return [...inRows, ...footnoteDifferences(from, to)];
}

function footnoteDifferences(from: Edition, to: Edition): Difference[] {
  const later = new Map(wholeFootnotes(to).map((footnote) => [footnote.number, footnote]));
  return wholeFootnotes(from).flatMap((before) => {
    const after = later.get(before.number);
    const at = { footnote: before.number };
    return [
      ...change({ ...at, what: "API versions" }, before.apiVersions?.join(", "), after?.apiVersions?.join(", ")),
      ...statementChanges({ ...at, what: "statement" }, before.statements, after?.statements),
    ];
  });
}

function cellDifferences(row: number, track: Track, from: Cell | undefined, to: Cell | undefined): Difference[] {
  const [before, after] = [from, to].map((cell) => (cell ? wholeCell(cell) : undefined));
  const exceptions = (cell: WholeCell | undefined) =>
    cell?.exceptions.map(({ components, phase }) => `${components.join(", ")}: ${phase}`).join("; ") || ABSENT;
  const at = (what: string) => ({ row, track, what });
  return [
    ...change(at("phase"), before?.phase, after?.phase),
    ...change(at("name"), before?.publishedName, after?.publishedName),
    ...change(at("exception"), exceptions(before), exceptions(after)),
    ...statementChanges(at("statement"), before?.statements, after?.statements),
  ];
}

function statementChanges(place: RowPlace | FootnotePlace, before?: readonly string[], after?: readonly string[]): Difference[] {
  const [gone, come] = [without(before, after), without(after, before)];
  return Array.from({ length: Math.max(gone.length, come.length) }).flatMap((_, index) => change(place, gone[index], come[index]));
}

function change(place: RowPlace | FootnotePlace, before = ABSENT, after = ABSENT): Difference[] {
  return before === after ? [] : [{ ...place, before, after }];
}

function without(all: readonly string[] = [], known: readonly string[] = []): string[] {
  return all.filter((statement) => !known.includes(statement));
}
