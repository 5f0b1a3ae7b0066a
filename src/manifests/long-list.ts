/**
 * Where to cut a List that is longer than a document may be, such as `kubectl get deployments -A -o yaml` prints of a large cluster. Only
 * the two forms that kubectl prints are cut: in them a line's indentation tells where an item ends. Parses nothing: a line that only looks
 * like an end leaves two pieces that no parser reads, and so are told.
 */

export interface LongList {
  /** Bytes before the first item, which hold none. */
  readonly opening: number;
  /**
   * @param from before which the item has no end
   * @param headless the bytes begin within an item, not with one
   * @returns where the item ends; undefined where its end is not there yet
   */
  endOfItem(bytes: Buffer, from: number, headless: boolean): number | undefined;
  /** @returns a piece as a text of its own: a list of items, or a mapping with what follows the last; lines stay where they are */
  textOf(bytes: Buffer): string;
}

const YAML_OPENING = /^(?:---[^\n]*\n)?apiVersion: v1\r?\nitems:\r?\n(?=- )/;
const JSON_OPENING = /^(?:---[^\n]*\n)?\s*\{\r?\n {4}"apiVersion": "v1",\r?\n {4}"items": \[(?=\r?\n {8}\{)/;
const OPENING_BYTES = 1_000;

const NEWLINE = 0x0a;
const DASH = 0x2d;
/** A space, and the two of an empty line. */
const WITHIN_ITEM: ReadonlySet<number> = new Set([0x20, NEWLINE, 0x0d]);
const JSON_ITEM_END = Buffer.from("\n        }");

/** @param bytes the beginning of a document; @returns undefined where it is no List as kubectl prints it */
export function longList(bytes: Buffer): LongList | undefined {
  const start = bytes.subarray(0, OPENING_BYTES).toString("latin1");
  const yaml = YAML_OPENING.exec(start)?.[0].length;
  if (yaml !== undefined) return { opening: yaml, endOfItem: endOfYamlItem, textOf: (piece) => piece.toString("utf8") };
  const json = JSON_OPENING.exec(start)?.[0].length;
  return json === undefined ? undefined : { opening: json, endOfItem: endOfJsonItem, textOf: jsonText };
}

/** What follows the last item opens with no dash, and has no end of its own; `---` is the end of all. */
function endOfYamlItem(bytes: Buffer, from: number, headless: boolean): number | undefined {
  if (bytes[0] !== DASH && !headless) return undefined;
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    const [first, second] = bytes.subarray(at + 1, at + 3);
    if (first === undefined || (first === DASH && second === undefined)) return undefined;
    if (!WITHIN_ITEM.has(first) && !(first === DASH && second === DASH)) return at + 1;
  }
  return undefined;
}

function endOfJsonItem(bytes: Buffer, from: number): number | undefined {
  const at = bytes.indexOf(JSON_ITEM_END, from);
  return at < 0 ? undefined : at + JSON_ITEM_END.length;
}

/** `, {...}` is an item in a list; `], "kind": "List" }` is what follows the last. */
function jsonText(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  const blank = (mark: string) => mark.replaceAll(/\S/g, " ");
  return /^\s*\]/.test(text) ? `{${text.replace(/\]\s*,?/, blank)}` : `[${text.replace(/^\s*,/, blank)}]`;
}
