import { expect, test } from "@jest/globals";
import { withDates } from "../../../src/timetable/fill-dates.ts";
import { edition } from "./config-data.ts";

const dates = (given: Record<string, string>, name = "2021-06-28") => {
  const result = withDates(edition(name), given);
  return result.ok ? result.edition.rows.map((row) => row.date) : result.problems;
};

test("dates go into rows that have none", () => {
  expect(dates({ "4": "2022-05-01", "5": "2022-11-01" })).toEqual(["2020-10-06", "2021-02-18", "2021-06-29", "2022-05-01", "2022-11-01"]);
  expect(dates({ "4": "2022-05-01" })).toEqual(["2020-10-06", "2021-02-18", "2021-06-29", "2022-05-01", "TBD"]);
  expect(dates({}, "2022-09-20")).toEqual(edition("2022-09-20").rows.map((row) => row.date));
});

test("the published edition stays as it was", () => {
  const published = edition("2021-06-28");
  withDates(published, { "4": "2022-05-01" });
  expect(published).toEqual(edition("2021-06-28"));
});

test.each<[string, Record<string, string>, string, string]>([
  ["an unknown row", { "6": "2022-05-01" }, "2021-06-28", 'spec.dates["6"]: row 6 is unknown; edition 2021-06-28 has rows 1 to 5'],
  [
    "a row number in other form",
    { "04": "2022-05-01" },
    "2021-06-28",
    'spec.dates["04"]: row 04 is unknown; edition 2021-06-28 has rows 1 to 5',
  ],
  [
    "a published date",
    { "3": "2022-05-01" },
    "2021-06-28",
    'spec.dates["3"]: row 3 has the date 2021-06-29 in edition 2021-06-28; only TBD rows take one: 4, 5',
  ],
  [
    "an edition without TBD",
    { "5": "2022-12-01" },
    "2022-09-20",
    'spec.dates["5"]: row 5 has the date 2022-11-01 in edition 2022-09-20; none of its rows is TBD',
  ],
  [
    "a row before it left out",
    { "5": "2022-11-01" },
    "2021-06-28",
    'spec.dates["5"]: row 4 has no date yet; a row may be dated only when all earlier rows are',
  ],
  [
    "a date in words",
    { "4": "May 1, 2022" },
    "2021-06-28",
    'spec.dates["4"] is "May 1, 2022"; want an ISO date of a day that exists (2022-11-01)',
  ],
  [
    "a day that does not exist",
    { "4": "2022-02-30" },
    "2021-06-28",
    'spec.dates["4"] is "2022-02-30"; want an ISO date of a day that exists (2022-11-01)',
  ],
  ["TBD", { "4": "TBD" }, "2021-06-28", 'spec.dates["4"] is "TBD"; want an ISO date of a day that exists (2022-11-01)'],
  [
    "before a published row",
    { "4": "2021-01-01" },
    "2021-06-28",
    'spec.dates["4"] is "2021-01-01"; want a day after 2021-06-29, the date of row 3',
  ],
  [
    "the day of the row before",
    { "4": "2022-05-01", "5": "2022-05-01" },
    "2021-06-28",
    'spec.dates["5"] is "2022-05-01"; want a day after 2022-05-01, the date of row 4',
  ],
])("refused: %s", (_, given, name, problem) => {
  expect(dates(given, name)).toEqual([problem]);
});

test("all problems at once", () => {
  expect(dates({ "1": "2020-01-01", "4": "soon", "9": "2030-01-01" })).toEqual([
    'spec.dates["1"]: row 1 has the date 2020-10-06 in edition 2021-06-28; only TBD rows take one: 4, 5',
    'spec.dates["9"]: row 9 is unknown; edition 2021-06-28 has rows 1 to 5',
    'spec.dates["4"] is "soon"; want an ISO date of a day that exists (2022-11-01)',
  ]);
});
