/**
 * When to stop listening for a moment. A change that comes alone costs a packet, its decryption and a wake-up, ten times what it costs among
 * others. Where much of a kind changes all the time, a watch that has caught up is left, and a second later another goes on from its
 * version: the server then sends what has gathered in pieces of 4 KB. Leaves and opens nothing itself.
 */

export interface PaceTimings {
  /** Milliseconds between two watches; what changes meanwhile is seen so much later. 0: none. */
  readonly pauseMs: number;
  /** Changes a second from which on pauses are worth their cost, a connection and a request. */
  readonly busyPerSecond: number;
  /** Milliseconds that are judged at once, at least, to be busy or not. */
  readonly judgedMs: number;
  /** What has gathered fills the server's buffer again and again, whose pieces end anywhere; what happens now ends with its line. So many
   *  lines that came alone, one after the other, are the present. */
  readonly presentLines: number;
  /** Milliseconds without pauses after a refusal, or after two in which nothing had gathered. */
  readonly heldMs: number;
}

/** Of one reflector, from watch to watch. */
export class WatchPace {
  readonly #timings: PaceTimings;
  #sinceMs = 0;
  #lines = 0;
  #alone = 0;
  #afterPause = false;
  /** Whether nothing had gathered in the last pause. */
  #inVain = false;
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(timings: PaceTimings) {
    this.#timings = timings;
  }

  get pauseMs(): number {
    return this.#timings.pauseMs;
  }

  /** A watch begins, and not after a pause. */
  begin(nowMs: number): void {
    this.#judgeFrom(nowMs, false);
  }

  /**
   * Told of each piece that comes.
   * @param lines that ended in it
   * @param settled whether nothing is left to be read: no rest of a line, no object by its name
   * @returns whether to leave the watch and pause
   */
  heard(lines: number, settled: boolean, nowMs: number): boolean {
    const { pauseMs, busyPerSecond, judgedMs, presentLines } = this.#timings;
    // What came long ago says nothing of now.
    if (nowMs - this.#sinceMs > 2 * (pauseMs + judgedMs)) this.#judgeFrom(nowMs, this.#afterPause);
    this.#lines += lines;
    if (lines > 0) this.#alone = lines === 1 && settled ? this.#alone + 1 : 0;
    // The pause itself counts: what has gathered in it is read at once.
    const passedMs = nowMs - this.#sinceMs;
    if (passedMs < judgedMs || this.#alone < presentLines || !settled) return false;
    const busy = this.#lines * 1000 >= busyPerSecond * passedMs;
    if (this.#afterPause) this.#judgePause(busy, nowMs);
    const pauses = busy && pauseMs > 0 && nowMs >= this.#heldUntilMs;
    this.#judgeFrom(nowMs, pauses);
    return pauses;
  }

  /** A watch that stands outlives what refuses a new one: each opening is a risk that a pause is not worth while it fails. */
  hold(nowMs: number): void {
    this.#heldUntilMs = nowMs + this.#timings.heldMs;
  }

  /**
   * Somebody in between may hand on line by line, in which nothing gathers: with pauses we would fall behind without end. Once it may have been
   * a lull.
   */
  #judgePause(busy: boolean, nowMs: number): void {
    if (!busy && this.#inVain) this.hold(nowMs);
    this.#inVain = !busy;
  }

  #judgeFrom(nowMs: number, afterPause: boolean): void {
    this.#sinceMs = nowMs;
    this.#lines = 0;
    this.#alone = 0;
    this.#afterPause = afterPause;
  }
}
