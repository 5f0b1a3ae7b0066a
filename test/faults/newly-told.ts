/** What a status tells in its history that the one before did not. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Transition } from "../../src/api/migration-status.ts";
import { HISTORY_LENGTH } from "../../src/assess/transitions.ts";

/**
 * By place, not by words: a second has room for several writes, and what stands twice in a history happened twice.
 *
 * @param before both with the newest first, as they are written
 * @returns the oldest first
 */
export function newlyTold(before: readonly Transition[], after: readonly Transition[]): Transition[] {
  const counts = Array.from(after.keys(), (index) => index);
  const fresh = counts.find((count) => goesOn(before, after, count)) ?? after.length;
  return after.slice(0, fresh).toReversed();
}

/** The last place may be kept for what was last told of Flux 1 (historyOf). */
function goesOn(before: readonly Transition[], after: readonly Transition[], count: number): boolean {
  const full = after.length === HISTORY_LENGTH;
  const kept = after.slice(count, full ? -1 : undefined);
  const fits = after.length === Math.min(HISTORY_LENGTH, count + before.length);
  return fits && isDeepStrictEqual(kept, before.slice(0, kept.length));
}
