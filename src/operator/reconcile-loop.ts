/** Runs one pass at a time: at once when something changed and the last write is old enough, else as soon as it is. Knows no cluster. */
import { setTimeout as sleep } from "node:timers/promises";
import { Backoff, type BackoffTimings } from "../kube/backoff.ts";
import { messageOf } from "../kube/errors.ts";
import type { KubeLog } from "../kube/log.ts";
import { troubleOf } from "../kube/trouble.ts";

/** At most two writes a second, however fast a workload flaps; the last state wins. */
export const WRITE_INTERVAL_MS = 500;

/** From half a second to half a minute, spread so that replicas do not come back in step. */
const RETRY: BackoffTimings = { firstMs: 500, factor: 2, capMs: 30_000, jitter: 1, resetMs: 120_000 };

export interface ReconcileLoopOptions {
  /** @returns whether the next pass has to wait: something was written, or refused. Rejects where it must be tried again. */
  pass: () => Promise<boolean>;
  log: KubeLog;
  writeIntervalMs?: number;
  retry?: BackoffTimings;
}

export class ReconcileLoop {
  readonly #options: ReconcileLoopOptions;
  readonly #intervalMs: number;
  readonly #retry: Backoff;
  readonly #ended = new AbortController();
  #wanted = false;
  #running: Promise<void> | undefined;
  /** Set while a failed pass waits for its next try, and a change may cut that wait short. */
  #retrying: AbortController | undefined;
  /** Why the last pass failed, if it did. */
  #lastTrouble: string | undefined;
  /** Whether a change cut the wait after it short. */
  #hurried = false;
  #later: NodeJS.Timeout | undefined;
  #laterMs = Number.POSITIVE_INFINITY;
  #lastWriteMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReconcileLoopOptions) {
    this.#options = options;
    this.#intervalMs = options.writeIntervalMs ?? WRITE_INTERVAL_MS;
    this.#retry = new Backoff(options.retry ?? RETRY);
  }

  /** Asks for a pass. Many calls in one turn of the event loop are one pass. */
  wake(): void {
    this.#wanted = true;
    this.#retrying?.abort();
    if (this.#running || this.#ended.signal.aborted) return;
    this.#running = this.#run();
  }

  /** Asks for a pass some time from now; of several times the first counts. */
  wakeAfter(ms: number): void {
    const atMs = performance.now() + ms;
    if (this.#ended.signal.aborted || atMs >= this.#laterMs) return;
    clearTimeout(this.#later);
    this.#laterMs = atMs;
    this.#later = setTimeout(() => {
      this.#laterMs = Number.POSITIVE_INFINITY;
      this.wake();
    }, ms);
  }

  /** Waits for a pass that is under way; none begins afterwards. */
  async stop(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#later);
    await this.#running;
  }

  async #run(): Promise<void> {
    // Not in this turn: a list that has just come in tells of many objects, one after the other.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#wanted && !this.#ended.signal.aborted) {
      await this.#pause(this.#lastWriteMs + this.#intervalMs - performance.now());
      if (this.#ended.signal.aborted) break;
      this.#wanted = false;
      await this.#once();
    }
    // In the same turn as the last look at what is wanted: a call in between would be lost.
    this.#running = undefined;
  }

  async #once(): Promise<void> {
    try {
      if (await this.#options.pass()) this.#lastWriteMs = performance.now();
      this.#lastTrouble = undefined;
      this.#hurried = false;
    } catch (error) {
      if (!this.#ended.signal.aborted) await this.#retryLater(error);
    }
  }

  async #retryLater(error: unknown): Promise<void> {
    const failedMs = performance.now();
    const { reason, retryAfterMs: askedMs } = troubleOf(error) ?? { reason: "Other", retryAfterMs: 0 };
    const delayMs = Math.round(this.#retry.next(failedMs, askedMs));
    // The same trouble again is no news.
    const level = this.#lastTrouble === reason ? "debug" : "warn";
    this.#options.log[level]("the pass failed and will be tried again", { error: messageOf(error), delayMs });
    this.#lastTrouble = reason;
    this.#wanted = true;
    const change = new AbortController();
    // Whoever asked for patience is not asked sooner. A change cuts any other wait short, but not the next one too: changes can go on for ever.
    if (askedMs === 0 && !this.#hurried) this.#retrying = change;
    await this.#pause(delayMs, change.signal);
    this.#retrying = undefined;
    this.#hurried = change.signal.aborted;
    if (this.#hurried) await this.#pause(failedMs + this.#intervalMs - performance.now());
  }

  async #pause(ms: number, cut?: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    const signal = cut ? AbortSignal.any([this.#ended.signal, cut]) : this.#ended.signal;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
