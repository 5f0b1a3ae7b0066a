/** A counter on one line of a terminal while something takes long; nothing at all in a pipe, a file or a CI log. */

/** A person sees no faster, and writing costs. */
const APART_MS = 100;
/** What is over sooner needs no counter. */
const FIRST_MS = 300;

export class Progress {
  readonly #stream: () => NodeJS.WriteStream;
  #shownAt = Date.now() + FIRST_MS - APART_MS;
  #shown = false;

  /** @param stream stderr, so that the result alone is on stdout; node takes longer to open it than to read a file, so it is asked for late */
  constructor(stream: () => NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** @param text of one line, safe to show */
  show(text: string): void {
    // A clock that is set meanwhile makes the counter late or early, no more.
    if (Date.now() - this.#shownAt < APART_MS) return;
    this.#shownAt = Date.now();
    const stream = this.#stream();
    if (!stream.isTTY) return;
    this.#shown = true;
    stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#shown) this.#stream().write("\r\u001b[K");
    this.#shown = false;
  }
}
