import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { builtInData } from "../../../src/data/built-in-data.ts";

test("each action has a heading in docs/actions.md, in the order in which they win, and each heading an action", () => {
  const headings = [...readFileSync("docs/actions.md", "utf8").matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(builtInData().reference.advice.actions.map((action) => action.code));
});
