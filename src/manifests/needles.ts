/**
 * Tells from bytes alone whether a document can hold one of some words, so that the others need not be parsed. Says yes where it cannot
 * be sure: a parser decodes escapes, tags and other encodings, and a word may come out that does not stand in the bytes.
 */

/** Letters of which a word may consist: any other could be written in several ways that are no escape. */
const PLAIN = /^[A-Za-z0-9/._-]+$/;

/**
 * - `\x78`, `\u0078`, `\U00000078`, `\/`, and a backslash at the end of a line, which joins two lines, in double quotes
 * - `!`, which opens a tag: !!binary holds base64, and %TAG gives it any name
 * - controls that no YAML holds: UTF-16 without its mark is full of NUL, and what is compressed holds some of them soon
 * - a line that opens with `{{`: a template, which is named even where nothing in it is ours
 * - an image that is left open, by `{{` or `${`, or that stands elsewhere (an alias, a block): it can be any. Bounded, as one line can be the file.
 */
const BLIND_SPOTS = [
  "\\\\[xuU/\r\n]",
  "(?:^|[\\s,:[{])!",
  "[\\x00-\\x08\\x0e-\\x1f]",
  "^[ \\t]*\\{\\{",
  "image[\"']?[ \\t]*:\\s{0,200}(?:[>|*]|\\S{0,512}?[{$]\\{)",
];

/** Those of the first, in full: what is not written out stays, and is a blind spot still. */
const ESCAPES = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U0{3}([0-9A-Fa-f]{5})|(\/)|\r?\n[ \t]*)/g;

/** @returns the text as it would be if every escape were one: what holds no word then holds none in any reading */
export function withoutEscapes(text: string): string {
  return text.replaceAll(ESCAPES, (_, x?: string, u?: string, wide?: string, slash = "") => {
    const code = x ?? u ?? wide;
    return code === undefined ? slash : String.fromCodePoint(Number.parseInt(code, 16));
  });
}

export type NeedleTest = (document: Buffer) => boolean;

/**
 * @param words of which one at least stands in every object that matters
 * @throws RangeError for a word that can be written in several ways
 */
export function needleTest(words: readonly string[]): NeedleTest {
  for (const word of words) {
    if (!PLAIN.test(word)) throw new RangeError(`needle ${JSON.stringify(word)} is not plain; want letters, digits and / . _ - only`);
  }
  const pattern = new RegExp([...words.map((word) => word.replaceAll(".", "\\.")), ...BLIND_SPOTS].join("|"), "mi");
  // Without regard to case: a host and an owner on it have none, so github.com/FluxCD/flux is the address that it looks like.
  // latin1: one byte, one character, whatever they are; a needle is plain ASCII.
  return (document) => pattern.test(document.toString("latin1"));
}
