/**
 * Notices that somebody else writes the same status again and again, as a second operator with other settings does, and gives way for
 * longer each time: two that correct each other at once would never end. Corrects a slip of a hand as before. Writes nothing itself.
 */
import { Backoff, type BackoffTimings } from "../kube/backoff.ts";

/** A person who tries something out is corrected at once; who comes again so often is no person, or one who means it. */
const CORRECTED_AT_ONCE = 3;

/** From some seconds, in which a process that is being replaced ends, to an hour; forgotten where nothing happened for two. */
const RIVALRY: BackoffTimings = { firstMs: 10_000, factor: 2, capMs: 3_600_000, jitter: 1, resetMs: 7_200_000 };

/** A write was not sent: somebody else has written over the last ones. */
export class Contested extends Error {
  override readonly name = "Contested";
  /** Until the next correction. */
  readonly delayMs: number;
  /** Whether this is the first pass that gives way this time. */
  readonly begins: boolean;

  constructor(name: string, delayMs: number, begins: boolean) {
    super(`${name}: somebody else writes this status as well; it is corrected again in ${Math.ceil(delayMs / 1000)} s`);
    this.delayMs = delayMs;
    this.begins = begins;
  }
}

export interface RivalryOptions {
  readonly timings?: BackoffTimings | undefined;
  /** Milliseconds since any moment; performance.now where not given. */
  readonly monotonic?: (() => number) | undefined;
}

/** Of one object. */
export class Rivalry {
  readonly #backoff: Backoff;
  readonly #forgetMs: number;
  readonly #now: () => number;
  #times = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** The version that was counted last: a write that failed is tried again, and is no new quarrel. */
  #counted: string | undefined;

  constructor({ timings = RIVALRY, monotonic }: RivalryOptions = {}) {
    this.#backoff = new Backoff(timings);
    this.#forgetMs = timings.resetMs;
    this.#now = monotonic ?? (() => performance.now());
  }

  /**
   * Asked before a write over what somebody else has put in the place of ours.
   * @param name of the object, for the error
   * @param resourceVersion that it is at
   * @throws Contested where the write has to wait
   */
  overwritten(name: string, resourceVersion: string): void {
    const nowMs = this.#now();
    if (nowMs < this.#untilMs) throw new Contested(name, this.#untilMs - nowMs, false);
    if (resourceVersion === this.#counted) return;
    if (nowMs - this.#lastMs > this.#forgetMs) this.#times = 0;
    this.#counted = resourceVersion;
    this.#lastMs = nowMs;
    this.#times += 1;
    if (this.#times <= CORRECTED_AT_ONCE) return;
    const delayMs = this.#backoff.next(nowMs);
    this.#untilMs = nowMs + delayMs;
    // The wait itself is no time without a quarrel.
    this.#lastMs = this.#untilMs;
    throw new Contested(name, delayMs, true);
  }
}
