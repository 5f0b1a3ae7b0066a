/** Prints the timetable, and the differences of two editions, for a person. Judges nothing. */

import type { Difference } from "../timetable/differences.ts";
import { TBD, TRACKS } from "../timetable/track.ts";
import type { WholeCell, WholeException, WholeFootnote, WholeRow, WholeTimetable } from "../timetable/whole.ts";
import { table } from "./print-status.ts";

const HEADINGS = ["ROW", "DATE", "FLUX 1", "FLUX 2 CLI", "GITOPS TOOLKIT", ""] as const;
const HERE = "<- you are here";

/** @param bold marks the row that holds */
export function timetableText(whole: WholeTimetable, bold: (text: string) => string): string {
  const exceptions = new Map<string, string>();
  const cell = (found: WholeCell | undefined) => {
    if (!found) return "";
    if (found.exceptions.length === 0) return found.phase;
    const note = found.exceptions.map((exception) => `${exception.components.join(", ")}: ${exception.phase}`).join("; ");
    const mark = exceptions.get(note) ?? "*".repeat(exceptions.size + 1);
    exceptions.set(note, mark);
    return `${found.phase} ${mark}`;
  };
  const rows = whole.rows.map((row, index) => [
    String(row.row),
    row.date,
    // What an event leaves alone goes on.
    ...TRACKS.map((track) =>
      cell(row.tracks[track] ?? whole.rows.slice(0, index).findLast((before) => before.tracks[track])?.tracks[track]),
    ),
    row.here ? `${HERE}, ${whole.at}` : "",
  ]);
  const lines = table([HEADINGS, ...rows])
    .split("\n")
    .map((line) => line.trimEnd());
  const before = whole.rows.some(({ here }) => here) ? [] : [`${HERE}, ${whole.at}: before the first row`];
  return [
    `Flux migration and support timetable, edition ${whole.edition}`,
    "",
    lines[0],
    ...before,
    ...lines.slice(1).map((line, index) => (whole.rows[index]?.here ? bold(line) : line)),
    ...[...exceptions].map(([note, mark]) => `${mark} ${note}`),
    "",
    ...nowLines(whole),
  ].join("\n");
}

/** All that the page says: rows with the names as published, each with its statements, and the footnotes. */
export function timetableWide(whole: WholeTimetable, bold: (text: string) => string): string {
  const blocks = whole.rows.map((row) => {
    const title = `${titleOf(row)}${row.here ? `   ${HERE}, ${whole.at}` : ""}`;
    const cells = TRACKS.flatMap((track) => cellLines(track, row.tracks[track]));
    return [row.here ? bold(title) : title, ...cells].join("\n");
  });
  return [
    `Flux migration and support timetable, edition ${whole.edition}`,
    whole.commitment.join("\n"),
    ...blocks,
    whole.footnotes.flatMap(footnoteLines).join("\n"),
    nowLines(whole).join("\n"),
  ].join("\n\n");
}

function cellLines(track: string, cell: WholeCell | undefined): string[] {
  if (!cell) return [];
  const mark = cell.footnote === undefined ? "" : ` [${cell.footnote}]`;
  const title = ({ publishedName, phase }: WholeCell | WholeException) => `${publishedName} (${phase})`;
  return [
    `  ${track}: ${title(cell)}${mark}`,
    ...cell.statements.map((statement) => `    ${statement}`),
    ...cell.exceptions.flatMap((exception) => [
      `    ${exception.components.join(", ")}: ${title(exception)}`,
      ...exception.statements.map((statement) => `      ${statement}`),
    ]),
  ];
}

function footnoteLines({ number, statements, apiVersions }: WholeFootnote): string[] {
  const versions = apiVersions === undefined ? [] : [`API versions: ${apiVersions.join(", ")}`];
  return [...statements, ...versions].map((line, index) => `${index === 0 ? `[${number}]` : "   "} ${line}`);
}

function titleOf({ row, date, event }: WholeRow): string {
  const from = date === TBD ? "announced, no date" : `from ${date}`;
  return event === undefined ? `Row ${row}, ${from}` : `After the last row, ${from}: ${event}`;
}

function nowLines({ phases, at }: WholeTimetable): string[] {
  const rows = TRACKS.map((track) => {
    const { phase, since, next } = phases[track];
    const ahead = next === undefined ? "None" : `${next.phase}, ${next.date === TBD ? "no date" : next.date}`;
    return [track, phase, since ?? "None", ahead];
  });
  return table([[`ON ${at}`, "PHASE", "SINCE", "NEXT"], ...rows]).split("\n");
}

export function differencesText(from: string, to: string, found: readonly Difference[]): string {
  if (found.length === 0) return `Editions ${from} and ${to} say the same.`;
  const blocks = found.map((difference) => `${placeOf(difference)}\n  - ${difference.before}\n  + ${difference.after}`);
  return [`Edition ${from} (-) and edition ${to} (+)`, ...blocks].join("\n\n");
}

function placeOf(difference: Difference): string {
  if ("footnote" in difference) return `Footnote ${difference.footnote}, ${difference.what}`;
  const { row, track, what } = difference;
  return `Row ${row}, ${track === what ? track : `${track}, ${what}`}`;
}
