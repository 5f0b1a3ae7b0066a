/** A scan as Markdown, for a comment on a pull request or a report. Whatever a manifest holds stays text: no link, no HTML, no mention. */
import { visibleText } from "../detect/visible-text.ts";
import { findingsOf, objectOf, placeText, type Scanned } from "./report.ts";

const CELL_CHARACTERS = 300;

const HEADINGS = ["Severity", "Component", "Version", "Phase", "Support", "Workload", "What to do", "Where"];

export function markdownReport(all: readonly Scanned[]): string {
  return all.map(section).join("\n\n");
}

function section(scanned: Scanned): string {
  const { name, status, unread } = scanned;
  const rows = findingsOf(scanned).map((finding) => [
    finding.ignored === undefined ? finding.severity : `Ignored: ${finding.ignored}`,
    finding.component,
    finding.version,
    finding.phase,
    finding.support,
    objectOf(finding),
    finding.action === "NoAction" ? "" : finding.message,
    placeText(finding.place),
  ]);
  const table = [HEADINGS, HEADINGS.map(() => "---"), ...rows.map((row) => row.map(markdownText))].map((row) => `| ${row.join(" | ")} |`);
  const broken = unread.map(({ file, line, why }) => `- ${markdownText(`${file}:${line} ${why}`)}`);
  const failed = (scanned.failures ?? []).map((failure) => `- ${markdownText(failure)}`);
  return [
    `## Flux in ${markdownText(name)}`,
    markdownText(status.summary?.message ?? ""),
    ...(rows.length === 0 ? [] : [table.join("\n")]),
    ...(broken.length + failed.length === 0 ? [] : [["Not read:", "", ...broken, ...failed].join("\n")]),
  ].join("\n\n");
}

/** What GitHub makes a link of although nothing marks it. Source: GitHub Flavored Markdown, 6.9, autolinks (extension) */
const BARE_LINK = /(?<=\bwww)\.|:(?=\/\/)/gi;

/** Every character that Markdown or HTML could give a meaning to, as a reference by its number. */
export function markdownText(text: string): string {
  const reference = (character: string) => `&#${character.codePointAt(0)};`;
  return visibleText(text, CELL_CHARACTERS)
    .replaceAll(/[^\p{L}\p{N} .,;:/()'=+-]/gu, reference)
    .replaceAll(BARE_LINK, reference);
}
