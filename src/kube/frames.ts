/**
 * Cuts the byte stream of a watch into its lines, and of a list into its items, without parsing either: most of what passes by is not
 * ours, and is never made into objects. Knows bytes and JSON's brackets, and nothing of Kubernetes but the word "items".
 */

/** Bytes of one frame. The server stores objects up to about 1.5 MiB; a frame beyond this is no object, and must not fill our memory. */
const FRAME_BYTES = 32 * 1024 * 1024;

/** Bytes of a list without its items: kind, versions, a continue token, the columns of a Table. */
const ENVELOPE_BYTES = 4 * 1024 * 1024;

/** The stream is not what it should be: cut in the middle, too large, or no JSON. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** More than is read of one piece: it is not what it was taken for. */
export class OversizedFrame extends FrameError {}

/** Collects the pieces of one frame over the borders of chunks; copies each byte once at most. */
class Pieces {
  #pieces: Buffer[] = [];
  #bytes = 0;
  readonly #cap: number;
  readonly #what: string;

  constructor(what: string, cap: number) {
    this.#what = what;
    this.#cap = cap;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#cap) throw new OversizedFrame(`${this.#what} is larger than ${this.#cap} bytes`);
    this.#pieces.push(piece);
  }

  take(): Buffer {
    const [first] = this.#pieces;
    const whole = this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    return whole;
  }
}

const NEWLINE = 0x0a;

/** Cuts a watch body into lines. The buffers handed out are valid as long as the chunk they came with is not written to. */
export class LineSplitter {
  readonly #line: Pieces;

  constructor(maxBytes: number = FRAME_BYTES) {
    this.#line = new Pieces("a line of the watch", maxBytes);
  }

  /**
   * @returns the lines that end in this chunk, blank ones left out.
   * @throws FrameError for a line beyond the cap.
   */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#line.add(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#line.take();
      if (!isBlank(line)) yield line;
    }
    this.#line.add(chunk.subarray(start));
  }

  /** Whether a line has begun that has not ended. */
  get withinLine(): boolean {
    return this.#line.bytes > 0;
  }

  /** @returns true where the body ended within a line, which is lost: read on from the last whole one. */
  endedWithinLine(): boolean {
    return this.withinLine && !isBlank(this.#line.take());
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The depth within an array that is a member of the list. */
const ITEMS = 2;

/** What a byte does outside of strings. */
const NO_ROLE = 0;
const STRING = 1;
const OPENS = 2;
const CLOSES = 3;
const SEPARATES = 4;

const ROLE = new Uint8Array(256);
ROLE[QUOTE] = STRING;
ROLE[OPEN_BRACE] = OPENS;
ROLE[OPEN_BRACKET] = OPENS;
ROLE[CLOSE_BRACE] = CLOSES;
ROLE[CLOSE_BRACKET] = CLOSES;
ROLE[COMMA] = SEPARATES;

/** The end of an envelope whose next byte opens the items: of a list, or of a Table. Quotes within a string are escaped: only a whole name can match. */
const ITEMS_FOLLOW = { items: /[{,]\s*"items"\s*:\s*\[$/, rows: /[{,]\s*"rows"\s*:\s*\[$/ } as const;

/** Bytes of the envelope that are looked at for the name of the items, white space counted. */
const NAME_BYTES = 1024;

/**
 * Cuts a list body into its items, wherever the member of that name stands in it, and keeps what is left of the body: the envelope.
 *
 * An item is the bytes between two commas, with the white space around them; whether it is JSON only its parser tells.
 */
export class ListSplitter {
  readonly #itemsFollow: RegExp;
  readonly #item: Pieces;
  readonly #envelope = new Pieces("the list without its items", ENVELOPE_BYTES);
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  #items = 0;
  #head = "";

  constructor(member: keyof typeof ITEMS_FOLLOW = "items", maxItemBytes: number = FRAME_BYTES) {
    this.#itemsFollow = ITEMS_FOLLOW[member];
    this.#item = new Pieces("an item of the list", maxItemBytes);
  }

  /**
   * @returns the items that end in this chunk.
   * @throws FrameError for an item beyond the cap, or a list that is no JSON.
   */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let at = this.#nextTurn(chunk, 0); at < chunk.length; at = this.#nextTurn(chunk, at + 1)) {
      const byte = chunk[at];
      if (!this.#inItems) {
        // A bracket below the list's members: the items open, or some other array.
        this.#openArray(chunk.subarray(start, at + 1));
        start = at + 1;
        continue;
      }
      this.#item.add(chunk.subarray(start, at));
      const item = this.#takeItem(byte);
      start = byte === COMMA ? at + 1 : at;
      if (item) yield item;
    }
    if (this.#inItems) this.#item.add(chunk.subarray(start));
    else this.#envelope.add(Buffer.from(chunk.subarray(start)));
  }

  /** @returns the text up to the bracket that opened the items: it says of which kind they are, and what the columns of a Table are. */
  head(): string {
    return this.#head;
  }

  /**
   * @returns the list without its items: `items` is empty, null or missing in it.
   * @throws FrameError where the body ended too early, or what is left is no JSON object.
   */
  end(): unknown {
    if (this.#inItems || this.#depth !== 0) throw new FrameError("the list ended before its last bracket");
    try {
      return JSON.parse(this.#envelope.take().toString("utf8"));
    } catch {
      throw new FrameError("the list without its items is no JSON"); // no cause: it quotes the body
    }
  }

  /**
   * Walks over strings and brackets. Each byte of each list passes here.
   *
   * @returns the index of the next byte that the caller has to see, or the chunk's length: outside the items a bracket that opens an
   * array among the list's members, within them the end of an item.
   */
  #nextTurn(chunk: Buffer, from: number): number {
    const end = chunk.length;
    const inItems = this.#inItems;
    let depth = this.#depth;
    let at = this.#inString ? this.#endOfString(chunk, this.#escaped ? from + 1 : from) + 1 : from;
    for (; at < end; at += 1) {
      const role = ROLE[chunk[at] ?? 0];
      if (role === NO_ROLE) continue;
      if (role === STRING) at = this.#endOfString(chunk, at + 1);
      else if (role === OPENS) {
        depth += 1;
        if (depth === ITEMS && !inItems && chunk[at] === OPEN_BRACKET) break;
      } else if (depth === ITEMS && inItems) break;
      else if (role === CLOSES) depth -= 1;
    }
    this.#depth = depth;
    return Math.min(at, end);
  }

  /** @returns the index of the quote that ends the string, or the chunk's length where that is yet to come. */
  #endOfString(chunk: Buffer, from: number): number {
    const end = chunk.length;
    let at = from;
    for (; at < end; at += 1) {
      const byte = chunk[at];
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#escaped = false;
        return at;
      }
    }
    this.#inString = true;
    this.#escaped = at > end; // the backslash was the chunk's last byte
    return end;
  }

  #openArray(upToBracket: Buffer): void {
    // Copied: the envelope lives as long as the list, and must not hold whole chunks.
    this.#envelope.add(Buffer.from(upToBracket));
    const soFar = this.#envelope.take();
    this.#envelope.add(soFar);
    this.#inItems = this.#itemsFollow.test(soFar.subarray(-NAME_BYTES).toString("latin1"));
    if (this.#inItems) this.#head = soFar.toString("utf8");
    this.#items = 0;
  }

  #takeItem(endsWith: number | undefined): Buffer | undefined {
    if (endsWith === CLOSE_BRACE) throw new FrameError("the items of the list end with the wrong bracket");
    const item = this.#item.take();
    const last = endsWith === CLOSE_BRACKET;
    if (last) {
      this.#inItems = false;
      this.#depth -= 1;
    }
    const blank = isBlank(item);
    if (blank && (!last || this.#items > 0)) throw new FrameError(`an item of the list is empty, after ${this.#items} others`);
    this.#items += 1;
    return blank ? undefined : item;
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}
