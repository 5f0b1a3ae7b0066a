/**
 * Writes an object as YAML in one of the many ways that mean the same: escapes, folded lines, block scalars, base64, tags, anchors, flow
 * and block. Which way each text is written, numbers decide. Holds no property.
 */
const PLAIN = /^[A-Za-z][A-Za-z0-9./_-]*(?::[A-Za-z0-9._-]+)*$/;
/** What YAML 1.1 reads as something else than a text. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;
/** One line that needs no escape in any style. */
const PRINTABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const INDENT = "  ";

/** @param choices of each decision in turn; they are taken again from the start when they end */
export function spelled(value: unknown, choices: readonly number[]): string {
  return new Speller(choices).document(value);
}

class Speller {
  readonly #choices: readonly number[];
  readonly #anchors = new Map<string, string>();
  #at = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  document(value: unknown): string {
    return `${this.#block(value, "").trimStart()}\n`;
  }

  #choose(count: number): number {
    const choice = this.#choices[this.#at % (this.#choices.length || 1)] ?? 0;
    this.#at += 1;
    return choice % count;
  }

  /** With what stands before it: a blank, or a newline and its indentation. */
  #block(value: unknown, indent: string): string {
    const entries = typeof value === "object" && value !== null ? Object.entries(value).filter(([, inner]) => inner !== undefined) : [];
    if (entries.length === 0 || this.#choose(4) === 0) return ` ${this.#flow(value, `${indent}${INDENT}`)}`;
    const isList = Array.isArray(value);
    const lines = entries.map(([key, inner]) => {
      const before = isList ? "-" : `${this.#key(key)}:`;
      const isText = typeof inner === "string";
      return `${indent}${before}${isText ? ` ${this.#text(inner, `${indent}${INDENT}`, true)}` : this.#block(inner, `${indent}${INDENT}`)}`;
    });
    return `\n${lines.join("\n")}`;
  }

  #flow(value: unknown, indent: string): string {
    if (typeof value === "string") return this.#text(value, indent, false);
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((inner) => this.#flow(inner ?? null, indent)).join(", ")}]`;
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return `{${entries.map(([key, inner]) => `${this.#key(key)}: ${this.#flow(inner, indent)}`).join(`,\n${indent}`)}}`;
  }

  #key(key: string): string {
    return this.#choose(2) === 0 ? `"${[...key].map((letter) => this.#escaped(letter)).join("")}"` : JSON.stringify(key);
  }

  #text(text: string, indent: string, block: boolean): string {
    const anchor = this.#anchors.get(text);
    if (anchor !== undefined && this.#choose(2) === 0) return `*${anchor} `;
    const json = JSON.stringify(text);
    switch (this.#choose(10)) {
      case 0:
        return PLAIN.test(text) && !RESERVED.test(text) ? text : json;
      case 1:
        return `"${[...text].map((letter) => this.#escaped(letter)).join("")}"`;
      case 2:
        return `"${[...text].map((letter) => this.#folded(letter, indent)).join("")}"`;
      case 3:
        return json.replaceAll("/", "\\/");
      case 4:
        return PRINTABLE.test(text) ? `'${text.replaceAll("'", "''")}'` : json;
      case 5:
        return block && PRINTABLE.test(text) ? `${this.#choose(2) === 0 ? "|-" : ">-"}\n${indent}${text}` : json;
      case 6:
        return text.isWellFormed() && text !== ""
          ? `${this.#choose(2) === 0 ? "!!binary" : "!<tag:yaml.org,2002:binary>"} ${Buffer.from(text).toString("base64")}`
          : json;
      case 7:
        return `!!str ${json}`;
      case 8: {
        const name = `a${this.#anchors.size}`;
        this.#anchors.set(text, name);
        return `&${name} ${json}`;
      }
      default:
        return json;
    }
  }

  #escaped(letter: string): string {
    const code = letter.codePointAt(0) ?? 0;
    const hex = (digits: number) => code.toString(16).padStart(digits, "0");
    switch (this.#choose(6)) {
      case 0:
        return code < 0x100 ? `\\x${hex(2)}` : JSON.stringify(letter).slice(1, -1);
      case 1:
        return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
      case 2:
        return code < 0xd800 ? `\\U${hex(8)}` : JSON.stringify(letter).slice(1, -1);
      default:
        return JSON.stringify(letter).slice(1, -1);
    }
  }

  /** A backslash at the end of a line joins it with the next. */
  #folded(letter: string, indent: string): string {
    const plain = JSON.stringify(letter).slice(1, -1);
    return this.#choose(4) === 0 && letter.trim() !== "" ? `\\\n${indent}${plain}` : plain;
  }
}
