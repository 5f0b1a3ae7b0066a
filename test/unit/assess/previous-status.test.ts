import { expect, test } from "@jest/globals";
import { previousStatus, writerOf } from "../../../src/assess/previous-status.ts";
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
  expect(writerOf(newer)).toBe("9.0.0");
});

test("somebody else's condition, in whatever form, leaves ours readable", () => {
  const theirs = { type: "Acme", status: "Perhaps", reason: 5 };
  expect(previousStatus({ ...status, conditions: [theirs, ...(status.conditions ?? [])] })?.conditions).toEqual(status.conditions);
});
