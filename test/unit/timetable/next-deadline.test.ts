import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { DEADLINE_KINDS, type Deadline, nextDeadline } from "../../../src/timetable/next-deadline.ts";
import { at } from "./config-data.ts";

const row5: Deadline = { kind: "Row", date: "2022-11-01", what: "row 5" };
const ignore: Deadline = { kind: "IgnoreEnd", date: "2022-10-31T23:30:00Z", what: "flux/flux ignored" };
const stale: Deadline = { kind: "DataStale", date: "2026-12-05", what: "release data as of 2026-08-07" };

test("the earliest after now; a date begins at 00:00 UTC", () => {
  expect(nextDeadline([stale, row5, ignore], at("2022-10-31"))).toBe(ignore);
  expect(nextDeadline([stale, row5, ignore], at("2022-10-31T23:30:00Z"))).toBe(row5);
  expect(nextDeadline([stale, row5, ignore], at("2022-10-31T23:59:59.999Z"))).toBe(row5);
  expect(nextDeadline([stale, row5, ignore], at("2022-11-01"))).toBe(stale);
  expect(nextDeadline([stale, row5, ignore], at("2026-12-05"))).toBeUndefined();
  expect(nextDeadline([], at("2022-11-01"))).toBeUndefined();
});

test("of equal ones the first given", () => {
  expect(nextDeadline([row5, { ...row5, what: "twin" }], at("2022-01-01"))).toBe(row5);
});

test("a date that is none is an error, never left out", () => {
  expect(() => nextDeadline([{ ...row5, date: "soon" }], at("2022-01-01"))).toThrow(
    new RangeError('deadline Row (row 5) is "soon"; want an ISO date or instant'),
  );
});

test("nothing lies between now and the next deadline", () => {
  const instant = fc.date({ min: at("2020-01-01"), max: at("2030-01-01"), noInvalidDate: true });
  const deadline = fc.record({
    kind: fc.constantFrom(...DEADLINE_KINDS),
    date: instant.map((date) => date.toISOString()),
    what: fc.constant("x"),
  });
  fc.assert(
    fc.property(fc.array(deadline), instant, (deadlines, now) => {
      const next = nextDeadline(deadlines, now);
      const later = deadlines.map(({ date }) => Date.parse(date)).filter((date) => date > now.getTime());
      expect(next && Date.parse(next.date)).toBe(later.length === 0 ? undefined : Math.min(...later));
    }),
  );
});
