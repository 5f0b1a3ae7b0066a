/** Each form of output, read back by a reader of its own: nothing that a manifest holds becomes more than text. */
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import type { Scanned } from "../../../src/scan/report.ts";
import { csvCell, csvReport } from "../../../src/scan/report-csv.ts";
import { githubReport } from "../../../src/scan/report-github.ts";
import { markdownReport, markdownText } from "../../../src/scan/report-markdown.ts";
import { sarifReport, uriOf } from "../../../src/scan/report-sarif.ts";
import { skippedReport, tableReport } from "../../../src/scan/report-table.ts";
import { HOSTILE } from "./hostile.ts";
import { scan, workload } from "./scanned.ts";

const plain = (_: string, text: string) => text;

/** Every text at every place where a manifest may put it, one scan a text. */
const hostile: Scanned[] = HOSTILE.map((text) =>
  scan({
    [`${text}.yaml`]: [
      workload({ name: text, namespace: text, image: `docker.io/fluxcd/flux:1.25.4` }),
      workload({ image: `fluxcd/flux${text}`, annotations: { "flux-migration.dev/ignore": text } }),
      workload({ name: "set-aside", annotations: { "flux-migration.dev/ignore": `until=2030-01-01; ${text}` } }),
      JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: text }, spec: { "fluxcd/flux": text } }),
    ].join("\n---\n"),
  }),
);

test("there is something to say of each", () => {
  for (const { status } of hostile) expect(status.inventory?.components?.length).toBeGreaterThan(0);
});

describe("terminal", () => {
  test.each(["table", "wide"])("%s holds printable characters alone, and no line opens with a command", (form) => {
    for (const scanned of hostile) {
      const text = `${tableReport(scanned, form === "wide", plain)}\n${skippedReport(scanned)}`;
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(text).not.toMatch(/^\s*::|##\w*\[/m);
    }
  });
  test("a long path keeps its line", () => {
    const file = `${"folder/".repeat(50)}a.yaml`;
    expect(tableReport(scan({ [file]: workload() }), false, plain)).toContain(`${file}:1\n`);
  });

  test("a long name does not push the rest away", () => {
    const longest = hostile.at(-1) ?? scan({});
    expect(longest.status.inventory?.components?.[0]?.workload.name.length).toBeLessThan(300);
    for (const line of tableReport(longest, false, plain).split("\n")) expect(line.length).toBeLessThan(2_500);
  });
});

describe("CSV", () => {
  /** RFC 4180, read strictly. */
  function parseCsv(text: string): string[][] {
    const rows: string[][] = [];
    for (const line of text.split("\r\n")) {
      const cells = Array.from(
        line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g),
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
      );
      rows.push(cells);
    }
    return rows;
  }
  test("has as many cells in each line, and none is a formula", () => {
    const rows = parseCsv(csvReport(hostile));
    const components = hostile.reduce((sum, { status }) => sum + (status.inventory?.components?.length ?? 0), 0);
    expect(rows).toHaveLength(components + 1);
    for (const row of rows) {
      expect(row).toHaveLength(16);
      for (const cell of row) expect(cell).not.toMatch(/^\s*[=+\-@\t\r|%]/);
    }
  });
  test.each([
    ["=1", `"'=1"`],
    ["a,b", '"a,b"'],
    ['"', '""""'],
    ["a", "a"],
  ])("%s is %s", (text, cell) => expect(csvCell(text)).toBe(cell));
});

describe("workflow commands of GitHub", () => {
  /** As the runner reads a line. Source: actions/runner, src/Runner.Common/ActionCommand.cs */
  function readCommand(line: string) {
    const [, info = "", message = ""] = /^::(.*?)::(.*)$/s.exec(line.trimStart()) ?? [];
    const [name = "", ...rest] = info.split(" ");
    const pairs = rest.join(" ").split(",");
    const properties = Object.fromEntries(pairs.map((pair) => [pair.split("=", 1)[0], plainText(pair.slice(pair.indexOf("=") + 1))]));
    return { name, properties, message: plainText(message) };
  }
  const plainText = (text: string) =>
    text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%25", "%");

  test("no text becomes a command, ends one, or adds to one", () => {
    for (const scanned of hostile) {
      const lines = githubReport([scanned]).split("\n");
      expect(lines.at(-1)).toMatch(/^flux-migration: \d+ to look at, \d+ not read(, \d+ skipped)?$/);
      const commands = lines.slice(0, -1);
      const counting = scanned.status.inventory?.components?.filter(({ severity, ignored }) => severity !== "None" && !ignored) ?? [];
      expect(commands).toHaveLength(counting.length + scanned.unread.length);
      for (const line of commands) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|##\w*\[/u);
        const { name, properties } = readCommand(line);
        expect(["error", "warning", "notice"]).toContain(name);
        expect(Object.keys(properties)).toEqual(["file", "line", "title"]);
        expect(properties.line).toMatch(/^\d+$/);
      }
    }
  });
  test("leads to the line with the runner's own words, and says how many there are", () => {
    const report = githubReport([scan({ "dir/a,b: 100%.yaml": `\n${workload()}\n---\nfluxcd/flux: [` })]);
    const [unread = "", found = "", told] = report.split("\n");
    expect(readCommand(unread)).toMatchObject({ name: "error", properties: { file: "dir/a,b: 100%.yaml", title: "Not read" } });
    expect(readCommand(found)).toEqual({
      name: "error",
      properties: { file: "dir/a,b: 100%.yaml", line: "2", title: "fluxd 1.25.4, Archived" },
      message: expect.stringMatching(/^flux\/flux: Flux 1 is archived since 2022-11-01/),
    });
    expect(told).toBe("flux-migration: 1 to look at, 1 not read");
  });
  test("what is ignored is not annotated", () => {
    expect(githubReport([scan({ a: workload({ annotations: { "flux-migration.dev/ignore": "a museum" } }) })])).toBe(
      "flux-migration: 0 to look at, 0 not read",
    );
  });
});

describe("Markdown", () => {
  test("every row has its cells, and no text becomes markup", () => {
    for (const scanned of hostile) {
      const lines = markdownReport([scanned]).split("\n");
      const rows = lines.filter((line) => line.startsWith("|"));
      expect(rows.length).toBe((scanned.status.inventory?.components?.length ?? 0) + 2);
      for (const row of rows) expect(row.split("|")).toHaveLength(10);
      expect(
        lines
          .slice(1)
          .join("\n")
          .replaceAll(/&#\d+;/g, ""),
      ).not.toMatch(/[<>`*_[\]\\~@!]/);
    }
  });
  test("nothing becomes a link that GitHub would make of a bare address", () => {
    for (const text of ["https://evil.example", "HTTP://x", "www.evil.example", "see WWW.evil.example"])
      expect(markdownText(text)).not.toMatch(/:\/\/|www\./i);
  });
  test("what was replaced reads back as it was", () => {
    const back = (text: string) => text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    for (const text of ["<b>", "a|b", "`x`", "[a](b)", "@all #1", "ä 漢 1.2-3", "https://www.x"])
      expect(back(markdownText(text))).toBe(text);
  });
});

describe("SARIF", () => {
  const Text = z.strictObject({ text: z.string().min(1) });
  const Uri = z.string().regex(/^(file:\/\/\/)?(?:[A-Za-z0-9\-._~!'()*/]|%[0-9A-F]{2})*$/, "a reference without anything to encode");
  const Physical = z.strictObject({
    artifactLocation: z.strictObject({ uri: Uri }),
    region: z.strictObject({ startLine: z.int().min(1) }),
  });
  const Location = z.strictObject({
    physicalLocation: Physical.optional(),
    logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string(), kind: z.literal("resource") })).optional(),
  });
  const Level = z.enum(["none", "note", "warning", "error"]);
  /** The parts of the schema of 2.1.0 that are used here; a property that the schema does not know is refused. */
  const Sarif = z.strictObject({
    $schema: z.url(),
    version: z.literal("2.1.0"),
    runs: z
      .array(
        z.strictObject({
          tool: z.strictObject({
            driver: z.strictObject({
              name: z.string().min(1),
              version: z.string(),
              informationUri: z.url(),
              rules: z.array(z.strictObject({ id: z.string(), name: z.string(), shortDescription: Text, help: Text, helpUri: z.url() })),
            }),
          }),
          columnKind: z.literal("utf16CodeUnits"),
          invocations: z.array(
            z.strictObject({
              executionSuccessful: z.boolean(),
              toolExecutionNotifications: z.array(z.strictObject({ level: Level, message: Text, locations: z.array(Location) })),
            }),
          ),
          results: z.array(
            z.strictObject({
              ruleId: z.string(),
              ruleIndex: z.int().min(0),
              level: Level,
              message: Text,
              locations: z.array(Location).min(1),
              partialFingerprints: z.record(z.string(), z.string()),
              suppressions: z.array(z.strictObject({ kind: z.enum(["inSource", "external"]), justification: z.string() })).optional(),
            }),
          ),
        }),
      )
      .length(1),
  });
  const read = (...scanned: Scanned[]) => Sarif.parse(JSON.parse(sarifReport(scanned, "0.1.0"))).runs[0];

  test("is valid, whatever a manifest holds", () => {
    const run = read(...hostile);
    expect(run?.results.length).toBeGreaterThan(HOSTILE.length);
    for (const { message, ruleId, ruleIndex } of run?.results ?? []) {
      expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(message.text).not.toMatch(/(?<!\\)\[[^\]]*[^\\]\]\(/);
    }
  });
  test("leads to the line, and says how grave it is", () => {
    const run = read(scan({ "dir/a b.yaml": `\n${workload()}\n---\nfluxcd/flux: [` }));
    expect(run?.results.map(({ level, ruleId, locations }) => [level, ruleId, locations[0]?.physicalLocation])).toEqual([
      ["error", "MigrateNow", { artifactLocation: { uri: "dir/a%20b.yaml" }, region: { startLine: 2 } }],
    ]);
    expect(run?.invocations[0]?.executionSuccessful).toBe(false);
    expect(run?.invocations[0]?.toolExecutionNotifications).toHaveLength(1);
  });
  test("what is ignored is suppressed, with its reason", () => {
    const run = read(scan({ a: workload({ annotations: { "flux-migration.dev/ignore": "until=2030-01-01; a museum" } }) }));
    expect(run?.results[0]?.suppressions).toEqual([{ kind: "inSource", justification: "a museum (until 2030-01-01)" }]);
  });
  test.each([
    ["a/b.yaml", "a/b.yaml"],
    ["/tmp/x.yaml", "file:///tmp/x.yaml"],
    ["//host/x", "file:///host/x"],
    ["a:b", "a%3Ab"],
    ["a\\b", "a/b"],
    ["é\u001b%", "%C3%A9%1B%25"],
    ["\ud800", "%EF%BF%BD"],
  ])("%j as an address", (file, uri) => expect(uriOf(file)).toBe(uri));
});
