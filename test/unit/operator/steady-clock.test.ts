/** The clock of judgements: it goes back for nobody who is put right by a little. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { steadyClock } from "../../../src/operator/steady-clock.ts";

const HOUR_MS = 3_600_000;
const NOON = Date.parse("2022-11-01T12:00:00Z");

describe("a steady clock", () => {
  let nowMs = NOON;
  let clock: (written?: Date) => Date;
  beforeEach(() => {
    nowMs = NOON;
    clock = steadyClock(() => new Date(nowMs));
  });
  const at = (ms: number, written?: number) => {
    nowMs = ms;
    return clock(written === undefined ? undefined : new Date(written)).getTime();
  };

  test("goes on, and stands where the machine's steps back, until that has caught up", () => {
    expect([NOON, NOON + 1, NOON - HOUR_MS, NOON - 23 * HOUR_MS, NOON + 2].map((ms) => at(ms))).toEqual([
      NOON,
      NOON + 1,
      NOON + 1,
      NOON + 1,
      NOON + 2,
    ]);
  });

  test("goes back by more than a day: it was wrong before, and for how long nobody knows", () => {
    at(NOON);
    expect(at(NOON - 25 * HOUR_MS)).toBe(NOON - 25 * HOUR_MS);
    expect(at(NOON - 24 * HOUR_MS)).toBe(NOON - 24 * HOUR_MS);
  });

  test("is never before what stands in the status: another replica may have a clock that is ahead", () => {
    expect(at(NOON, NOON + HOUR_MS)).toBe(NOON + HOUR_MS);
    expect(at(NOON + 1)).toBe(NOON + HOUR_MS);
    expect(at(NOON + 2 * HOUR_MS, NOON)).toBe(NOON + 2 * HOUR_MS);
  });

  test("does not believe a status that is more than a day ahead", () => {
    expect(at(NOON, NOON + 25 * HOUR_MS)).toBe(NOON);
  });
});
