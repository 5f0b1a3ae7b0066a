/** Cuts JSON values that follow each other, as `jq -c .items[]` and kubectl's own reader know them. Checks no JSON: the parser does. */

export interface JsonText {
  readonly text: string;
  /** Counted from 1, within the whole. */
  readonly line: number;
}

/**
 * @returns the values of a text that opens with `{` or `[`, without comments; one piece where it does not divide. What stands behind the last
 *   one is a piece.
 */
export function jsonValues(commented: string): JsonText[] {
  const text = withoutComments(commented);
  const pieces: JsonText[] = [];
  let [depth, start, line, startLine] = [0, 0, 1, 1];
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = stringEnd(text, at);
        break;
      case "\n":
        line += 1;
        break;
      case "{":
      case "[":
        if (depth === 0) [start, startLine] = [at, line];
        depth += 1;
        break;
      case "}":
      case "]":
        depth -= 1;
        if (depth !== 0) break;
        pieces.push({ text: text.slice(start, at + 1), line: startLine });
        [start, startLine] = [at + 1, line];
        break;
    }
  }
  const rest = text.slice(start);
  return rest.trim() === "" ? pieces : [...pieces, { text: rest, line: startLine }];
}

/** Braces in a string are no braces. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

/** Settings of editors hold comments, and other JSON none. Each becomes blanks, so that no line moves. */
function withoutComments(text: string): string {
  let [kept, from] = ["", 0];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') at = stringEnd(text, at);
    const end = text[at] === "/" ? commentEnd(text, at) : undefined;
    if (end === undefined) continue;
    kept += text.slice(from, at) + text.slice(at, end).replaceAll(/[^\n]/g, " ");
    from = end;
    at = end - 1;
  }
  return kept + text.slice(from);
}

/** @returns where a comment that begins here is over; undefined where none begins */
function commentEnd(text: string, at: number): number | undefined {
  const close = { "/": "\n", "*": "*/" }[text[at + 1] ?? ""];
  if (close === undefined) return undefined;
  const found = text.indexOf(close, at + 2);
  if (found < 0) return text.length;
  return close === "\n" ? found : found + close.length;
}
