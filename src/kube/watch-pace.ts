/**
 * When to stop listening for a moment. A change that comes alone costs a packet, its decryption and a wake-up, ten times what it costs among
 * others. Where much of a kind changes all the time, a watch that has caught up is left, and a second later another goes on from its
 * version: the server then sends what has gathered in pieces of 4 KB. Leaves and opens nothing itself.
 */

export interface PaceTimings {
  /** Milliseconds between two watches; what changes meanwhile is seen so much later. 0: none. */
  readonly pauseMs: number;
  /** Changes a second of which pauses are worth their cost, a connection and a request. */
  readonly busyPerSecond: number;
}

/** What has gathered fills the server's buffer again and again, whose pieces end anywhere; what happens now ends with its line. So many lines that
 *  came alone, one after the other, are the present. */
const PRESENT_LINES = 3;

/** So much time at least is judged at once, to be busy or not. */
const JUDGED_MS = 250;

export class WatchPace {
  readonly #timings: PaceTimings;
  #sinceMs: number;
  #lines = 0;
  #alone = 0;

  constructor(timings: PaceTimings, nowMs: number) {
    this.#timings = timings;
    this.#sinceMs = nowMs;
  }

  /**
   * Told of each piece that comes.
   * @param lines that ended in it
   * @param withinLine whether it ends within another one
   * @returns whether to leave the watch and pause
   */
  heard(lines: number, withinLine: boolean, nowMs: number): boolean {
    const { pauseMs, busyPerSecond } = this.#timings;
    this.#lines += lines;
    if (lines > 0) this.#alone = lines === 1 && !withinLine ? this.#alone + 1 : 0;
    // The pause itself counts: what has gathered in it is read at once.
    const passedMs = nowMs - this.#sinceMs;
    if (pauseMs === 0 || passedMs < JUDGED_MS || this.#alone < PRESENT_LINES) return false;
    const busy = this.#lines * 1000 >= busyPerSecond * passedMs;
    this.#sinceMs = nowMs;
    this.#lines = 0;
    this.#alone = 0;
    return busy;
  }
}
