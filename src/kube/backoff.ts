/** How long to wait before the next try. Sleeps for nobody and decides nothing else. */

/** Times of a back-off, in milliseconds. */
export interface BackoffTimings {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** 1 means: up to twice as long, at random, so that replicas and kinds do not come back in step. */
  readonly jitter: number;
  /** A failure that comes so long after the last one starts at the first step again. */
  readonly resetMs: number;
}

/**
 * client-go's figures [1]: 15 to 16 tries in an outage of five minutes. But for the last, two minutes there: a balancer that ends each idle
 * connection after a minute, as many do, is no outage, and would leave us blind half of the time. Longer than a request that nobody answers.
 * [1] k8s.io/client-go, tools/cache/reflector.go, NewReflectorWithOptions
 */
export const BACKOFF: BackoffTimings = { firstMs: 800, factor: 2, capMs: 30_000, jitter: 1, resetMs: 40_000 };

/** No server, and no gateway before it, may keep us from asking for longer. */
const MOST_ASKED_MS = 120_000;

export class Backoff {
  readonly #timings: BackoffTimings;
  readonly #random: () => number;
  #stepMs: number;
  #quietSinceMs = Number.NEGATIVE_INFINITY;

  constructor(timings: BackoffTimings, random: () => number = Math.random) {
    this.#timings = timings;
    this.#random = random;
    this.#stepMs = timings.firstMs;
  }

  /**
   * @param nowMs a monotonic time: the wall clock may jump
   * @param atLeastMs what the server asked for; two minutes are the most that is believed
   * @returns milliseconds to wait
   */
  next(nowMs: number, atLeastMs = 0): number {
    const { firstMs, factor, capMs, jitter, resetMs } = this.#timings;
    if (nowMs - this.#quietSinceMs > resetMs) this.#stepMs = firstMs;
    const delayMs = Math.max(Math.min(atLeastMs, MOST_ASKED_MS), this.#stepMs) * (1 + jitter * this.#random());
    this.#stepMs = Math.min(capMs, this.#stepMs * factor);
    // The wait itself is no time without failure.
    this.#quietSinceMs = nowMs + delayMs;
    return delayMs;
  }
}
