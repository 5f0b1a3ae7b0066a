/** A clock whose small steps back are not shown: the time of a judgement never un-does a phase. Keeps nothing beyond the process. */

/** A machine that is put right by less lagged or led a little. By more, it was wrong before, and what was judged then must not stand. */
const BELIEVED_MS = 24 * 60 * 60 * 1000;

export function steadyClock(clock: () => Date): () => Date {
  let latestMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock().getTime();
    latestMs = latestMs - nowMs > BELIEVED_MS ? nowMs : Math.max(latestMs, nowMs);
    return new Date(latestMs);
  };
}
