/** The cutting of byte streams: whatever the chunks, the frames are those that a plain parser sees. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { FrameError, LineSplitter, ListSplitter } from "../../../src/kube/frames.ts";

/** Cuts bytes at arbitrary places, also within a character. */
function chunksOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  for (let turn = 0; from < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return chunks;
}

function linesOf(text: string, sizes: readonly number[] = [text.length + 1]): string[] {
  const splitter = new LineSplitter();
  return chunksOf(Buffer.from(text), sizes).flatMap((chunk) => [...splitter.push(chunk)].map(String));
}

function splitList(
  text: string,
  sizes: readonly number[] = [Buffer.byteLength(text) + 1],
): { items: unknown[]; envelope: unknown; head: string } {
  const splitter = new ListSplitter();
  const items = chunksOf(Buffer.from(text), sizes).flatMap((chunk) =>
    [...splitter.push(chunk)].map((item): unknown => JSON.parse(item.toString())),
  );
  return { items, envelope: splitter.end(), head: splitter.head() };
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const hostileText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"items":[', '\\"items\\":[', "{[", "]}", "\\", '\\\\"', "\u2028", "\u0000", "items", ',{"items": ['),
);
const member = fc.oneof(fc.jsonValue({ stringUnit: "binary" }), hostileText, fc.dictionary(hostileText, hostileText));

describe("lines of a watch", () => {
  test("are found across chunks, blank ones left out", () => {
    expect(linesOf('{"a":1}\n\n \r\n{"b":2}\n', [3])).toEqual(['{"a":1}', '{"b":2}']);
  });

  test("are the same for every chunking", async () => {
    await fc.assert(
      fc.property(fc.array(member), chunkSizes, (values, sizes) => {
        const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
        expect(linesOf(text, sizes)).toEqual(values.map((value) => JSON.stringify(value)));
      }),
    );
  });

  test("that were cut off are told, and not handed out", () => {
    const splitter = new LineSplitter();
    expect([...splitter.push(Buffer.from('{"a":1}\n{"b"'))].map(String)).toEqual(['{"a":1}']);
    expect(splitter.endedWithinLine()).toBe(true);
    expect(new LineSplitter().endedWithinLine()).toBe(false);
  });

  test("beyond the cap are refused before they fill the memory", () => {
    const splitter = new LineSplitter(10);
    expect([...splitter.push(Buffer.from("123456"))]).toEqual([]);
    expect(() => [...splitter.push(Buffer.from("78901"))]).toThrow("a line of the watch is larger than 10 bytes");
  });

  test("of many small chunks are not copied again with each of them", () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(100, "x");
    const start = performance.now();
    let early = 0;
    for (let count = 0; count < 200_000; count += 1) early += [...splitter.push(chunk)].length;
    expect(early).toBe(0);
    expect([...splitter.push(Buffer.from("\n"))].map((line) => line.length)).toEqual([20_000_000]);
    // Copying all that came before with each chunk would move 2 TB.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("items of a list", () => {
  test("are found as Go writes built-in objects: the kind first", () => {
    const text =
      '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"x"},"items":[{"a":[1,{"b":"]},"}]},{"c":2}]}\n';
    expect(splitList(text, [5])).toEqual({
      items: [{ a: [1, { b: "]}," }] }, { c: 2 }],
      envelope: { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "7", continue: "x" }, items: [] },
      head: '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"x"},"items":[',
    });
  });

  test("are found as custom resources are written: the items before the kind", () => {
    const { items, envelope } = splitList('{"apiVersion":"g/v1","items":[{"kind":"A"}],"kind":"AList","metadata":{"resourceVersion":"7"}}');
    expect(items).toEqual([{ kind: "A" }]);
    expect(envelope).toMatchObject({ kind: "AList", metadata: { resourceVersion: "7" } });
  });

  test.each([
    ["none", '{"items":[]}', []],
    ["none, with white space", '{ "items" : [ \n ] }', []],
    ["null", '{"items":null}', []],
    ["missing", '{"kind":"AList"}', []],
    ["scalars", '{"items":[1, "a,]" ,null,true]}', [1, "a,]", null, true]],
    ["arrays", '{"items":[[],[[1]],{}]}', [[], [[1]], {}]],
    [
      "items within others",
      '{"metadata":{"items":[1]},"other":[{"items":[2]}],"text":"\\"items\\":[","items":[{"items":[3]}]}',
      [{ items: [3] }],
    ],
  ])("may be %s", (_, text, wanted) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(splitList(text, [size]).items).toEqual(wanted);
  });

  test("and the envelope equal what JSON.parse sees, for each list, position, spacing and chunking", async () => {
    await fc.assert(
      fc.property(
        fc.array(member, { maxLength: 8 }),
        fc.dictionary(hostileText, member, { maxKeys: 4 }),
        fc.dictionary(hostileText, member, { maxKeys: 4 }),
        fc.constantFrom(undefined, 2, "\t\r\n "),
        chunkSizes,
        (items, before, after, space, sizes) => {
          const { items: _one, ...front } = before;
          const { items: _two, ...back } = after;
          const list = { ...front, items, ...Object.fromEntries(Object.entries(back).filter(([key]) => !(key in front))) };
          const text = JSON.stringify(list, undefined, space);
          const parsed: unknown = JSON.parse(text);
          const split = splitList(text, sizes);
          expect(split.items).toEqual(JSON.parse(JSON.stringify(items)));
          expect(split.envelope).toEqual({ ...(parsed instanceof Object ? parsed : {}), items: [] });
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["cut within an item", '{"items":[{"a":1'],
    ["cut behind an item", '{"items":[{"a":1}'],
    ["cut behind the items", '{"items":[{"a":1}]'],
    ["cut within a string", '{"kind":"A'],
    ["with an empty item", '{"items":[{},,{}]}'],
    ["with a comma at the end", '{"items":[{},]}'],
    ["with the wrong bracket", '{"items":[{}}}'],
    ["followed by something else", '{"items":[]} {"items":[]}'],
    ["that are no JSON", "<html>upstream error</html>"],
    ["that are nothing", ""],
  ])("in a list %s are an error, never a shorter list", (_, text) => {
    for (const size of [1, 4, 1000]) expect(() => splitList(text, [size])).toThrow(FrameError);
  });

  test("beyond the cap are refused", () => {
    const splitter = new ListSplitter("items", 10);
    expect(() => [...splitter.push(Buffer.from('{"items":["12345678901"]}'))]).toThrow("an item of the list is larger than 10 bytes");
  });
});
