/** How the demo looks on a terminal: notes on standard error, rows under one header on standard output. Knows no cluster. */
import { stripVTControlCharacters, styleText } from "node:util";
import { table } from "../../src/cli/print-status.ts";
import type { Columns, Row } from "./rows.ts";

/** Of a terminal that shows the row without breaking it: the widest has 118 columns, and DONE 10 more. */
const SENTENCE_COLUMNS = 118;

/** Widest words that these columns usually hold, so that rows that come later stand under the same header. */
const USUAL_WIDTHS = {
  FLUXD: "Unknown".length,
  "HELM-OP": "Unknown".length,
  TOOLKIT: "2.7..2.9".length,
  "FLUX1-PHASE": "FLUX1-PHASE".length,
  SUPPORT: "EndOfSupport".length,
  MIGRATION: "LeftoversRemain".length,
  ACTION: "AlignControllers".length,
  AGE: "59s".length,
};

/** A line of the demo's result. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line about what is being done. */
export function note(line: string): void {
  process.stderr.write(`${styleText("dim", line, { stream: process.stderr })}\n`);
}

export function titled(text: string): string {
  return styleText("bold", text, { stream: process.stdout });
}

/** Text that stands behind what matters. */
export function quiet(text: string): string {
  return styleText("dim", text, { stream: process.stdout });
}

export class Screen {
  /** Which columns its rows have. */
  readonly columns: Columns;
  #header = "";
  /** Of each column so far. A column never shrinks, or its header would be printed again for it. */
  readonly #widths = new Map<string, number>(Object.entries(USUAL_WIDTHS));

  constructor(columns: Columns) {
    this.columns = columns;
  }

  /** The header is printed where it differs from the last one. */
  rows(rows: readonly Row[]): void {
    for (const { column, cell } of rows.flat()) {
      this.#widths.set(column, Math.max(this.#widths.get(column) ?? column.length, visible(cell).length));
    }
    const names = rows[0]?.map(({ column }) => column) ?? [];
    const ruler = names.map((name) => "-".repeat(this.#widths.get(name) ?? 0));
    const [, header = "", ...lines] = table([ruler, names, ...rows.map((row) => row.map(({ cell }) => visible(cell)))]).split("\n");
    if (header !== this.#header) say(header);
    this.#header = header;
    for (const line of lines) say(line);
  }

  /** What to do next, broken at words and indented under the row. */
  sentence(text: string): void {
    const lines = [""];
    for (const word of visible(text).split(" ")) {
      const line = lines.at(-1) ?? "";
      if (line !== "" && line.length + 1 + word.length > SENTENCE_COLUMNS - 2) lines.push(word);
      else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
    }
    for (const line of lines) say(`  ${quiet(line)}`);
  }
}

/** Nothing that a cluster holds may steer the terminal. */
function visible(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, "");
}
