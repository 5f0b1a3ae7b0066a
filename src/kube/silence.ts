/**
 * Tells a dead watch from a quiet one. A server sends a bookmark every 60 s, but none for a kind that has not changed since the server
 * started [1]: there, silence is no sign of death. Ends a watch that fell silent; opens none.
 * [1] k8s.io/apiserver, pkg/storage/cacher/cacher.go, dispatchEvents; seen on 1.36.3
 */

import { ConnectionError } from "./errors.ts";

export interface SilenceTimings {
  /** Until the server accepts the watch. */
  readonly openDeadlineMs: number;
  /** Between two frames. */
  readonly readDeadlineMs: number;
}

/** Watches over one watch. */
export interface SilenceGuard {
  /** Aborted by the reflector, or here with a ConnectionError as its reason. */
  readonly signal: AbortSignal;
  opened(): void;
  heard(): void;
  clear(): void;
}

/**
 * @param expected true where the kind is known to be quiet: the deadline holds only from the first frame on
 * @param label of the request, for the error
 */
export function guardSilence(signal: AbortSignal, timings: SilenceTimings, expected: boolean, label: string): SilenceGuard {
  const silent = new AbortController();
  const { openDeadlineMs, readDeadlineMs } = timings;
  const give = (ms: number) =>
    setTimeout(() => silent.abort(new ConnectionError("Silent", `${label}: nothing was heard for ${ms / 1000} s`)), ms);
  let timer = give(openDeadlineMs);
  let counting = false;
  const startCounting = () => {
    clearTimeout(timer);
    timer = give(readDeadlineMs);
    counting = true;
  };
  return {
    signal: AbortSignal.any([signal, silent.signal]),
    opened: () => {
      if (expected) clearTimeout(timer);
      else startCounting();
    },
    heard: () => {
      if (counting) timer.refresh();
      else startCounting();
    },
    clear: () => clearTimeout(timer),
  };
}
