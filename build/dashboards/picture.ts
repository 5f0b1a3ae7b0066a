/**
 * Draws panels as an SVG, about as Grafana shows them: docs/dashboard.svg. Given the answers of Prometheus; asks for none, and knows no
 * metric. Its layout is its own, its words and colours are those of the dashboards.
 */
import type { Colour, Column, Panel, Step, View, Words } from "./panel.ts";

/** What Prometheus says to one query now. */
export type Answer = readonly { readonly labels: Readonly<Record<string, string>>; readonly values: readonly number[] }[];

export interface Answered {
  readonly panel: Panel;
  /** One for each query of the panel. */
  readonly answers: readonly Answer[];
}

/** A heading as the dashboard has it, and the panels below it, line by line. */
export interface Sheet {
  readonly title: string;
  /** What is chosen in the list of clusters. */
  readonly cluster: string;
  readonly lines: readonly (readonly Answered[])[];
}

const COLOURS: Record<Colour, string> = {
  green: "#73bf69",
  yellow: "#fade2a",
  orange: "#ff9830",
  red: "#f2495c",
  blue: "#5794f2",
  purple: "#b877d9",
  text: "#ccccdc",
};
const DIM = "#8e8e99";

const WIDTH = 980;
const MARGIN = 16;
const GAP = 8;
const LINE = 19;
/** Of a letter at the size of a table's cell; wide enough for the fonts that browsers take. */
const LETTER = 6.1;

export function picture(sheets: readonly Sheet[], label: string): string {
  let y = MARGIN;
  const parts: string[] = [];
  for (const sheet of sheets) {
    parts.push(text(MARGIN, y + 15, sheet.title, { size: 16, weight: 600 }), pill(`Cluster  ${sheet.cluster}`, y));
    y += 30;
    for (const line of sheet.lines) {
      const height = Math.max(...line.map(heightOf));
      const all = line.reduce((sum, { panel }) => sum + panel.width, 0);
      const room = WIDTH - 2 * MARGIN - GAP * (line.length - 1);
      let x = MARGIN;
      for (const answered of line) {
        const width = (room * answered.panel.width) / all;
        parts.push(framed(answered, { x, y, width, height }));
        x += width + GAP;
      }
      y += height + GAP;
    }
    y += GAP;
  }
  const height = y - GAP + MARGIN / 2;
  const font = 'font-family="Inter, Helvetica, Arial, sans-serif"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(label)}">`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#111217"/>`,
    `<g ${font}>`,
    ...parts,
    "</g></svg>\n",
  ].join("\n");
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const HEAD = 30;

function heightOf({ panel: { view }, answers }: Answered): number {
  const lines = answers[0]?.length ?? 0;
  if (view.as === "Number") return HEAD + 44;
  if (view.as === "Bars") return HEAD + Math.max(1, lines) * 26 + 6;
  return HEAD + (lines + 1) * LINE + 8;
}

function framed(answered: Answered, box: Box): string {
  const frame = `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="3" fill="#181b1f" stroke="#2a2d33"/>`;
  return [frame, text(box.x + 10, box.y + 19, answered.panel.title, { size: 12, weight: 600 }), ...inside(answered, box)].join("\n");
}

function inside({ panel: { view }, answers }: Answered, box: Box): string[] {
  const [answer = []] = answers;
  switch (view.as) {
    case "Number":
      return number(view, answer[0]?.values[0] ?? Number.NaN, box);
    case "Bars":
      return bars(view, answer, box);
    case "Table":
      return table(view, answers, box);
    case "Graph":
      throw new Error("a graph has no drawing: its lines need more than what holds now");
    default:
      return view satisfies never;
  }
}

function number({ steps }: View & { as: "Number" }, value: number, { x, y, width }: Box): string[] {
  return [text(x + width / 2, y + HEAD + 28, String(Math.round(value)), { size: 30, colour: colourAt(value, steps), anchor: "middle" })];
}

function bars({ words }: View & { as: "Bars" }, answer: Answer, { x, y, width }: Box): string[] {
  const rows = answer.map(({ labels, values }) => ({ word: Object.values(labels).join(" "), value: values[0] ?? 0 }));
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const left = x + 10 + Math.max(0, ...rows.map(({ word }) => word.length)) * LETTER + 10;
  const room = x + width - 34 - left;
  return rows.flatMap(({ word, value }, index) => {
    const top = y + HEAD + index * 26;
    const colour = words?.[word] === undefined ? COLOURS.blue : COLOURS[colourOf(words[word])];
    return [
      text(x + 10, top + 14, word, { size: 11 }),
      `<rect x="${left}" y="${top}" width="${Math.max(2, (room * value) / most)}" height="20" rx="2" fill="${colour}" opacity="0.75"/>`,
      text(left + (room * value) / most + 8, top + 14, String(value), { size: 12, fill: colour }),
    ];
  });
}

function table(view: View & { as: "Table" }, answers: readonly Answer[], { x, y, width }: Box): string[] {
  const { columns } = view;
  const rows = sorted(view, merged(answers)).map((row) => columns.map((column) => cell(column, row)));
  const shown = columns.map((column, index) => ({ column, index })).filter(({ index }) => rows.some((cells) => cells[index]?.text !== ""));
  const widths = shown.map(
    ({ column, index }) => Math.max(column.title.length, ...rows.map((cells) => cells[index]?.text.length ?? 0)) * LETTER,
  );
  const between = (width - 20 - widths.reduce((sum, each) => sum + each, 0)) / Math.max(1, shown.length - 1);
  const lefts = widths.map((_, place) => x + 10 + widths.slice(0, place).reduce((sum, each) => sum + each + Math.min(between, 40), 0));
  const top = y + HEAD + 10;
  return [
    ...shown.map(({ column }, place) => text(lefts[place] ?? x, top, column.title, { size: 11, fill: COLOURS.blue })),
    ...rows.flatMap((cells, row) =>
      shown.map(({ index }, place) => {
        const { text: words = "", colour = "text" } = cells[index] ?? {};
        return text(lefts[place] ?? x, top + (row + 1) * LINE, words, { size: 11, colour });
      }),
    ),
  ];
}

type Fields = Readonly<Record<string, string | number>>;

/** Answers with the same labels are one row, as Grafana's transformation "merge" has it. */
function merged(answers: readonly Answer[]): Fields[] {
  const rows = new Map<string, Fields>();
  for (const [index, answer] of answers.entries()) {
    const field = answers.length === 1 ? "Value" : `Value ${String.fromCharCode("A".charCodeAt(0) + index)}`;
    for (const { labels, values } of answer) {
      const key = JSON.stringify(Object.entries(labels).sort());
      rows.set(key, { ...rows.get(key), ...labels, [field]: values[0] ?? Number.NaN });
    }
  }
  return [...rows.values()];
}

/** By the column's number; what has the same keeps its order. */
function sorted({ columns, sortBy }: View & { as: "Table" }, rows: Fields[]): Fields[] {
  const by = columns.find(({ title }) => title === sortBy?.title)?.from;
  const value = (row: Fields) => (by === undefined ? 0 : Number(row[by])) * (sortBy?.desc ? -1 : 1);
  return rows.toSorted((a, b) => value(a) - value(b));
}

function cell({ from, words, unit }: Column, row: Fields): { text: string; colour?: Colour } {
  const value = row[from] ?? "";
  const word = words?.[String(value)];
  if (word !== undefined) return { text: typeof word === "string" ? String(value) : word.text, colour: colourOf(word) };
  if (typeof value === "string") return { text: value };
  return { text: unit?.startsWith("time:") ? new Date(value).toISOString().slice(0, "2026-11-23".length) : String(Math.round(value)) };
}

function colourOf(word: Words[string]): Colour {
  return typeof word === "string" ? word : word.colour;
}

function colourAt(value: number, steps: readonly Step[] = []): Colour {
  return steps.findLast(({ from }) => value >= from)?.colour ?? "text";
}

function pill(words: string, y: number): string {
  const width = words.length * LETTER + 20;
  const x = WIDTH - MARGIN - width;
  return `<rect x="${x}" y="${y}" width="${width}" height="20" rx="3" fill="#181b1f" stroke="#3a3d44"/>\n${text(x + 10, y + 14, words, { size: 11, fill: DIM })}`;
}

interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly colour?: Colour;
  readonly fill?: string;
  readonly anchor?: "middle";
}

function text(x: number, y: number, words: string, { size, weight, colour = "text", fill = COLOURS[colour], anchor }: TextStyle): string {
  const more = `${weight === undefined ? "" : ` font-weight="${weight}"`}${anchor === undefined ? "" : ` text-anchor="${anchor}"`}`;
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${more}>${escaped(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
