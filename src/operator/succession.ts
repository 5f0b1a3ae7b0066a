/** One operator after the other: new data brings a new one, and what the old one judged stands meanwhile. Judges nothing itself. */
import type { Data } from "../data/read-data.ts";
import type { Operator } from "./operator.ts";
import type { ReflectorReport } from "./watched.ts";

export class Succession {
  readonly #make: (data: Data) => Operator;
  #operator: Operator;
  #ready = false;
  #stopped = false;

  /** @throws as the making of an operator does */
  constructor(make: (data: Data) => Operator, data: Data) {
    this.#make = make;
    this.#operator = make(data);
  }

  start(): void {
    this.#operator.start();
  }

  /** Everything is read again: other data can mean other images, kinds and words to look for.
   *  @throws as the making of an operator does; the present one goes on then */
  async replace(data: Data): Promise<void> {
    const next = this.#make(data);
    await this.#operator.stop();
    if (this.#stopped) return;
    this.#operator = next;
    next.start();
  }

  /** Once true, it stays so: an outage or new data takes nothing back that was judged. */
  ready(): boolean {
    this.#ready ||= this.#operator.ready();
    return this.#ready;
  }

  reflectors(): readonly ReflectorReport[] {
    return this.#operator.reflectors();
  }

  wake(): void {
    this.#operator.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#operator.stop();
  }
}
