/** Reads what values.yaml says of each value: the comments above a key that open with `# --`, as helm-docs has it. Not a YAML reader. */

/** @returns text by path (`image.tag`), in the order of the file */
export function valuesComments(values: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const parents: { indent: number; key: string }[] = [];
  let pending: string[] = [];
  for (const line of values.split("\n")) {
    const [, comment, opening, rest] = /^\s*(#)( --)? ?(.*)$/.exec(line) ?? [];
    if (comment && (opening || pending.length > 0)) {
      pending.push(rest ?? "");
      continue;
    }
    const [, spaces, key] = /^(\s*)([\w-]+):/.exec(line) ?? [];
    if (key !== undefined) {
      const indent = spaces?.length ?? 0;
      while ((parents.at(-1)?.indent ?? -1) >= indent) parents.pop();
      parents.push({ indent, key });
      if (pending.length > 0) texts.set(parents.map((parent) => parent.key).join("."), pending.join(" "));
    }
    pending = [];
  }
  return texts;
}
