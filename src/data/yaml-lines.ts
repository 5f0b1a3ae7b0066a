/** Finds the line of a field in a YAML or JSON text, so that an error or a finding can lead to it. Checks nothing. */
import { EVENT_ID, type Event, getScalarValue, parseEvents } from "js-yaml";

/** @returns what gives the line, counted from 1, of a path; of its nearest parent where the field is missing */
export function lineFinder(text: string): (path: readonly PropertyKey[]) => number {
  const places = new YamlPlaces(text, parseEvents(text, {}));
  const root = places.roots()[0] ?? -1;
  return (path) => places.lineAt(places.offsetOf(root, path));
}

/**
 * The places of one text, by the events that its parser gave. A node is the number of its first event. Nothing is built beforehand but
 * the starts of lines: of a text of 10 MB, the lines of a few fields are asked for.
 */
export class YamlPlaces {
  readonly #text: string;
  readonly #events: readonly Event[];
  #lineStarts: readonly number[] | undefined;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  /** The root node of each document that has one. */
  roots(): number[] {
    const found: number[] = [];
    let node = 0;
    while (node < this.#events.length) {
      const inside = node + 1;
      node = this.#events[inside]?.type === EVENT_ID.POP ? inside + 1 : this.#after(inside) + 1;
      found.push(inside);
    }
    return found;
  }

  /** Nodes of a list, in their order; none for anything else. */
  itemsOf(node: number): number[] {
    if (this.#events[node]?.type !== EVENT_ID.SEQUENCE) return [];
    const items: number[] = [];
    for (let item = node + 1; !this.#ends(item); item = this.#after(item)) items.push(item);
    return items;
  }

  /** The value of a key; undefined where the node is no mapping or has none. */
  valueOf(node: number, key: PropertyKey): number | undefined {
    return this.#pair(node, key)?.value;
  }

  /** @returns where a field begins below a node; the line of a field is that of its name, though its value may begin below */
  offsetOf(node: number, path: readonly PropertyKey[]): number {
    let at = node;
    let offset = this.#start(node);
    for (const key of path) {
      const pair = this.#pair(at, key);
      const next = pair?.value ?? (typeof key === "number" ? this.itemsOf(at)[key] : undefined);
      if (next === undefined) break;
      offset = this.#start(pair?.key ?? next);
      at = next;
    }
    return offset;
  }

  /** Counted from 1. */
  lineAt(offset: number): number {
    this.#lineStarts ??= lineStartsOf(this.#text);
    let [low, high] = [0, this.#lineStarts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where a key stands twice, the last one holds. */
  #pair(node: number, wanted: PropertyKey): { key: number; value: number } | undefined {
    if (this.#events[node]?.type !== EVENT_ID.MAPPING) return undefined;
    let found: { key: number; value: number } | undefined;
    let key = node + 1;
    while (!this.#ends(key)) {
      const value = this.#after(key);
      const event = this.#events[key];
      if (event?.type === EVENT_ID.SCALAR && getScalarValue(this.#text, event) === String(wanted)) found = { key, value };
      key = this.#after(value);
    }
    return found;
  }

  /** The event that follows a node and all that is in it. */
  #after(node: number): number {
    let depth = 0;
    let at = node;
    do {
      const type = this.#events[at]?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
      if (type === EVENT_ID.POP) depth -= 1;
      at += 1;
    } while (depth > 0 && at < this.#events.length);
    return at;
  }

  #ends(at: number): boolean {
    const event = this.#events[at];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  #start(at: number): number {
    const event = this.#events[at];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return Math.max(0, event.valueStart);
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        return event.start;
      case EVENT_ID.ALIAS:
        return event.anchorStart;
      default:
        return 0;
    }
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
