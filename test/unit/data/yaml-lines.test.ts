import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { lineFinder } from "../../../src/data/yaml-lines.ts";

const text = `# an edition
edition: "2021-06-28"
rows:
  - row: 1
    date: TBD
  - row: 2 # the next
    Flux1:
      phase: >-
        Folded
    list: [a, b]
`;

test.each([
  [["edition"], 2],
  [["rows"], 3],
  [["rows", 0], 4],
  [["rows", 0, "date"], 5],
  [["rows", 1, "row"], 6],
  [["rows", 1, "Flux1"], 7],
  [["rows", 1, "Flux1", "phase"], 8],
  [["rows", 1, "list", 1], 10],
  // What is missing is missing in its parent.
  [["rows", 1, "date"], 6],
  [["nothing", "of", "this"], 2],
])("%j stands in line %i", (path, line) => {
  expect(lineFinder(text)(path)).toBe(line);
});

test("JSON is YAML", () => {
  expect(lineFinder('{\n  "asOf": "x",\n  "minors": {\n    "2.9": {}\n  }\n}')(["minors", "2.9"])).toBe(4);
});

test("every data file of ours is read to its end", () => {
  const files = readdirSync("config", { recursive: true, encoding: "utf8" }).filter((name) => /\.(yaml|json)$/.test(name));
  expect(files.length).toBeGreaterThan(6);
  for (const file of files) expect(lineFinder(readFileSync(join("config", file), "utf8"))(["no such"])).toBeGreaterThan(0);
});

test("an empty text has one line", () => {
  expect(lineFinder("")(["a"])).toBe(1);
});
