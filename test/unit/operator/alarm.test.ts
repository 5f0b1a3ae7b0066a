import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Alarm, CLOCK_CHECK_MS } from "../../../src/operator/alarm.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe("the alarm", () => {
  let rung = 0;
  let looks = 0;
  /** What the wall clock is ahead of the timers. */
  let jumpMs = 0;
  let alarm: Alarm;

  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse("2026-11-23T00:00:00Z") });
    rung = 0;
    looks = 0;
    jumpMs = 0;
    alarm = new Alarm({
      clock: () => {
        looks += 1;
        return new Date(Date.now() + jumpMs);
      },
      ring: () => {
        rung += 1;
      },
    });
  });
  afterEach(() => {
    alarm.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const inMs = (ms: number) => new Date(Date.now() + jumpMs + ms);

  test.each([0, 1, 500, MINUTE - 1, MINUTE, MINUTE + 1, 90 * MINUTE])("rings once when %d ms have passed, and not before", (ms) => {
    alarm.set(inMs(ms));
    if (ms > 0) jest.advanceTimersByTime(ms - 1);
    if (ms > 0) expect(rung).toBe(0);
    jest.advanceTimersByTime(1);
    expect(rung).toBe(1);
    jest.advanceTimersByTime(DAY);
    expect(rung).toBe(1);
  });

  test("looks at the clock once a minute while the deadline is three years away, and rings on time", () => {
    alarm.set(inMs(3 * 365 * DAY));
    jest.advanceTimersByTime(60 * MINUTE);
    expect(rung).toBe(0);
    // Each look sets the next timer, which looks again: two a minute, however far the deadline is.
    expect(looks).toBeLessThanOrEqual(2 * 61);
    expect(looks).toBeGreaterThanOrEqual(60);
    jumpMs = 3 * 365 * DAY;
    jest.advanceTimersByTime(MINUTE);
    expect(rung).toBe(1);
  });

  test("a clock that jumps ahead is noticed within a minute", () => {
    alarm.set(inMs(40 * DAY));
    jumpMs = 41 * DAY;
    jest.advanceTimersByTime(CLOCK_CHECK_MS);
    expect(rung).toBe(1);
  });

  test("a clock that is set back does not ring before its time", () => {
    alarm.set(inMs(30_000));
    jumpMs = -10 * MINUTE;
    jest.advanceTimersByTime(10 * MINUTE);
    expect(rung).toBe(0);
    jest.advanceTimersByTime(30_000);
    expect(rung).toBe(1);
  });

  test("a new instant replaces the old one, and undefined rings never", () => {
    alarm.set(inMs(1_000));
    alarm.set(inMs(5_000));
    jest.advanceTimersByTime(4_999);
    expect(rung).toBe(0);
    alarm.set(undefined);
    jest.advanceTimersByTime(DAY);
    expect(rung).toBe(0);
  });

  test("rings no more once it is stopped", () => {
    alarm.set(inMs(1_000));
    alarm.stop();
    jest.advanceTimersByTime(DAY);
    expect(rung).toBe(0);
  });
});
