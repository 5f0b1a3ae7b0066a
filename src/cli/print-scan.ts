/** Turns what was scanned into the output that was asked for. Judges nothing. */
import { styleText } from "node:util";
import { dump } from "js-yaml";
import { visibleText } from "../detect/visible-text.ts";
import { printedStatus } from "../scan/judge-files.ts";
import type { Scanned } from "../scan/report.ts";
import { csvReport } from "../scan/report-csv.ts";
import { githubReport } from "../scan/report-github.ts";
import { markdownReport } from "../scan/report-markdown.ts";
import { sarifReport } from "../scan/report-sarif.ts";
import { notReadReport, type Paint, skippedReport, tableReport } from "../scan/report-table.ts";
import type { Format } from "./scan-options.ts";
import { VERSION } from "./version.ts";

/** What was skipped goes to stderr: stdout is the result alone. So does what was not read, where the form has no place for it. */
export function printScan(all: readonly Scanned[], output: Format): void {
  const notRead = output === "csv" ? all.map((scanned) => notReadReport(scanned, (_, text) => text)) : [];
  for (const said of [...all.map(skippedReport), ...notRead]) if (said !== "") process.stderr.write(`${said}\n`);
  process.stdout.write(`${textOf(all, output).trimEnd()}\n`);
}

function textOf(all: readonly Scanned[], output: Format): string {
  switch (output) {
    case "json":
      return JSON.stringify(statuses(all), null, 2);
    case "yaml":
      return dump(statuses(all), { lineWidth: -1, noRefs: true });
    case "sarif":
      return sarifReport(all, VERSION);
    case "github":
      return githubReport(all);
    case "markdown":
      return markdownReport(all);
    case "csv":
      return csvReport(all);
    case "table":
    case "wide":
      return all.map((scanned) => titled(scanned, all.length, tableReport(scanned, output === "wide", paint))).join("\n\n");
    default:
      return output satisfies never;
  }
}

const NAME_CHARACTERS = 253;

function titled({ name }: Scanned, count: number, report: string): string {
  return count === 1 ? report : `${styleText("bold", visibleText(name, NAME_CHARACTERS), { stream: process.stdout })}\n${report}`;
}

/** One status alone, several as a List, as kubectl prints them. */
function statuses(all: readonly Scanned[]): unknown {
  const items = all.map(({ status }) => printedStatus(status));
  return items.length === 1 ? items[0] : { apiVersion: "v1", kind: "List", items };
}

const COLOURS = { Critical: "red", Warning: "yellow", Info: "cyan", None: "green", Unread: "red" } as const;

/** No colours into a pipe or a file, nor with NO_COLOR: styleText looks after both. */
export const paint: Paint = (severity, text) => styleText(COLOURS[severity], text, { stream: process.stdout });
