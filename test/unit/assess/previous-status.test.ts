import { expect, test } from "@jest/globals";
import { newerWriter, previousStatus } from "../../../src/assess/previous-status.ts";
import { assessed, fluxd } from "./subject-builder.ts";

const { status } = assessed({ workloads: [fluxd()] });

test("a status of ours is read whole", () => {
  expect(previousStatus(status)).toEqual(status);
  expect(previousStatus(undefined)).toBeUndefined();
});

test("a word that only a newer version knows costs its part, not the history and the transition times", () => {
  const newer = { ...status, operator: { version: "9.0.0" }, summary: { ...status.summary, support: "ExtendedSupport" } };
  const read = previousStatus(newer);
  expect(read?.summary).toBeUndefined();
  expect(read?.conditions).toEqual(status.conditions);
  expect(read?.history).toEqual(status.history);
  expect(newerWriter(newer, "0.1.0")).toBe(
    "a newer operator (9.0.0) wrote the status: this one (0.1.0) writes no more; how to go back to it: docs/upgrade.md",
  );
});

test("somebody else's condition, in whatever form, leaves ours readable", () => {
  const theirs = { type: "Acme", status: "Perhaps", reason: 5 };
  expect(previousStatus({ ...status, conditions: [theirs, ...(status.conditions ?? [])] })?.conditions).toEqual(status.conditions);
});

test.each([
  ["0.1.0", "0.1.0"],
  ["0.0.9", "0.1.0"],
  ["not a version", "0.1.0"],
])("a status of %s does not hold back %s", (theirs, ours) => {
  expect(newerWriter({ operator: { version: theirs } }, ours)).toBeUndefined();
});
