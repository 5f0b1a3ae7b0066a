import { describe, expect, test } from "@jest/globals";
import { parseExposition } from "./text-format.ts";

const HEAD = "# HELP a_b What it is.\n# TYPE a_b gauge\n";

describe("the reader of the text format", () => {
  test("reads labels with every escape, and values of every form", () => {
    const { samples, types, helps } = parseExposition(`${HEAD}a_b 1.5e-7\na_b{x="1",y="a\\\\b\\"c\\nd,}{="} +Inf\n`);
    expect(samples).toEqual([
      { name: "a_b", labels: {}, value: 1.5e-7 },
      { name: "a_b", labels: { x: "1", y: 'a\\b"c\nd,}{=' }, value: Number.POSITIVE_INFINITY },
    ]);
    expect([...types, ...helps]).toEqual([
      ["a_b", "gauge"],
      ["a_b", "What it is."],
    ]);
  });

  test.each([
    ["a line that a label broke", `${HEAD}a_b{x="1\n"} 1\n`],
    ["an escape that is none", `${HEAD}a_b{x="\\u001b"} 1\n`],
    ["a label that comes twice", `${HEAD}a_b{x="1",x="2"} 1\n`],
    ["a series that comes twice", `${HEAD}a_b{x="1"} 1\na_b{x="1"} 1\n`],
    ["a quote that is not escaped", `${HEAD}a_b{x="1"2"} 1\n`],
    ["a family without a type", "a_b 1\n"],
    ["no value", `${HEAD}a_b NaN?\n`],
    ["no end", `${HEAD}a_b 1`],
  ])("refuses %s", (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
