/** Rings when the wall clock passes an instant. Judges nothing: whoever is rung looks for itself. */

/** Timers run on a monotonic clock, so a jump of the wall clock is only seen by looking; setTimeout also overflows after 24.8 days. */
export const CLOCK_CHECK_MS = 60_000;

export interface AlarmOptions {
  clock: () => Date;
  ring: () => void;
  checkMs?: number;
}

export class Alarm {
  readonly #options: Required<AlarmOptions>;
  #instant: Date | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AlarmOptions) {
    this.#options = { checkMs: CLOCK_CHECK_MS, ...options };
  }

  /** Replaces what was set before; undefined rings never. An instant that has passed rings at once. */
  set(instant: Date | undefined): void {
    this.#instant = instant;
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#instant = undefined;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (!this.#instant) return;
    const waitMs = Math.max(0, this.#instant.getTime() - this.#options.clock().getTime());
    this.#timer = setTimeout(() => this.#check(), Math.min(waitMs, this.#options.checkMs));
  }

  #check(): void {
    if (!this.#instant) return;
    if (this.#options.clock().getTime() < this.#instant.getTime()) {
      this.#arm();
      return;
    }
    this.#instant = undefined;
    this.#options.ring();
  }
}
