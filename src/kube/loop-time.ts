/** How a reflector knows and passes time, so that five minutes of outage can be tried out in none. Decides no waits. */
import { setTimeout as sleep } from "node:timers/promises";

export interface LoopTime {
  /** Milliseconds of a clock that never jumps. */
  nowMs(): number;
  /** Resolves after so long, or as soon as the signal is aborted. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}

export const PROCESS_TIME: LoopTime = {
  nowMs: () => performance.now(),
  wait: (delayMs, signal) => sleep(delayMs, undefined, { signal }).catch(() => {}),
};
