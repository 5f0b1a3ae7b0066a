/** Findings for a person, one line each as `flux check` prints them, and for programs. Nothing that a cluster holds can steer a terminal. */
import { visibleText } from "../detect/visible-text.ts";
import { type Finding, gravest, LEVELS, type Level, type Section } from "./finding.ts";

/** A condition's message may have 32,768 characters, and the first sentence says it. */
const TEXT_CHARACTERS = 500;

const MARKS: Readonly<Record<Level, { readonly mark: string; readonly word: string }>> = {
  Good: { mark: "✔", word: "ok" },
  Skipped: { mark: "-", word: "skipped" },
  Warning: { mark: "⚠", word: "warning" },
  Failed: { mark: "✗", word: "failed" },
  Unread: { mark: "✗", word: "unread" },
};
const WORD_WIDTH = Math.max(...LEVELS.map((level) => MARKS[level].word.length));

/**
 * @param paint colours a text by its level; the identity where there are no colours: mark and word say it too
 * @returns lines, with the sum as the last one
 */
export function findingsText(sections: readonly Section[], paint: (level: Level, text: string) => string): string {
  const lines = sections.flatMap(({ title, findings }) => [`► ${title}`, ...findings.map((finding) => findingText(finding, paint))]);
  return [...lines, sum(sections)].join("\n");
}

function findingText({ level, at, found, next }: Finding, paint: (level: Level, text: string) => string): string {
  const { mark, word } = MARKS[level];
  const what = `${paint(level, `${mark} ${word.padEnd(WORD_WIDTH)}`)} ${clean(at)}: ${clean(found)}`;
  return next === undefined ? what : `${what}\n  ${"".padEnd(WORD_WIDTH)} → ${clean(next)}`;
}

function sum(sections: readonly Section[]): string {
  const levels = sections.flatMap(({ findings }) => findings.map(({ level }) => level));
  const count = (level: Level) => levels.filter((each) => each === level).length;
  const looked = levels.length - count("Skipped");
  const wrong = count("Failed") + count("Unread");
  const warnings = count("Warning") === 0 ? "" : `, ${count("Warning")} with a warning`;
  return wrong === 0 ? `all ${looked} checks passed${warnings}` : `${wrong} of ${looked} checks did not pass${warnings}`;
}

/** The same for programs: one flat list, and the gravest level of all. */
export function findingsJson(programVersion: string, sections: readonly Section[]): string {
  const checks = sections.flatMap(({ title, findings }) =>
    findings.map(({ level, at, found, next }) => ({
      section: title,
      level,
      at: clean(at),
      found: clean(found),
      ...(next === undefined ? {} : { next: clean(next) }),
    })),
  );
  return JSON.stringify({ version: programVersion, result: gravest(sections), checks }, null, 2);
}

function clean(text: string): string {
  return visibleText(text, TEXT_CHARACTERS);
}
