/** A scan as CSV (RFC 4180), one component a line. A cell that a spreadsheet would take for a formula opens with an apostrophe. */
import { visibleText } from "../detect/visible-text.ts";
import { type Finding, findingsOf, type Scanned } from "./report.ts";

const CELL_CHARACTERS = 2_000;

const COLUMNS: readonly (readonly [title: string, cell: (finding: Finding) => string])[] = [
  ["scanned", (finding) => finding.scanned],
  ["severity", (finding) => finding.severity],
  ["component", (finding) => finding.component],
  ["version", (finding) => finding.version],
  ["release", (finding) => finding.release],
  ["phase", (finding) => finding.phase],
  ["support", (finding) => finding.support],
  ["action", (finding) => finding.action],
  ["kind", (finding) => finding.kind],
  ["namespace", (finding) => finding.namespace],
  ["name", (finding) => finding.name],
  ["image", (finding) => finding.image],
  ["file", (finding) => finding.place?.file ?? ""],
  ["line", (finding) => (finding.place === undefined ? "" : String(finding.place.line))],
  ["ignored", (finding) => finding.ignored ?? ""],
  ["message", (finding) => finding.message],
];

export function csvReport(all: readonly Scanned[]): string {
  const rows = all.flatMap(findingsOf).map((finding) => COLUMNS.map(([, cell]) => csvCell(cell(finding))));
  return [COLUMNS.map(([title]) => title), ...rows].map((row) => row.join(",")).join("\r\n");
}

export function csvCell(text: string): string {
  const visible = visibleText(text, CELL_CHARACTERS);
  const plain = /^[=+\-@|%]/.test(visible.trimStart()) ? `'${visible}` : visible;
  return /[",;]|^\s|\s$|'/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
