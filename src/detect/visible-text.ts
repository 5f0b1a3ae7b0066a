/** Makes text from a cluster safe to show: the API server stores escape sequences, newlines and 200 KB in names of images. Does not judge it. */

/** Characters that move a cursor, end a line, hide, or turn the direction of text around; and halves of a surrogate pair. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** What runners of CI take for a command, wherever in a line it stands: `##[error]` on GitHub, `##vso[task]` on Azure, `##teamcity[message]`. */
const RUNNER_COMMAND = /#(?=#\w*\[)/g;

/**
 * @param text any text
 * @param limit UTF-16 units kept of it; what follows is replaced by one ellipsis
 * @returns text without control characters, each of which is written as `\u001b`, and without commands to a runner
 */
export function visibleText(text: string, limit: number): string {
  // Cut first: replacing in 200 KB of escape sequences would make 1.2 MB of them.
  const kept = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return kept
    .replaceAll(RUNNER_COMMAND, "\\u0023")
    .replace(INVISIBLE, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}
