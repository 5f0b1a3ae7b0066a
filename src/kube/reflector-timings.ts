/** The times and sizes of a reflector, with their reasons. */

import { BACKOFF, type BackoffTimings } from "./backoff.ts";
import type { PaceTimings } from "./watch-pace.ts";

/** Times in milliseconds. */
export interface ReflectorTimings extends PaceTimings {
  readonly pageObjects: number;
  readonly openDeadlineMs: number;
  readonly readDeadlineMs: number;
  readonly watchTimeoutMs: { readonly least: number; readonly most: number };
  readonly checkMs: { readonly least: number; readonly most: number };
  readonly backoff: BackoffTimings;
  readonly shortWatchMs: number;
  readonly notInstalledMs: number;
  readonly unauthorizedGraceMs: number;
}

export const REFLECTOR_TIMINGS: ReflectorTimings = {
  /** Fewer means more round trips, more means higher peaks of memory in the server; kubectl asks for the same [1]. [1] kubectl get --help, --chunk-size */
  pageObjects: 500,
  /** A server accepts a watch at once. */
  openDeadlineMs: 30_000,
  /** The server sends a bookmark every 60 s: who hears nothing for longer has lost the connection. */
  readDeadlineMs: 90_000,
  /** As client-go: spread, so that not all watches end together, and short, so that they move to another API server after a restart. */
  watchTimeoutMs: { least: 300_000, most: 600_000 },
  /** A right that was taken away is to be told of within a minute; one small list a kind is what it costs. */
  checkMs: { least: 30_000, most: 45_000 },
  backoff: BACKOFF,
  /** A watch that ends in good order so soon and without a word is no healthy one: opened again at once, it would be a storm. One that brought
   *  something is opened again as soon as this has passed. */
  shortWatchMs: 1_000,
  /** Nothing of ours is due within a second. */
  pauseMs: 1_000,
  /** A pause costs what some thirty changes cost that come alone. Few clusters are so busy, and only for a while: one that upgrades its nodes. */
  busyPerSecond: 100,
  judgedMs: 500,
  presentLines: 3,
  /** Longer than the back-off takes to forget a failure. */
  heldMs: 60_000,
  /** A kind that is not installed is looked for this often; whoever sees its CRD appear calls relist(). */
  notInstalledMs: 30_000,
  /** A token can be refused for some seconds after it was rotated, where the API server's clock is behind. */
  unauthorizedGraceMs: 60_000,
};

export function withDefaults(timings: Partial<ReflectorTimings> | undefined): ReflectorTimings {
  return { ...REFLECTOR_TIMINGS, ...timings };
}
