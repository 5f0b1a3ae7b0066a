/** Tells a template that nobody has rendered from YAML and JSON that is broken. Renders none. */

/**
 * Of a text that is no YAML. What stands in quotes is text to YAML and JSON as well, such as the annotations of an alert.
 * @param mayBeCutOff then something is missing, and a line of its own has to say that it is a template
 */
export function isTemplate(text: string, mayBeCutOff: boolean): boolean {
  const bare = withoutQuoted(text);
  return mayBeCutOff ? /^[ \t]*\{\{/m.test(bare) : bare.includes("{{");
}

/** Steps from quote to quote: a pattern of the whole would keep its way back in memory. */
function withoutQuoted(text: string): string {
  const opening = /["']/g;
  let [kept, at] = ["", 0];
  for (let found = opening.exec(text); found; found = opening.exec(text)) {
    const end = quoteEnd(text, found.index);
    const quoted = text.slice(found.index, end.at);
    // "{{ include "name" . }}" has its first end within the template.
    const isText = end.closed && quoted.lastIndexOf("{{") <= quoted.lastIndexOf("}}");
    kept += text.slice(at, isText ? found.index : end.at);
    at = end.at;
    opening.lastIndex = at;
  }
  return kept + text.slice(at);
}

/** Behind the quote that opens at `start`, or at the end of its line. */
function quoteEnd(text: string, start: number): { readonly at: number; readonly closed: boolean } {
  const stop = text[start] === '"' ? /\\.|["\n]/g : /['\n]/g;
  stop.lastIndex = start + 1;
  for (let found = stop.exec(text); found; found = stop.exec(text)) {
    if (found[0] === "\n") return { at: found.index, closed: false };
    if (found[0].length === 1) return { at: found.index + 1, closed: true };
  }
  return { at: text.length, closed: false };
}
