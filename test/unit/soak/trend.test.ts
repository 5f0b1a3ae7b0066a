/** That the verdict of `npm run soak` finds a leak, and finds none where there is none. */
import { describe, expect, test } from "@jest/globals";
import { seeded } from "../../soak/seeded.ts";
import { isConstant, type Sample, trendOf, verdictOn } from "../../soak/trend.ts";

const MB = 1e6;

/** One sample in 5 s, with noise of one megabyte either way. */
function series(minutes: number, valueAt: (hours: number) => number, noise = MB): Sample[] {
  const random = seeded(7);
  return Array.from({ length: minutes * 12 }, (_, index) => ({
    atMs: index * 5_000,
    value: valueAt((index * 5) / 3600) + noise * (2 * random() - 1),
  }));
}

describe("the heap", () => {
  test("that leaks 2 MB an hour is above 1 MB an hour, whatever the noise", () => {
    const trend = trendOf(series(120, (hours) => 30 * MB + 2 * MB * hours));
    expect(trend.slopePerHour / MB).toBeCloseTo(2, 0);
    expect(verdictOn(trend, MB)).toBe("Above");
  });

  test("that is steady, restless, or shrinks is below it", () => {
    expect(verdictOn(trendOf(series(120, () => 30 * MB)), MB)).toBe("Below");
    expect(verdictOn(trendOf(series(120, (hours) => 30 * MB + 0.5 * MB * hours)), MB)).toBe("Below");
    expect(verdictOn(trendOf(series(120, (hours) => 30 * MB - 2 * MB * hours)), MB)).toBe("Below");
  });

  test("of a minute tells nothing", () => {
    expect(verdictOn(trendOf(series(1, () => 30 * MB)), MB)).toBe("Unsure");
  });

  test("without noise has the slope of its line, and no error", () => {
    const trend = trendOf(series(60, (hours) => 3 * MB * hours, 0));
    expect(trend.slopePerHour).toBeCloseTo(3 * MB, 0);
    expect(trend.errorPerHour).toBeCloseTo(0, 0);
    expect(trend.hours).toBeCloseTo(1, 1);
  });
});

describe("a count", () => {
  test("that gains one socket in a run of ten minutes is not constant", () => {
    expect(isConstant(trendOf(series(10, (hours) => 12 + 12 * hours, 0.5)))).toBe(false);
  });

  test("that goes up and down is constant", () => {
    expect(isConstant(trendOf(series(10, () => 12, 4)))).toBe(true);
    expect(isConstant(trendOf(series(10, () => 12, 0)))).toBe(true);
  });
});

test("two samples, or many of one moment, have no trend", () => {
  expect(() => trendOf([{ atMs: 0, value: 1 }])).toThrow("1 samples have no trend");
  expect(() => trendOf(Array(3).fill({ atMs: 5, value: 1 }))).toThrow("of one moment");
});
