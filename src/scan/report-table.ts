/** A scan for a person: findings as a table, then each sentence once, then what could not be read. */
import type { Severity } from "../api/words.ts";
import { visibleText } from "../detect/visible-text.ts";
import { type Finding, findingsOf, objectOf, placeText, type Scanned } from "./report.ts";

export type Paint = (severity: Severity | "Unread", text: string) => string;

/** Names of any length would push the rest out of sight. */
const CELL_CHARACTERS = 120;
const SENTENCE_CHARACTERS = 2_000;

interface Column {
  readonly title: string;
  readonly wide?: boolean;
  readonly limit?: number;
  cell(finding: Finding): string;
}

const COLUMNS: readonly Column[] = [
  { title: "SEVERITY", cell: (finding) => (finding.ignored === undefined ? finding.severity : "Ignored") },
  { title: "COMPONENT", cell: (finding) => finding.component },
  { title: "VERSION", cell: (finding) => finding.version },
  { title: "RELEASE", wide: true, cell: (finding) => finding.release },
  { title: "PHASE", cell: (finding) => finding.phase },
  { title: "SUPPORT", cell: (finding) => finding.support },
  { title: "ACTION", cell: (finding) => finding.action },
  { title: "KIND", wide: true, cell: (finding) => finding.kind },
  { title: "WORKLOAD", cell: objectOf },
  { title: "IMAGE", wide: true, cell: (finding) => finding.image },
  // Nothing stands behind it, and at the end of a long path is the line.
  { title: "WHERE", limit: SENTENCE_CHARACTERS, cell: (finding) => placeText(finding.place) },
];

/** @param paint colours a cell; it gets padded text */
export function tableReport(scanned: Scanned, wide: boolean, paint: Paint): string {
  const findings = findingsOf(scanned);
  const parts = [
    findings.length === 0 ? "" : findingsTable(findings, wide, paint),
    sentences(scanned),
    findings.flatMap(setAsideSentence).join("\n"),
    notReadReport(scanned, paint),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** What could not be read, each on a line. A line never opens with a name: CI systems take "::" there for a command. */
export function notReadReport({ unread, failures = [] }: Scanned, paint: Paint): string {
  const each = [...unread.map(said), ...failures.map((failure) => visibleText(failure, SENTENCE_CHARACTERS))];
  return each.map((why) => paint("Unread", `not read ${why}`)).join("\n");
}

/** Names of what was skipped, each on a line. */
export function skippedReport({ skipped }: Scanned): string {
  return skipped.map((part) => `skipped ${said(part)}`).join("\n");
}

function setAsideSentence(finding: Finding): string[] {
  const { component, ignored, place } = finding;
  if (ignored === undefined) return [];
  const at = place === undefined ? "" : `${placeText(place)} `;
  return [visibleText(`set aside ${at}${component} ${objectOf(finding)}: ${ignored}`, SENTENCE_CHARACTERS)];
}

function said({ file, line, why }: { file: string; line: number; why: string }): string {
  return visibleText(`${file}:${line} ${why}`, SENTENCE_CHARACTERS);
}

function findingsTable(findings: readonly Finding[], wide: boolean, paint: Paint): string {
  // Live, there is no place to name.
  const placed = findings.some(({ place }) => place !== undefined);
  const columns = COLUMNS.filter((column) => (wide || !column.wide) && (placed || column.title !== "WHERE"));
  const rows = findings.map((finding) => columns.map(({ cell, limit = CELL_CHARACTERS }) => visibleText(cell(finding), limit)));
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[], severity?: Severity) =>
    cells
      .map((cell, index) => {
        const padded = index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0);
        return index === 0 && severity !== undefined ? paint(severity, padded) : padded;
      })
      .join("   ");
  const header = line(columns.map(({ title }) => title));
  return [header, ...rows.map((row, index) => line(row, findings[index]?.severity))].join("\n");
}

/** The summary first, then each installation and component with another sentence. */
function sentences({ status }: Scanned): string {
  const { summary, inventory } = status;
  if (!summary) return "";
  const entries = [...(inventory?.components ?? []), ...(inventory?.instances ?? [])].filter(({ action }) => action.code !== "NoAction");
  const all = [summary.message, ...entries.map(({ action }) => action.message)];
  const shown = [...new Set(all)].map((sentence) => visibleText(sentence, SENTENCE_CHARACTERS));
  const left = inventory?.omittedComponents ?? 0;
  return [...shown, ...(left > 0 ? [`${left} more components are not shown.`] : [])].join("\n");
}
