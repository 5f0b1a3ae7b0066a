/** Durations of Go, as fluxd takes them, in the forms that the toolkit's CRDs take. */
import { expect, test } from "@jest/globals";
import { readGoDuration, toolkitDuration } from "../../../src/plan/go-duration.ts";

test.each([
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["+2s", 2_000],
  ["-2s", -2_000],
  ["1500us", 1.5],
  ["1500\u00b5s", 1.5],
  ["1500\u03bcs", 1.5],
  ["2000000ns", 2],
  ["0", 0],
])("%s is %d ms", (text, ms) => expect(readGoDuration(text)).toBeCloseTo(ms, 6));

test.each(["", "5", "m", "5 m", "5d", "1h-5m", "--5m", ".s", "5mx", "9999999h", "\u0665m"])("%j is none to Go", (text) => {
  expect(readGoDuration(text)).toBeUndefined();
});

test.each([
  ["1m30s", true, "1m30s"],
  ["2h", true, "2h"],
  ["2h", false, "120m"],
  ["1.5h", false, "90m"],
  [".5m", true, "30s"],
  ["+5m", true, "5m"],
  ["90s", false, "90s"],
  ["61001ms", false, "61001ms"],
  ["61001000us", true, "1m1s1ms"],
])("%s, hours %s: %s", (text, hours, wanted) => expect(toolkitDuration(text, hours)).toBe(wanted));

test.each(["0", "0s", "-5m", "10us", "soon"])("%s is no interval", (text) => expect(toolkitDuration(text, true)).toBeUndefined());
