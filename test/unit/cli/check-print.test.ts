import { describe, expect, test } from "@jest/globals";
import { gravest, LEVELS, type Section } from "../../../src/check/finding.ts";
import { findingsJson, findingsText } from "../../../src/check/print-findings.ts";
import { CHECK_SETTINGS, milliseconds } from "../../../src/cli/check-options.ts";
import { SETTINGS } from "../../../src/cli/settings.ts";

const sections: Section[] = [
  { title: "data", findings: [{ level: "Good", at: "timetable", found: "edition 2022-09-20" }] },
  {
    title: "operator",
    findings: [
      { level: "Skipped", at: "Deployment of the operator", found: "may not be looked at" },
      { level: "Warning", at: "release data", found: "stale since 2026-12-05", next: "upgrade" },
      { level: "Failed", at: "CRD x", found: "is not installed", next: "apply it" },
      { level: "Unread", at: "Lease a/b", found: "403" },
    ],
  },
];

describe("findings", () => {
  test("are a line each, that says without colour what it is, and what to do below", () => {
    expect(findingsText(sections, (_level, text) => text)).toBe(
      [
        "► data",
        "✔ ok      timetable: edition 2022-09-20",
        "► operator",
        "- skipped Deployment of the operator: may not be looked at",
        "⚠ warning release data: stale since 2026-12-05",
        "          → upgrade",
        "✗ failed  CRD x: is not installed",
        "          → apply it",
        "✗ unread  Lease a/b: 403",
        "2 of 4 checks did not pass, 1 with a warning",
      ].join("\n"),
    );
  });

  test("have mark and word in the colour of their level", () => {
    const painted: string[] = [];
    findingsText(sections, (level, text) => {
      painted.push(`${level}:${text.trim()}`);
      return text;
    });
    expect(painted).toEqual(["Good:✔ ok", "Skipped:- skipped", "Warning:⚠ warning", "Failed:✗ failed", "Unread:✗ unread"]);
  });

  test("all good are one sum", () => {
    expect(findingsText(sections.slice(0, 1), (_level, text) => text)).toMatch(/\nall 1 checks passed$/);
  });

  test("for programs are one list and the gravest level", () => {
    expect(JSON.parse(findingsJson("0.1.0", sections))).toMatchObject({
      version: "0.1.0",
      result: "Unread",
      checks: [
        { section: "data", level: "Good", at: "timetable", found: "edition 2022-09-20" },
        { level: "Skipped" },
        { level: "Warning", next: "upgrade" },
        { level: "Failed" },
        { level: "Unread" },
      ],
    });
  });

  test("cannot steer a terminal, whatever the cluster put into them", () => {
    const text = "\u001b[2Jx\r\n✔ ok\u202e\u0000";
    const hostile: Section[] = [{ title: "status", findings: [{ level: "Good", at: text, found: text.repeat(1000), next: text }] }];
    const printed = findingsText(hostile, (_level, shown) => shown);
    expect(printed.split("\n")).toHaveLength(4);
    expect(printed).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(printed.length).toBeLessThan(10_000);
    expect(JSON.parse(findingsJson("0.1.0", hostile)).checks[0].found).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test.each(LEVELS.map((level, index) => [level, index] as const))("%s outweighs all before it", (level, index) => {
    const upTo = LEVELS.slice(0, index + 1).map((each) => ({ level: each, at: "", found: "" }));
    expect(gravest([{ title: "", findings: upTo }])).toBe(level);
  });
});

describe("options", () => {
  test("are settings that there are, once each", () => {
    expect(CHECK_SETTINGS.filter((name) => !(name in SETTINGS))).toEqual([]);
    expect(new Set(CHECK_SETTINGS).size).toBe(CHECK_SETTINGS.length);
  });

  test.each([
    ["10", 10_000],
    ["10s", 10_000],
    ["500ms", 500],
    ["2m", 120_000],
    ["35791m", 2_147_460_000],
  ])("--request-timeout %s is %i ms", (text, wanted) => {
    expect(milliseconds(text)).toBe(wanted);
  });

  test.each(["0", "0s", "", "-1", "1.5s", "10 s", "1h", "9999999"])("--request-timeout %j is refused", (text) => {
    expect(() => milliseconds(text)).toThrow("Want a duration");
  });
});
