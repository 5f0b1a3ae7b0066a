/** JSON as kubectl, jq and editors write it. */
import { describe, expect, test } from "@jest/globals";
import { cpuMilliseconds } from "../cpu-time.ts";
import { partsOf } from "../scan/scanned.ts";

/** `3 Deployment web`, or `7 Unread: why`. */
const read = (text: string) =>
  partsOf("a.json", text, () => true).map(
    (part) => `${part.line} ${part.at === "Object" ? nameOf(part.value) : `${part.at}: ${part.why}`}`,
  );

function nameOf(value: unknown): string {
  const { kind, metadata } = value as { kind: string; metadata: { name: string } };
  return `${kind} ${metadata.name}`;
}

describe("JSON", () => {
  const json = (name: string) => JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } });

  test("is read as YAML is, with escapes and tabs", () => {
    expect(read(`{\n\t"apiVersion": "apps\\/v1",\n\t"kind": "\\u0044eployment", "metadata": {"name": "a"}}`)).toEqual(["1 Deployment a"]);
  });

  test("values may follow each other", () => {
    expect(read(`${json("a")}\n${json("b")}${json("{c]")}\n`)).toEqual(["1 Deployment a", "2 Deployment b", "2 Deployment {c]"]);
    expect(read(`${json("a")}\n${json("b")}\n]`)[2]).toMatch(/^3 Unread: /);
  });
});

describe("JSON as an editor reads it", () => {
  const commented = '// "a" {\n{"apiVersion": "apps/v1", /* [ */ "kind": "Deployment",\n"metadata": {"name": "http://a/*"}, // "c"\n}';
  test("holds comments", () => {
    expect(read(commented)).toEqual(["2 Deployment http://a/*"]);
    expect(read("// settings: {\n{'a': 1, // [\n}")).toEqual([]);
    expect(read('// settings\n{"a": ]')).toEqual([expect.stringMatching(/^2 Unread: /)]);
  });
  test.each(["//", "/*", '"/', "/ "])("200,000 times %j are read in 500 ms", (part) => {
    expect(cpuMilliseconds(() => read(`{${part.repeat(200_000)}`))).toBeLessThan(500);
  });
});
