/** What is set aside is shown with its reason, and keeps the rule that it would have. */
import { expect, test } from "@jest/globals";
import { assess } from "../../../src/assess/assess.ts";
import { Baseline } from "../../../src/scan/baseline.ts";
import { readIgnore } from "../../../src/scan/ignore-annotation.ts";
import { printedStatus } from "../../../src/scan/judge-files.ts";
import type { Scanned } from "../../../src/scan/report.ts";
import { sarifReport } from "../../../src/scan/report-sarif.ts";
import { tableReport } from "../../../src/scan/report-table.ts";
import { setAsideIn } from "../../../src/scan/set-aside.ts";
import { fluxd, subject } from "../assess/subject-builder.ts";
import { scan, workload } from "./scanned.ts";

const ANNOTATED = { "a.yaml": workload({ annotations: { "flux-migration.dev/ignore": "until=2027-01-31; moves with the new cluster" } }) };
const KNOWN = { "a.yaml": workload() };

const baselined = scan(KNOWN, { baseline: new Baseline(printedStatus(scan(KNOWN).status), "known.json", (file) => file) });

const live = subject({ workloads: [fluxd()], spec: { ignore: [{ namespace: "flux", reason: "moves in May", until: "2027-01-31" }] } });
const { status } = assess(live);
const inCluster: Scanned = { name: "prod", status, unread: [], skipped: [], setAside: setAsideIn(status, live) };

const result = (scanned: Scanned): unknown => JSON.parse(sarifReport([scanned], "0.1.0"));

test.each([
  ["an annotation stands in the source", scan(ANNOTATED), "inSource", "moves with the new cluster (until 2027-01-31)"],
  ["the spec of a cluster's status stands elsewhere", inCluster, "external", "moves in May (until 2027-01-31)"],
  ["a baseline stands elsewhere", baselined, "external", "known since known.json as Critical"],
])("%s; the rule stays", (_, scanned, kind, justification) => {
  expect(result(scanned)).toMatchObject({
    runs: [
      {
        tool: { driver: { rules: [{ id: "MigrateNow" }] } },
        results: [
          {
            ruleId: "MigrateNow",
            level: "error",
            message: { text: expect.stringContaining("Flux 1 is archived") },
            suppressions: [{ kind, justification }],
          },
        ],
      },
    ],
  });
});

test.each([false, true])("a person reads the reason and the day (wide: %s)", (wide) => {
  const text = tableReport(scan(ANNOTATED), wide, (_, cell) => cell);
  expect(text.split("\n")).toContain("set aside a.yaml:1 fluxd flux/flux: moves with the new cluster (until 2027-01-31)");
});

test.each([
  "until: 2020-01-01; r",
  "Until=2020-01-01; r",
  "until =2020-01-01; r",
  "moves; until=2020-01-01",
  "until=2020-01-01",
  "until=2020-01-01; until=2030-01-01",
  "until 2026-12-31; moves",
  "until-2026-12-31; x",
  "untill=2026-12-31; moves",
  "till=2026-12-31; x",
])("%j means a last day that is not read: it ignores nothing", (text) => expect(readIgnore(text)).toMatchObject({ at: "Wrong" }));

test("a reason may speak of time", () => {
  expect(readIgnore("kept until the audit is over")).toEqual({ at: "Read", reason: "kept until the audit is over" });
  expect(readIgnore("until=2026-12-31; frozen until: v5")).toEqual({ at: "Read", until: "2026-12-31", reason: "frozen until: v5" });
});

test("an annotation of a megabyte is read at once, whatever it holds", () => {
  const blanks = " ".repeat(1_000_000);
  expect(readIgnore(`x${blanks}y`)).toMatchObject({ at: "Read", reason: expect.stringMatching(/^x +/) });
  expect(readIgnore(`until=2027-01-31${blanks};${blanks}moves`)).toEqual({ at: "Read", until: "2027-01-31", reason: "moves" });
  for (const nothing of [blanks, `until=2027-01-31;${blanks}`, `until=${blanks}`])
    expect(readIgnore(nothing)).toMatchObject({ at: "Wrong" });
});
