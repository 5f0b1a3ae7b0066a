/** Reads our pages: their blocks of commands and their links. Runs nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface CommandBlock {
  readonly page: string;
  /** Line of the first command, counted from 1. */
  readonly line: number;
  readonly script: string;
  /** Words after `sh` in the fence: `docker` for what needs an engine. */
  readonly marks: readonly string[];
}

/** Paths of all pages that people read. */
export const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name))
    .toSorted(),
];

/** Blocks fenced as `sh`, in their order. Output that a page shows stands in blocks of another word. */
export function commandBlocks(page: string): CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let open: { line: number; marks: string[]; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(page, "utf8").split("\n").entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      if (open.marks[0] === "sh") blocks.push({ page, line: open.line, script: open.lines.join("\n"), marks: open.marks.slice(1) });
      open = undefined;
    } else open = { line: index + 2, marks: (fence[1] ?? "").trim().split(/\s+/), lines: [] };
  }
  if (open) throw new Error(`${page}: the block from line ${open.line} has no end`);
  return blocks;
}

/** Commands in blocks that are no `sh` would be run by nobody: an indented or unnamed block that opens like one. */
export function unfencedCommands(page: string): string[] {
  const found: string[] = [];
  let fence: string | undefined;
  for (const [index, line] of readFileSync(page, "utf8").split("\n").entries()) {
    const mark = /^```(.*)$/.exec(line);
    if (mark) fence = fence === undefined ? (mark[1] ?? "").trim().split(/\s+/)[0] : undefined;
    else if (
      (fence === "" || (fence === undefined && line.startsWith("    "))) &&
      /^\s*(\$ )?(kubectl|helm|npm|npx|flux-migration|git|curl|cosign|gh) /.test(line)
    )
      found.push(`${page}:${index + 1}: ${line.trim()}`);
  }
  return found;
}

/** Targets of Markdown links and pictures, outside code. */
export function linksOf(page: string): string[] {
  const prose = readFileSync(page, "utf8")
    .replaceAll(/```[\s\S]*?```/g, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target ?? "");
}

/** Anchors as GitHub makes them from headings. */
export function anchorsOf(page: string): Set<string> {
  const headings = Array.from(readFileSync(page, "utf8").matchAll(/^#{1,6} (.+)$/gm), ([, heading]) => heading ?? "");
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(/\s/g, "-"),
    ),
  );
}
