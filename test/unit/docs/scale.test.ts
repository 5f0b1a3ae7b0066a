import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { COLUMN_NAMES, COLUMNS, goalOf } from "../../bench/figures.ts";

test("docs/scale.md says what each column of the benchmark is, and its goal", () => {
  const rows = [...readFileSync("docs/scale.md", "utf8").matchAll(/^\| `([A-Z0-9-]+)` \| (.+) \| (\S+) \|$/gm)];
  expect(rows.map(([, heading, meaning, goal]) => [heading, meaning, goal])).toEqual(
    COLUMN_NAMES.map((name) => [COLUMNS[name].heading, COLUMNS[name].meaning, String(goalOf(name) ?? "None")]),
  );
});
