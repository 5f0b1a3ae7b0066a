/**
 * Cuts a stream of bytes at the lines that open with `---`, and keeps the line on which each piece begins, so that one broken document
 * costs no other and nothing but one document stands in memory. Takes UTF-8, with or without its mark, and UTF-16, which PowerShell
 * writes. Parses nothing.
 */

export interface DocumentBytes {
  readonly at: "Document";
  readonly bytes: Buffer;
  /** On which it begins, counted from 1: the line of its `---`, where it has one. */
  readonly line: number;
}

/** A document that was longer than the limit; its bytes are gone. */
export interface TooLong {
  readonly at: "TooLong";
  readonly line: number;
}

const NEWLINE = 0x0a;
const SEPARATOR = Buffer.from("\n---");

export class DocumentCutter {
  readonly #mostBytes: number;
  #decode: ((chunk: Buffer, last: boolean) => Buffer) | undefined;
  #kept: Buffer = Buffer.alloc(0);
  #line = 1;
  /** Where the search for the next separator goes on. */
  #searched = 0;
  #dropping = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @returns the documents that are complete with these bytes */
  push(chunk: Buffer): (DocumentBytes | TooLong)[] {
    return this.#cut(chunk, false);
  }

  /** @returns what is left; the cutter is not to be used again */
  end(): (DocumentBytes | TooLong)[] {
    return this.#cut(Buffer.alloc(0), true);
  }

  #cut(chunk: Buffer, last: boolean): (DocumentBytes | TooLong)[] {
    const found: (DocumentBytes | TooLong)[] = [];
    this.#take(chunk, last);
    for (let at = this.#nextSeparator(last); at !== undefined; at = this.#nextSeparator(last)) {
      found.push(...this.#piece(at + 1));
      this.#dropping = false;
    }
    if (last) return [...found, ...this.#piece(this.#kept.length)];
    // Said at once, for what follows may be endless.
    if (this.#kept.length > this.#mostBytes) {
      if (!this.#dropping) found.push({ at: "TooLong", line: this.#line });
      this.#dropping = true;
      // The last bytes may be the beginning of a separator.
      this.#leave(this.#kept.length - SEPARATOR.length);
    }
    return found;
  }

  #take(chunk: Buffer, last: boolean): void {
    if (this.#decode) {
      this.#keep(this.#decode(chunk, last));
      return;
    }
    this.#keep(chunk);
    if (this.#kept.length < 4 && !last) return; // too little to tell the encoding
    this.#decode = decoderOf(this.#kept);
    this.#kept = this.#decode(this.#kept, last);
  }

  #keep(bytes: Buffer): void {
    this.#kept = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
  }

  /** @returns where the newline before the next `---` stands, once it is sure that the line is a separator */
  #nextSeparator(last: boolean): number | undefined {
    if (!this.#decode) return undefined;
    for (let from = this.#searched; ; ) {
      const at = this.#kept.indexOf(SEPARATOR, from);
      if (at < 0) {
        this.#searched = Math.max(0, this.#kept.length - SEPARATOR.length);
        return undefined;
      }
      const after = this.#kept[at + SEPARATOR.length];
      if (after === undefined && !last) {
        this.#searched = at;
        return undefined;
      }
      if (after === undefined || after === NEWLINE || after === 0x0d || after === 0x20 || after === 0x09) return at;
      from = at + 1;
    }
  }

  #piece(end: number): (DocumentBytes | TooLong)[] {
    const bytes = this.#kept.subarray(0, end);
    const { length } = bytes;
    const line = this.#line;
    const wasDropping = this.#dropping;
    this.#leave(end);
    if (wasDropping || length === 0) return [];
    return [length > this.#mostBytes ? { at: "TooLong", line } : { at: "Document", bytes, line }];
  }

  #leave(end: number): void {
    this.#line += newlinesIn(this.#kept.subarray(0, end));
    this.#kept = this.#kept.subarray(end);
    this.#searched = 0;
  }
}

/** By the mark at the beginning or, without one, by the NUL beside the first letter: a manifest begins with one of ASCII. */
function decoderOf([first, second]: Buffer): (chunk: Buffer, last: boolean) => Buffer {
  const marked = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : undefined;
  const unmarked = first !== 0 && second === 0 ? "utf-16le" : first === 0 && second !== 0 ? "utf-16be" : undefined;
  const encoding = marked ?? unmarked;
  if (encoding === undefined) return (chunk) => chunk;
  const decoder = new TextDecoder(encoding);
  return (chunk, last) => Buffer.from(decoder.decode(chunk, { stream: !last }));
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
