/**
 * Reads the text format of Prometheus, strictly, and apart from the library that writes it.
 * Source: prometheus.io/docs/instrumenting/exposition_formats, "Text format details".
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** By family. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

/** @throws for anything that the format does not allow: a line of another form, a family without a type, a series that comes twice */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples = new Map<string, Sample>();
  for (const line of text.split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (line === "") continue;
    if (comment) {
      const [, kind, name = "", rest = ""] = comment;
      const known = kind === "TYPE" ? types : helps;
      if (known.has(name)) throw new Error(`${kind} of ${name} comes twice`);
      known.set(name, rest);
      continue;
    }
    const sample = parseSample(line);
    if (!types.has(familyOf(sample.name, types))) throw new Error(`${sample.name} has no type`);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    if (samples.has(key)) throw new Error(`${key} comes twice`);
    samples.set(key, sample);
  }
  return { samples: [...samples.values()], types, helps };
}

/** @returns the name of the TYPE line that a sample belongs to */
export function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const family = name.replace(/_(bucket|sum|count)$/, "");
  return types.get(family) === "histogram" ? family : name;
}

function parseSample(line: string): Sample {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`no metric: ${JSON.stringify(line)}`);
  const { labels, end } = line[name.length] === "{" ? parseLabels(line, name.length + 1) : { labels: {}, end: name.length };
  const value = /^ (-?[0-9.]+(?:e[+-]?[0-9]+)?|\+Inf|-Inf)$/.exec(line.slice(end))?.[1];
  if (value === undefined) throw new Error(`no value: ${JSON.stringify(line)}`);
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

function parseLabels(line: string, start: number): { labels: Record<string, string>; end: number } {
  const labels: Record<string, string> = {};
  let at = start;
  while (line[at] !== "}") {
    const name = /^([a-zA-Z_]\w*)="/.exec(line.slice(at))?.[1];
    if (name === undefined || name in labels) throw new Error(`no label at ${at}: ${JSON.stringify(line)}`);
    at += name.length + 2;
    let value = "";
    for (; line[at] !== '"'; at += 1) {
      const escaped = line[at] === "\\";
      if (escaped) at += 1;
      const character = escaped ? ESCAPES[line[at] ?? ""] : line[at];
      if (character === undefined) throw new Error(`no character at ${at}: ${JSON.stringify(line)}`);
      value += character;
    }
    labels[name] = value;
    at += 1;
    if (line[at] === ",") at += 1;
    else if (line[at] !== "}") throw new Error(`no end at ${at}: ${JSON.stringify(line)}`);
  }
  return { labels, end: at + 1 };
}
