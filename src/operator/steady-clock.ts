/** A clock whose small steps back are not shown: the time of a judgement never un-does a phase. Keeps nothing beyond the process. */

/** A machine that is put right by less lagged or led a little. By more, it was wrong before, and what was judged then must not stand. */
const BELIEVED_MS = 24 * 60 * 60 * 1000;

/**
 * @returns a clock that is given the latest time that stands in the status, whoever wrote it: the process before, or another replica, may
 *   have judged by a clock that is ahead of this one
 */
export function steadyClock(clock: () => Date): (written?: Date) => Date {
  let latestMs = Number.NEGATIVE_INFINITY;
  return (written) => {
    const nowMs = clock().getTime();
    const known = [latestMs, written?.getTime() ?? Number.NEGATIVE_INFINITY].filter((ms) => ms - nowMs <= BELIEVED_MS);
    latestMs = Math.max(nowMs, ...known);
    return new Date(latestMs);
  };
}
