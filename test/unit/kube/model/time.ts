/** Time that passes when a test says so: five minutes of outage take none. */
import { setImmediate as turn } from "node:timers/promises";
import type { LoopTime } from "../../../../src/kube/loop-time.ts";

interface Wait {
  readonly atMs: number;
  readonly end: () => void;
}

/** No wait of ours takes so long. */
export const DAYS_MS = 1_000_000_000;

export class ModelTime implements LoopTime {
  #nowMs = 0;
  #waits: Wait[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wait(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wait: Wait = { atMs: this.#nowMs + delayMs, end: resolve };
      this.#waits.push(wait);
      const over = () => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        resolve();
      };
      signal.addEventListener("abort", over, { once: true });
    });
  }

  /** Nobody's wait ends: it is that somebody looks at the clock much later. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets everybody act who can, until all wait for the clock or for the server. */
  async turn(): Promise<void> {
    await turn(); // all within a test is microtasks, which are done before
  }

  /** Ends the wait that is over first, if one is by then. @returns whether one was */
  #endNext(byMs: number): boolean {
    const [first] = this.#waits.toSorted((a, b) => a.atMs - b.atMs);
    if (!first || first.atMs > byMs) return false;
    this.#waits = this.#waits.filter((wait) => wait !== first);
    this.#nowMs = Math.max(this.#nowMs, first.atMs);
    first.end();
    return true;
  }

  /** Passes so much time, in steps from wait to wait. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    do await this.turn();
    while (this.#endNext(endMs));
    this.#nowMs = endMs;
  }

  /** Passes time until nobody waits for it, but for those who wait for days. @throws where somebody always does */
  async untilQuiet(): Promise<void> {
    for (let waits = 0; waits < 500; waits += 1) {
      await this.turn();
      if (!this.#endNext(this.#nowMs + DAYS_MS)) return;
    }
    throw new Error("somebody waits again and again, and nothing comes of it");
  }
}
