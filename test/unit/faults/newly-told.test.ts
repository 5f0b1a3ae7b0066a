import { describe, expect, test } from "@jest/globals";
import type { Transition } from "../../../src/api/migration-status.ts";
import { HISTORY_LENGTH, historyOf } from "../../../src/assess/transitions.ts";
import { newlyTold } from "../../faults/newly-told.ts";

const told = (message: string, time = "2026-11-23T08:00:00Z", reason = "PhaseChanged"): Transition => ({ time, reason, message });

const there = told("there");
const back = told("back");

describe("newlyTold", () => {
  test.each<[string, Transition[], Transition[], Transition[]]>([
    ["nothing before", [], [back, there], [there, back]],
    ["nothing new", [back, there], [back, there], []],
    ["the same words in the same second, once more", [back, there], [there, back, there], [there]],
    ["and once more", [there, back, there], [back, there, back, there], [back]],
    ["twice the same at once", [there], [there, there, there], [there, there]],
    ["nothing of before", [there], [back], [back]],
  ])("%s", (_, before, after, fresh) => {
    expect(newlyTold(before, after)).toEqual(fresh);
  });

  test("of a full history whose last place is kept for Flux 1", () => {
    const flux1 = told("Found fluxd in flux/flux.", "2026-11-23T07:00:00Z", "Flux1Detected");
    const before = [...Array.from({ length: HISTORY_LENGTH - 1 }, (_, index) => told(`change ${index}`)), flux1];
    const change = { ...told("new"), type: "Normal" as const };
    const after = historyOf({ history: before }, [change, { ...change, message: "newer" }]);
    expect(after.at(-1)).toEqual(flux1);
    expect(newlyTold(before, after)).toEqual([told("new"), told("newer")]);
    expect(newlyTold(before, before)).toEqual([]);
  });
});
