/** A manifest as YAML in which some values carry a comment: the serializer knows none. Decides nothing about them. */
import { dump } from "js-yaml";
import type { Mark, PlannedObject } from "../plan/draft.ts";

const OPTIONS = { noRefs: true, lineWidth: -1 } as const;

/** A value that is no text, number or truth has no line of its own, and gets no comment. */
export function markedYaml(object: PlannedObject, marks: readonly Mark[]): string {
  const word = unusedWord(JSON.stringify(object));
  const lines = new Map<string, string>();
  const withWords = marks.reduce<unknown>((whole, { path, marker }, index) => {
    return replaced(whole, path, (value) => {
      if (typeof value === "object") return value;
      lines.set(`${word}${index}x`, `${dump(value, OPTIONS).trimEnd()} # ${marker}`);
      return `${word}${index}x`;
    });
  }, object);
  // A function: `$` in a value is no reference to a group.
  return [...lines].reduce((text, [placeholder, line]) => text.replace(placeholder, () => line), dump(withWords, OPTIONS));
}

/** Longer than all of its kind in the text. */
function unusedWord(text: string): string {
  const longest = [...text.matchAll(/mark+/g)].reduce((most, [word]) => Math.max(most, word.length), "mark".length);
  return "mark".padEnd(longest + 1, "k");
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: (value: unknown) => unknown): unknown {
  if (key === undefined) return by(value);
  if (Array.isArray(value)) return value.map((each, index) => (String(index) === key ? replaced(each, rest, by) : each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === key ? replaced(each, rest, by) : each]));
}
