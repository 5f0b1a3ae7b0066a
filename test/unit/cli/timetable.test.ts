/** `flux-migration timetable`: where a day stands in each edition, and what two editions say differently. */
import { afterEach, expect, jest, test } from "@jest/globals";
import { differencesText, timetableText, timetableWide } from "../../../src/cli/print-timetable.ts";
import { program } from "../../../src/cli/program.ts";
import { builtInData } from "../../../src/data/built-in-data.ts";
import { differences } from "../../../src/timetable/differences.ts";
import { withDates } from "../../../src/timetable/fill-dates.ts";
import { wholeTimetable } from "../../../src/timetable/whole.ts";

const { editions, reference } = builtInData();
function edition(name: string) {
  const found = editions.get(name);
  if (!found) throw new Error(`edition ${name}`);
  return found;
}
const whole = (name: string, day: string) => wholeTimetable(edition(name), reference.after, new Date(`${day}T00:00:00Z`));
const plain = (text: string) => text;
/** First column of the row that is marked. */
const here = (name: string, day: string) => /^(?:(\S+) .*)?<- you are here/m.exec(timetableText(whole(name, day), plain))?.[1];

test.each([
  ["2022-09-20", "2020-10-05", undefined],
  ["2022-09-20", "2020-10-06", "1"],
  ["2022-09-20", "2021-06-29", "2"],
  ["2022-09-20", "2021-06-30", "3"],
  ["2021-06-28", "2021-06-29", "3"],
  ["2022-09-20", "2023-07-04", "5"],
  ["2022-09-20", "2026-11-25", "after"],
  // Rows without a date never come, and what came after the last row waits for it.
  ["2021-06-28", "2026-11-25", "3"],
])("edition %s on %s: row %s", (name, day, row) => expect(here(name, day)).toBe(row));

test("the table as it looks", () => {
  expect(timetableText(whole("2022-09-20", "2021-03-01"), (text) => `<b>${text}</b>`)).toBe(
    `Flux migration and support timetable, edition 2022-09-20

ROW     DATE         FLUX 1                        FLUX 2 CLI           GITOPS TOOLKIT
1       2020-10-06   Maintenance                   Development          Alpha
<b>2       2021-02-18   PartialMigration              FeatureParity        Beta *                  <- you are here, 2021-03-01</b>
3       2021-06-30   Superseded                    NeedsTesting         BetaProductionReady
4       2022-05-01   MigrationAndSecuritySupport   Beta                 BetaProductionReady
5       2022-11-01   Archived                      ReleaseCandidate     StableProductionReady
after   2023-07-05   Archived                      GenerallyAvailable   StableProductionReady
* image-automation-controller, image-reflector-controller: Alpha

ON 2021-03-01   PHASE              SINCE        NEXT
Flux1           PartialMigration   2021-02-18   Superseded, 2021-06-30
Flux2CLI        FeatureParity      2021-02-18   NeedsTesting, 2021-06-30
GitOpsToolkit   Beta               2021-02-18   BetaProductionReady, 2021-06-30`,
  );
});

test("wide says what each row says", () => {
  const text = timetableWide(whole("2022-09-20", "2022-12-01"), plain);
  for (const row of edition("2022-09-20").rows)
    for (const { text: statement } of row.Flux1.statements) expect(text).toContain(`    ${statement}`);
  expect(text).toContain("Row 5, from 2022-11-01   <- you are here, 2022-12-01\n  Flux1: Archived (Archived)\n");
});

test("wide says what the footnotes say, and what an exception says", () => {
  const text = timetableWide(whole("2021-06-28", "2021-07-01"), plain);
  expect(text).toContain("  GitOpsToolkit: All Beta, Production Ready (BetaProductionReady) [3]\n");
  expect(text).toContain(
    "    image-automation-controller, image-reflector-controller: Image Automation Alpha (Alpha)\n      Image automation is",
  );
  expect(text).toContain(`
[3] Custom resource definitions at these API versions, and their controllers, count as stable and fit for production.
    A later change that breaks a beta definition comes with a way to convert its objects.
    API versions: v1beta1, v2beta1
`);
});

test("the mark follows the last row where that has a date behind the events that wait for it", () => {
  const last = edition("2022-09-20");
  const late = { ...last, rows: last.rows.map((row) => (row.row === 5 ? { ...row, date: "2027-01-01" } : row)) };
  const marked = (day: string) => wholeTimetable(late, reference.after, new Date(day)).rows.find((row) => row.here)?.row;
  expect([marked("2025-01-01"), marked("2026-12-31"), marked("2027-01-01")]).toEqual([4, 4, "after"]);
});

test("an event that would turn a phase back is no row, and the mark stays at the last row", () => {
  const filled = withDates(edition("2021-06-28"), { "4": "2022-05-01", "5": "2022-11-01" });
  if (!filled.ok) throw new Error(filled.problems.join("\n"));
  const { rows, phases } = wholeTimetable(filled.edition, reference.after, new Date("2026-11-25"));
  const marked = rows.find((row) => row.here);
  expect(rows.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5]);
  expect([marked?.row, marked?.tracks.Flux2CLI?.phase, phases.Flux2CLI.phase]).toEqual([5, "ContinuedDevelopment", "ContinuedDevelopment"]);
});

test("editions differ where the page was changed", () => {
  const found = differences(edition("2021-06-28"), edition("2021-06-30"));
  expect(found).toEqual([{ row: 3, track: "date", what: "date", before: "2021-06-29", after: "2021-06-30" }]);
  expect(differencesText("2021-06-28", "2021-06-30", found)).toContain("Row 3, date\n  - 2021-06-29\n  + 2021-06-30");
  const later = differences(edition("2021-06-30"), edition("2022-09-20"));
  expect(later).toContainEqual({ row: 5, track: "date", what: "date", before: "TBD", after: "2022-11-01" });
  expect(later).toContainEqual({ row: 4, track: "Flux2CLI", what: "phase", before: "GenerallyAvailable", after: "Beta" });
});

test("editions differ where a footnote was changed", () => {
  const found = differences(edition("2021-06-28"), edition("2022-09-20")).filter((difference) => "footnote" in difference);
  expect(differencesText("2021-06-28", "2022-09-20", found)).toBe(`Edition 2021-06-28 (-) and edition 2022-09-20 (+)

Footnote 3, API versions
  - v1beta1, v2beta1
  + v1beta1, v1beta2, v2beta1, v2beta2`);
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** What is printed; rejected with what is wrong with the words. */
async function printed(...words: string[]): Promise<string> {
  const out = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  jest.spyOn(process.stderr, "write").mockReturnValue(true);
  await program(() => {}).parseAsync(["timetable", ...words], { from: "user" });
  return out.mock.calls.map(([text]) => String(text)).join("");
}

test("options behind diff are those of diff, and options before it are refused", async () => {
  const [from, to] = ["2021-06-28", "2021-06-30"];
  const json: unknown = JSON.parse(await printed("diff", from, to, "-o", "json"));
  expect(json).toEqual([{ row: 3, track: "date", what: "date", before: "2021-06-29", after: "2021-06-30" }]);
  await expect(printed("diff", from, to, "--data-folder", "/nonexistent")).rejects.toThrow("/nonexistent cannot be read");
  await expect(printed("diff", "--output=wide", from, to)).rejects.toThrow("Allowed choices are table, json");
  await expect(printed("-o", "json", "diff", from, to)).rejects.toThrow("--output before diff says nothing about a difference");
});

test("the way back says the same, and an edition is like itself", () => {
  const there = differences(edition("2021-03-24"), edition("2022-09-20")).filter(({ what }) => what !== "statement");
  const back = differences(edition("2022-09-20"), edition("2021-03-24")).filter(({ what }) => what !== "statement");
  expect(back.map(({ before, after, ...rest }) => ({ ...rest, before: after, after: before }))).toEqual(there);
  for (const [name, one] of editions)
    expect(differencesText(name, name, differences(one, one))).toBe(`Editions ${name} and ${name} say the same.`);
});
