/** Which statuses may stand in an object through us. */
import { expect, test } from "@jest/globals";
import { SentStatuses } from "../../../src/operator/sent-statuses.ts";

test("before the first confirmed write any status may be ours, after it only that one, and those sent since", () => {
  const sent = new SentStatuses();
  const known = () => ["a", "b", "c"].filter((name) => sent.includes({ name }, "7"));
  expect(known()).toEqual(["a", "b", "c"]);
  sent.sending({ name: "a" });
  expect(known()).toEqual(["a", "b", "c"]);
  sent.stands({ name: "a" }, "5");
  expect(known()).toEqual(["a"]);
  sent.sending({ name: "b" });
  sent.sending({ name: "c" });
  expect(known()).toEqual(["a", "b", "c"]);
  sent.stands({ name: "c" }, "7");
  expect(known()).toEqual(["c"]);
});

test("one that is sent again and again takes no more room, and the oldest go first", () => {
  const sent = new SentStatuses();
  sent.stands(0, "5");
  for (let time = 0; time < 2_000; time += 1) sent.sending(1);
  expect([0, 1].map((status) => sent.includes(status, "6"))).toEqual([true, true]);
  for (let status = 2; status < 1_002; status += 1) sent.sending(status);
  expect([0, 1, 2, 1_001].map((status) => sent.includes(status, "6"))).toEqual([false, false, true, true]);
});

test("the order of keys is nobody's", () => {
  const sent = new SentStatuses();
  sent.stands({ a: 1, b: [{ c: 2, d: null }] }, "5");
  expect(sent.includes({ b: [{ d: null, c: 2 }], a: 1 }, "6")).toBe(true);
  for (const other of [{ a: 1, b: [{ c: 2 }] }, { a: 1, b: [{ c: 2, d: null }], e: 1 }, undefined, null, "", []])
    expect(sent.includes(other, "6")).toBe(false);
});

test("what a late watch shows from before our last write is nobody's who wrote over us", () => {
  const sent = new SentStatuses();
  sent.stands("first", "5");
  sent.stands("second", "9");
  expect(["8", "9", "10"].map((version) => sent.includes("first", version))).toEqual([true, false, false]);
});

test("what the server makes of a status is what stands, as long as the object stays at that version", () => {
  const sent = new SentStatuses();
  expect(sent.hasMadeOf("whole", "5")).toBe(false);
  sent.stands("pruned", "5", "whole");
  expect([sent.hasMadeOf("whole", "5"), sent.hasMadeOf("other", "5"), sent.hasMadeOf("whole", "6")]).toEqual([true, false, false]);
  expect(["pruned", "whole"].map((status) => sent.includes(status, "6"))).toEqual([true, false]);
});
