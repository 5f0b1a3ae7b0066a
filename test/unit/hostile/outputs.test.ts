/** Hostile texts of a cluster through every output of this program, each read back by something that did not write it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { dump, load } from "js-yaml";
import * as z from "zod";
import { assess } from "../../../src/assess/assess.ts";
import { findingsJson, findingsText } from "../../../src/check/print-findings.ts";
import { createLog } from "../../../src/cli/log.ts";
import { statusRow, statusText } from "../../../src/cli/print-status.ts";
import { HOSTILE_CASES, HOSTILE_TEXTS, STEERING, STEERING_IN_LINES } from "../../hostile/texts.ts";
import { exposed, lines, metrics } from "../metrics/exposed.ts";
import { hostileSubject, textsIn } from "./cluster.ts";

/** A condition's message holds a server's refusal, which is the longest text there is. */
const LONGEST = 2 * 6 * 2048;

const NOW = new Date("2026-11-23T08:00:00Z");

/** A judgement is made once, and goes through all outputs. */
const judged = new Map<string, ReturnType<typeof assess>>();
const judge = (text: string) => {
  const known = judged.get(text) ?? assess(hostileSubject(text));
  judged.set(text, known);
  return known;
};

test("there are sixty of them, and none twice", () => {
  expect(HOSTILE_TEXTS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(HOSTILE_TEXTS.map(({ text }) => text)).size).toBe(HOSTILE_TEXTS.length);
});

describe.each(HOSTILE_CASES)("%s", (_, text) => {
  test("no text of the status, its conditions and its Events steers anything, or is endless", () => {
    const { status, changes } = judge(text);
    const texts = textsIn([status, changes]);
    expect(texts.filter((found) => STEERING.test(found))).toEqual([]);
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(LONGEST);
    expect(changes.map(({ reason }) => reason)).toContain("Flux1Detected");
    // The harmless part of the same cluster is there, whatever stands beside it.
    const names = (status.inventory?.components ?? []).map(({ workload }) => workload.name);
    expect(names).toEqual(expect.arrayContaining(["container", "arguments", "labels", "namespace"]));
  });

  test("the status is the same after JSON and YAML", () => {
    const { status } = judge(text);
    const stored: unknown = JSON.parse(JSON.stringify(status));
    expect(load(dump(stored))).toEqual(stored);
  });

  test("the table has its lines, and the row its cells", () => {
    const { status } = judge(text);
    const printed = statusText(status);
    expect(printed).not.toMatch(STEERING_IN_LINES);
    const conditions = status.conditions ?? [];
    const [header = "", row = "", blank, title, ...rest] = printed.split("\n");
    expect([header.split(/ {3,}/), row.split(/ {3,}/)]).toEqual([statusRow(status).header, statusRow(status).cells]);
    expect([blank, title?.split(/ {3,}/)]).toEqual(["", ["CONDITION", "STATUS", "REASON", "MESSAGE"]]);
    expect(rest.slice(0, conditions.length).map((line) => line.split(" ")[0])).toEqual(conditions.map(({ type }) => type));
    expect(rest[conditions.length]).toBe("");
  });

  test("findings are one line each, and the same in JSON", () => {
    const findings = [{ level: "Failed", at: text, found: text, next: text } as const];
    const printed = findingsText([{ title: "status", findings }], (_level, shown) => shown);
    expect([printed.split("\n").length, STEERING_IN_LINES.test(printed)]).toEqual([4, false]);
    const read = z
      .looseObject({ checks: z.array(z.record(z.string(), z.string())) })
      .parse(JSON.parse(findingsJson("0.1.0", [{ title: "status", findings }])));
    expect(textsIn(read).filter((found) => STEERING.test(found))).toEqual([]);
  });

  test("each series of the metrics is one line, with its labels", async () => {
    const told = metrics();
    told.stands(judge(text).status);
    const shown = await exposed(told);
    expect(lines(shown, "flux_migration_component_info").length).toBe(
      (judge(text).status.inventory?.components ?? []).filter(({ ignored }) => ignored === undefined).length,
    );
    expect(shown.samples.flatMap(({ labels }) => Object.values(labels)).filter((value) => STEERING.test(value))).toEqual([]);
  });
});

describe("the log", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hostile-log-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const written = (logFormat: "json" | "pretty") => {
    const file = join(folder, logFormat);
    const log = createLog({ logLevel: "info", logFormat }, () => NOW, file);
    for (const { text } of HOSTILE_TEXTS) log.warn(text, { object: text, nested: { [text.slice(0, 50)]: [text] } });
    return readFileSync(file, "utf8").trimEnd();
  };

  test("in JSON is one object a line, which says what was told", () => {
    const entries = written("json").split("\n");
    expect(entries).toHaveLength(HOSTILE_TEXTS.length);
    for (const entry of entries) {
      expect(STEERING.test(entry)).toBe(false);
      expect(JSON.parse(entry)).toMatchObject({
        level: 40,
        object: expect.any(String),
        nested: expect.any(Object),
        time: NOW.toISOString(),
      });
    }
    const plain = entries.map((entry) => z.looseObject({ object: z.string() }).parse(JSON.parse(entry)).object);
    expect(plain).toEqual(expect.arrayContaining(["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "__proto__", String.raw`a\u0000b`]));
    expect(Math.max(...entries.map(({ length }) => length))).toBeLessThan(4 * 6 * 8_192 * 1.1);
  });

  test("for readers opens each entry with its time, and nothing forges one", () => {
    const text = written("pretty");
    // Its own colours are off, as this is no terminal.
    expect(STEERING_IN_LINES.test(text)).toBe(false);
    expect(text.split("\n").filter((line) => /^\[08:00:00/.test(line))).toHaveLength(HOSTILE_TEXTS.length);
    expect(text.split("\n").filter((line) => !/^(\[08:00:00|\s)/.test(line))).toEqual([]);
  });
});
