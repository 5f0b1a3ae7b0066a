/**
 * Cuts a stream of bytes at the lines that open with `---`, and keeps the line on which each piece begins, so that one broken document
 * costs no other and nothing but one document stands in memory. A List that is too long is cut between its items (long-list.ts). Takes
 * UTF-8, with or without its mark, and UTF-16, which PowerShell writes. Parses nothing.
 */
import { type LongList, longList } from "./long-list.ts";

export interface DocumentBytes {
  readonly at: "Document";
  readonly bytes: Buffer;
  /** On which it begins, counted from 1: the line of its `---`, where it has one. */
  readonly line: number;
  /** Of which it is a piece, where the document was too long. */
  readonly list?: LongList;
}

/** A document that was longer than the limit; its bytes are gone. */
export interface TooLong {
  readonly at: "TooLong";
  readonly line: number;
}

const NEWLINE = 0x0a;
const SEPARATOR = Buffer.from("\n---");

/** Of bytes that tell where a piece ends: "\n        }" in a List of JSON. */
const LONGEST_MARK = 10;

export class DocumentCutter {
  readonly #mostBytes: number;
  #decode: ((chunk: Buffer, last: boolean) => Buffer) | undefined;
  #kept: Buffer = Buffer.alloc(0);
  #room: Buffer = Buffer.alloc(0);
  #line = 1;
  /** Where the search for the next separator goes on, and that for the end of an item. */
  #searched = 0;
  #searchedItem = 0;
  #dropping = false;
  /** The document that is being cut, while it is a List that is too long. */
  #list: LongList | undefined;

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
    for (let cut = this.#nextCut(last); cut; cut = this.#nextCut(last)) {
      found.push(...this.#piece(cut.end));
      this.#dropping = false;
      if (cut.of === "Document") this.#list = undefined;
    }
    // Said at once, for what follows may be endless.
    if (!last && this.#kept.length > this.#mostBytes) {
      if (!this.#dropping) found.push({ at: "TooLong", line: this.#line });
      this.#dropping = true;
      // The last bytes may be the beginning of a separator, or of an item's end.
      this.#leave(this.#kept.length - LONGEST_MARK);
    }
    return found;
  }

  /** @returns where the next piece ends, once that is sure */
  #nextCut(last: boolean): { readonly end: number; readonly of: "Item" | "Document" } | undefined {
    if (!this.#decode || (last && this.#kept.length === 0)) return undefined;
    const separator = this.#nextSeparator(last);
    const end = separator === undefined ? (last ? this.#kept.length : undefined) : separator + 1;
    if (!this.#dropping && !this.#list && (end ?? this.#kept.length) > this.#mostBytes) {
      this.#list = longList(this.#kept);
      if (this.#list) {
        this.#leave(this.#list.opening);
        return this.#nextCut(last);
      }
    }
    const item = this.#list?.endOfItem(this.#kept, this.#searchedItem, this.#dropping);
    if (item !== undefined && (end === undefined || item < end)) return { end: item, of: "Item" };
    if (this.#list) this.#searchedItem = Math.max(0, this.#kept.length - LONGEST_MARK);
    return end === undefined ? undefined : { end, of: "Document" };
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

  /** In a room that doubles: copied anew with each chunk, a long document would cost the square of its length. */
  #keep(bytes: Buffer): void {
    if (this.#kept.length === 0) {
      this.#kept = bytes;
      return;
    }
    const { length } = this.#kept;
    if (this.#kept.buffer !== this.#room.buffer || this.#kept.byteOffset + length + bytes.length > this.#room.length) {
      this.#room = Buffer.from(new ArrayBuffer(2 * (length + bytes.length)));
      this.#kept.copy(this.#room);
      this.#kept = this.#room.subarray(0, length);
    }
    const start = this.#kept.byteOffset;
    // What was handed on lies before these bytes, and stays.
    bytes.copy(this.#room, start + length);
    this.#kept = this.#room.subarray(start, start + length + bytes.length);
  }

  /** @returns where the newline before the next `---` stands, once it is sure that the line is a separator */
  #nextSeparator(last: boolean): number | undefined {
    for (let from = this.#searched; ; ) {
      const at = this.#kept.indexOf(SEPARATOR, from);
      if (at < 0) {
        this.#searched = Math.max(0, this.#kept.length - SEPARATOR.length);
        return undefined;
      }
      const after = this.#kept[at + SEPARATOR.length];
      this.#searched = at;
      if (after === undefined && !last) return undefined;
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
    if (length > this.#mostBytes) return [{ at: "TooLong", line }];
    return [{ at: "Document", bytes, line, ...(this.#list ? { list: this.#list } : {}) }];
  }

  #leave(end: number): void {
    this.#line += newlinesIn(this.#kept.subarray(0, end));
    this.#kept = this.#kept.subarray(end);
    this.#searched = Math.max(0, this.#searched - end);
    this.#searchedItem = Math.max(0, this.#searchedItem - end);
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
