/** The kept set: what counts as a change, and that a new list replaces the old one whole. */
import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { type Kept, KeptSet, keyOf } from "../../../src/kube/kept-set.ts";

const kept = (value: unknown, resourceVersion = "1", uid = "u"): Kept<unknown> => ({ uid, resourceVersion, value });

test("an object at a new version that looks the same to us is no change, and the array stays the same one", () => {
  const set = new KeptSet<unknown>();
  expect(set.put("flux/fluxd", kept({ image: "a" }, "1"))).toBe(true);
  const before = set.values();
  expect(set.put("flux/fluxd", kept({ image: "a" }, "2"))).toBe(false);
  expect(set.values()).toBe(before);
  expect(set.get("flux/fluxd")?.resourceVersion).toBe("2");
  expect(set.put("flux/fluxd", kept({ image: "b" }, "3"))).toBe(true);
  expect(set.values()).toEqual([{ image: "b" }]);
});

test("an object made anew under its old name is a change", () => {
  const set = new KeptSet<unknown>();
  set.put("flux/fluxd", kept("same", "1", "old"));
  expect(set.put("flux/fluxd", kept("same", "2", "new"))).toBe(true);
});

test("a key is one object's: namespaces and names do not run together", () => {
  expect(keyOf("a", "b-c")).not.toBe(keyOf("a-b", "c"));
});

test("replacing says true exactly where the values differ", async () => {
  const entries = fc.dictionary(fc.constantFrom("a/x", "a/y", "b/x"), fc.constantFrom(1, 2));
  await fc.assert(
    fc.property(entries, entries, (before, after) => {
      const mapOf = (from: Record<string, number>) => new Map(Object.entries(from).map(([key, value]) => [key, kept(value)]));
      const set = new KeptSet<unknown>();
      set.replace(mapOf(before));
      const differs = JSON.stringify(Object.entries(before).sort()) !== JSON.stringify(Object.entries(after).sort());
      expect(set.replace(mapOf(after))).toBe(differs);
      expect([...set.values()].sort()).toEqual(Object.values(after).sort());
    }),
  );
});
