/** Puts text from a cluster into Markdown and into shell commands so that it stays text. Words nothing. */
import { visibleText } from "../detect/visible-text.ts";

/** Enough to find it; a name of an image has 780 at most. */
const SHOWN_CHARACTERS = 800;

/** @returns inline code: the text can end it, open a link or be HTML no more */
export function code(text: string): string {
  const shown = visibleText(text, SHOWN_CHARACTERS);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${shown}${space}${fence}`;
}

/** As code, in a cell of a table, where a bar would end the cell even within code. */
export function cell(text: string): string {
  return code(text).replaceAll("|", "\\|");
}

/** @returns words for `sh` that are themselves whatever they hold */
export function command(...words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

const PLAIN_WORD = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** A line end within a word would end the line of a list, and hide what follows from whoever reads it: such a word is refused. */
function shellWord(word: string): string {
  if (/\p{C}|[\u2028\u2029]/u.test(word)) throw new RangeError("a command's word holds control characters");
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
