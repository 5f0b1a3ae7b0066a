import { describe, expect, test } from "@jest/globals";
import { lastChange, newerWriter, previousStatus } from "../../../src/assess/previous-status.ts";
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

describe("an inventory that this version cannot understand in full", () => {
  const parts = { workloads: [fluxd(), fluxd({ namespace: "team" })] };
  const { status: both } = assessed(parts);
  const [first, second] = both.inventory?.components ?? [];
  const { action: _, ...withoutAction } = first ?? {};
  const inventory = { ...both.inventory, components: [withoutAction, second] };
  const told = (previous: unknown) => {
    const read = previousStatus(previous);
    return assessed({ ...parts, ...(read ? { previous: read } : {}) }).changes.map(({ message }) => message);
  };

  test.each([
    ["a component without its action", inventory],
    ["a source of a version that is not known", { ...inventory, components: [{ ...first, versionSource: "Digest" }, second] }],
  ])("%s: the components are not known then, and it is counted as left out", (_what, theirs) => {
    const read = previousStatus({ ...both, inventory: theirs })?.inventory;
    expect(read).toEqual({ ...both.inventory, components: undefined, omittedComponents: 1 });
    expect(previousStatus({ ...both, inventory: { ...theirs, omittedComponents: 2 } })?.inventory?.omittedComponents).toBe(3);
  });

  test("an installation or an API that is not understood costs itself alone", () => {
    const theirs = { ...both.inventory, instances: [{}, ...(both.inventory?.instances ?? [])], apis: [5], unreadable: "all" };
    expect(previousStatus({ ...both, inventory: theirs })?.inventory).toEqual({ ...both.inventory, apis: [], omittedInstances: 1 });
  });

  test.each([
    ["one component", inventory],
    ["every component", { ...inventory, components: [withoutAction, {}] }],
    ["the list", { ...inventory, components: "many" }],
    ["all of it", "much"],
  ])("Flux 1 that was told is not told again: %s", (_what, theirs) => {
    expect(told({ ...both, inventory: theirs })).toEqual([]);
  });

  test("where there was no Flux 1, it is told all the same", () => {
    const { status: none } = assessed({});
    expect(told({ ...none, inventory: "much" })).toEqual(["Found fluxd in flux/flux, fluxd in team/flux."]);
  });
});

test.each([
  ["0.1.0", "0.1.0"],
  ["0.0.9", "0.1.0"],
  ["not a version", "0.1.0"],
])("a status of %s does not hold back %s", (theirs, ours) => {
  expect(newerWriter({ operator: { version: theirs } }, ours)).toBeUndefined();
});

test("a history that is longer than ours costs its end alone", () => {
  const entry = { time: "2026-11-01T00:00:00Z", reason: "PhaseChanged" };
  const history = Array.from({ length: 12 }, (_, index) => ({ ...entry, message: `${index}` }));
  expect(previousStatus({ ...status, history })?.history?.map(({ message }) => message)).toEqual(
    history.slice(0, 10).map(({ message }) => message),
  );
});

test("the time of the last change is that of our own words: somebody else's condition has a clock of its own", () => {
  const { status } = assessed({ workloads: [fluxd()] });
  const theirs = { type: "Audited", status: "True" as const, reason: "Looked", message: "", lastTransitionTime: "2099-01-01T00:00:00Z" };
  expect(lastChange({ ...status, conditions: [...(status.conditions ?? []), theirs] })).toEqual(lastChange(status));
  expect(lastChange({ conditions: [theirs] })).toBeUndefined();
});
