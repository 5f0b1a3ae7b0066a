/**
 * Cuts a shell script into simple commands and their words, far enough to see which programs it runs with which arguments.
 * Expands nothing, runs nothing, and does not look into command substitutions; what a command means is command.ts's.
 */

/** Where the reading of a script stands. */
interface Reading {
  commands: string[][];
  words: string[];
  word: string;
  /** A word has begun, perhaps an empty one: '' is a word. */
  begun: boolean;
  /** The next word is the file of a redirection. */
  redirected: boolean;
}

const ENDS_COMMAND = new Set([";", "\n", "|", "&", "(", ")"]);
const BLANKS = new Set([" ", "\t", "\r"]);
const REDIRECTIONS = new Set([">", "<"]);

/**
 * @param script the text after `sh -c`
 * @returns the simple commands in order, quotes removed, `$(...)` and `$NAME` as they stand. Linear in the length of the script.
 */
export function simpleCommands(script: string): string[][] {
  const reading: Reading = { commands: [], words: [], word: "", begun: false, redirected: false };
  let at = 0;
  while (at < script.length) at = readAt(script, at, reading);
  endCommand(reading);
  return reading.commands;
}

function readAt(script: string, at: number, reading: Reading): number {
  const character = script.charAt(at);
  if (character === "\\") return readEscape(script, at, reading);
  if (character === "'") return readUntil(script, at + 1, "'", reading);
  if (character === '"') return readDoubleQuoted(script, at + 1, reading);
  if (character === "`" || script.startsWith("$(", at)) return readSubstitution(script, at, reading);
  if (character === "#" && !reading.begun) return endOfLine(script, at);
  if (REDIRECTIONS.has(character) || script.startsWith("&>", at)) return readRedirection(script, at, reading);
  if (ENDS_COMMAND.has(character)) endCommand(reading);
  else if (BLANKS.has(character)) endWord(reading);
  else add(reading, character);
  return at + 1;
}

function add(reading: Reading, text: string): void {
  reading.word += text;
  reading.begun = true;
}

function endWord(reading: Reading): void {
  if (!reading.begun) return;
  if (!reading.redirected) reading.words.push(reading.word);
  reading.word = "";
  reading.begun = false;
  reading.redirected = false;
}

function endCommand(reading: Reading): void {
  endWord(reading);
  reading.redirected = false;
  if (reading.words.length > 0) reading.commands.push(reading.words);
  reading.words = [];
}

function readEscape(script: string, at: number, reading: Reading): number {
  const next = script.charAt(at + 1);
  if (next !== "\n") add(reading, next); // a backslash before a newline joins two lines
  return at + 2;
}

function readUntil(script: string, from: number, end: string, reading: Reading): number {
  const found = script.indexOf(end, from);
  const stop = found < 0 ? script.length : found;
  add(reading, script.slice(from, stop));
  return stop + 1;
}

function readDoubleQuoted(script: string, from: number, reading: Reading): number {
  add(reading, "");
  let at = from;
  while (at < script.length && script.charAt(at) !== '"') {
    if (script.startsWith("$(", at)) at = readSubstitution(script, at, reading);
    else if (script.charAt(at) === "\\" && '"$`\\\n'.includes(script.charAt(at + 1))) at = readEscape(script, at, reading);
    else {
      add(reading, script.charAt(at));
      at += 1;
    }
  }
  return at + 1;
}

/** Keeps `$(...)` and backquotes as they stand: their output is not known, and what they run ends before the command runs. */
function readSubstitution(script: string, at: number, reading: Reading): number {
  const end = script.charAt(at) === "`" ? script.indexOf("`", at + 1) : closingParenthesis(script, at + 1);
  const stop = end < 0 ? script.length : end + 1;
  add(reading, script.slice(at, stop));
  return stop;
}

function closingParenthesis(script: string, open: number): number {
  let depth = 0;
  for (let at = open; at < script.length; at += 1) {
    const character = script.charAt(at);
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function readRedirection(script: string, at: number, reading: Reading): number {
  if (/^\d+$/.test(reading.word)) {
    reading.word = ""; // the 2 of 2>&1
    reading.begun = false;
  }
  endWord(reading);
  let next = at;
  while (next < script.length && "<>&|".includes(script.charAt(next))) next += 1;
  reading.redirected = true;
  return next;
}

function endOfLine(script: string, at: number): number {
  const end = script.indexOf("\n", at);
  return end < 0 ? script.length : end;
}
