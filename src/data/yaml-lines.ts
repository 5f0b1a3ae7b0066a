/** Finds the line of a field in a YAML or JSON text, so that an error about data can lead to it. Checks nothing. */
import { EVENT_ID, type Event, getScalarValue, parseEvents } from "js-yaml";

interface Place {
  readonly offset: number;
  readonly children: Map<PropertyKey, Place>;
}

/** @returns what gives the line, counted from 1, of a path; of its nearest parent where the field is missing */
export function lineFinder(text: string): (path: readonly PropertyKey[]) => number {
  const reader = new PlaceReader(text);
  const root = reader.read();
  return (path) => {
    let place = root;
    for (const key of path) {
      const child = place.children.get(key);
      if (!child) break;
      place = child;
    }
    return text.slice(0, place.offset).split("\n").length;
  };
}

class PlaceReader {
  readonly #text: string;
  readonly #events: readonly Event[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, {}).filter(({ type }) => type !== EVENT_ID.DOCUMENT);
  }

  read(): Place {
    const event = this.#take();
    const place: Place = { offset: offsetOf(event), children: new Map() };
    if (event?.type === EVENT_ID.MAPPING) this.#mapping(place);
    if (event?.type === EVENT_ID.SEQUENCE) this.#sequence(place);
    return place;
  }

  #mapping({ children }: Place): void {
    while (!this.#ends()) {
      const key = this.#events[this.#next];
      const { offset } = this.read();
      const value = this.read();
      // The line of a field is that of its name, though its value may begin below.
      if (key?.type === EVENT_ID.SCALAR) children.set(getScalarValue(this.#text, key), { ...value, offset });
    }
    this.#next += 1;
  }

  #sequence({ children }: Place): void {
    while (!this.#ends()) children.set(children.size, this.read());
    this.#next += 1;
  }

  #ends(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  #take(): Event | undefined {
    const event = this.#events[this.#next];
    this.#next += 1;
    return event;
  }
}

function offsetOf(event: Event | undefined): number {
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart;
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    default:
      return 0;
  }
}
