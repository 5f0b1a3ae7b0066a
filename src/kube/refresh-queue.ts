/**
 * Objects that have to be read again, by name: each once however often it changed meanwhile, one after the other, and no more in a second
 * than the server should bear for workloads that anybody may create. Reads nothing itself.
 */
import type { LoopTime } from "./loop-time.ts";

/** Requests. A tenant that changes a Flux-like Deployment a thousand times a second makes us read it twenty times. */
export interface RefreshLimits {
  readonly perSecond: number;
  /** So many at once, after a while without any. */
  readonly burst: number;
  /** Where the queue has not been empty for so long, reading everything whole is cheaper. */
  readonly mostBusyMs: number;
  /** Names at once, of a list or while watching. More are cheaper to read whole: 200 reads take 1.5 ms each. */
  readonly mostNames: number;
}

export const REFRESH_LIMITS: RefreshLimits = { perSecond: 20, burst: 40, mostBusyMs: 60_000, mostNames: 200 };

/** More has to be read than the queue should bear. */
export class TooBusy extends Error {
  override readonly name = "TooBusy";
}

export interface RefreshQueueOptions {
  /** @param resourceVersion the answer must not be older */
  readonly refresh: (name: string, resourceVersion: string) => Promise<void>;
  /** Called each time that nothing is left to read. */
  readonly drained: () => void;
  /** Called once; the signal has to be aborted then. */
  readonly failed: (error: unknown) => void;
  readonly limits?: RefreshLimits;
  readonly signal: AbortSignal;
  readonly time: LoopTime;
}

export class RefreshQueue {
  readonly #options: RefreshQueueOptions;
  readonly #limits: RefreshLimits;
  readonly #due = new Map<string, string>();
  #current: string | undefined;
  #running = false;
  #run: Promise<void> = Promise.resolve();
  #tokens: number;
  #filledMs: number;
  #busySinceMs = 0;

  constructor(options: RefreshQueueOptions) {
    this.#options = options;
    this.#limits = options.limits ?? REFRESH_LIMITS;
    this.#tokens = this.#limits.burst;
    this.#filledMs = options.time.nowMs();
  }

  ask(name: string, resourceVersion: string): void {
    const { signal, failed } = this.#options;
    if (signal.aborted) return;
    this.#due.set(name, resourceVersion);
    if (this.#due.size > this.#limits.mostNames) {
      failed(new TooBusy(`more than ${this.#limits.mostNames} names have to be read again`));
      return;
    }
    if (this.#running) return;
    this.#running = true;
    this.#busySinceMs = this.#options.time.nowMs();
    this.#run = this.#readAll();
  }

  /** Whether a read of this name is due or under way. */
  has(name: string): boolean {
    return this.#current === name || this.#due.has(name);
  }

  idle(): boolean {
    return this.#current === undefined && this.#due.size === 0;
  }

  /** Resolves when nothing is left to read, or the queue has failed. */
  async rest(): Promise<void> {
    await this.#run;
  }

  async #readAll(): Promise<void> {
    const { signal, refresh, drained, failed, time } = this.#options;
    try {
      for (let next = this.#take(); next; next = this.#take()) {
        await this.#mayAsk();
        if (signal.aborted) return;
        // What was told while it waited is in the answer as well, if the answer is that new.
        const resourceVersion = this.#due.get(next.name) ?? next.resourceVersion;
        this.#due.delete(next.name);
        await refresh(next.name, resourceVersion);
        if (signal.aborted) return; // the answer may not have been handed over
        this.#current = undefined;
        if (this.#due.size === 0) drained();
        else if (time.nowMs() - this.#busySinceMs > this.#limits.mostBusyMs) throw new TooBusy("names have to be read again without end");
      }
    } catch (error) {
      if (!signal.aborted) failed(error);
    } finally {
      // In the same turn as the last look into the queue: a name that is asked for later must find it at rest.
      this.#running = false;
    }
  }

  #take(): { name: string; resourceVersion: string } | undefined {
    const [first] = this.#due;
    this.#current = first?.[0];
    if (!first) return undefined;
    this.#due.delete(first[0]);
    return { name: first[0], resourceVersion: first[1] };
  }

  async #mayAsk(): Promise<void> {
    const { perSecond, burst } = this.#limits;
    const { time, signal } = this.#options;
    const nowMs = time.nowMs();
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledMs) * perSecond) / 1000);
    this.#filledMs = nowMs;
    this.#tokens -= 1;
    if (this.#tokens < 0) await time.wait((-this.#tokens * 1000) / perSecond, signal);
  }
}
