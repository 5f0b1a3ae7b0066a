/** What Flux' `wait: true`, `flux` and Helm 4 make of our objects: they end their wait where they should, and say why where they go on. */
import { describe, expect, test } from "@jest/globals";
import { notSingleton, timetableStatus } from "../../../src/assess/refusals.ts";
import { type ClusterName, sixClusters } from "../assess/six-clusters.ts";
import { data, day, statusOf } from "../assess/subject-builder.ts";
import { type KStatus, kstatus } from "./kstatus.ts";

const object = (status: unknown, metadata: object = {}) => ({ metadata: { name: "cluster", generation: 1, ...metadata }, status });
const condition = (type: string, status: string) => ({ type, status, reason: "Why", message: `${type} is ${status}` });

describe("the rules of kstatus", () => {
  test.each([
    ["no status at all", object(undefined), "Current"],
    ["an older generation was observed", object({ observedGeneration: 0, conditions: [condition("Ready", "True")] }), "InProgress"],
    ["Reconciling", object({ conditions: [condition("Ready", "True"), condition("Reconciling", "True")] }), "InProgress"],
    ["Stalled", object({ conditions: [condition("Ready", "False"), condition("Stalled", "True")] }), "Failed"],
    [
      "Reconciling and Stalled are False",
      object({ conditions: [condition("Stalled", "False"), condition("Reconciling", "False")] }),
      "Current",
    ],
    ["Reconciling before Stalled", object({ conditions: [condition("Reconciling", "True"), condition("Stalled", "True")] }), "InProgress"],
    ["Ready is False", object({ conditions: [condition("Ready", "False")] }), "InProgress"],
    ["Ready is Unknown", object({ conditions: [condition("Ready", "Unknown")] }), "InProgress"],
    ["Ready is True", object({ conditions: [condition("Ready", "True")] }), "Current"],
    ["deletion has begun", object({ observedGeneration: 0 }, { deletionTimestamp: "2026-11-23T00:00:00Z" }), "Terminating"],
  ] as const)("%s", (_, given, wanted) => {
    expect(kstatus(given).status).toBe(wanted);
  });
});

describe("six clusters", () => {
  const expected: Record<ClusterName, KStatus> = { a: "Current", b: "Current", c: "Current", d: "Current", e: "Current", f: "InProgress" };

  test.each(Object.keys(sixClusters) as ClusterName[])("%s: a wait ends once all was looked at, whatever was found", (name) => {
    expect(kstatus(object(statusOf(sixClusters[name]))).status).toBe(expected[name]);
  });

  test("what cannot be read is said to whoever waits for it", () => {
    expect(kstatus(object(statusOf(sixClusters.f)))).toEqual({
      status: "InProgress",
      message: "Retrying; heals itself when what is missing returns.",
    });
  });
});

describe("objects that wait for a person end a wait at once, with the reason", () => {
  const now = day("2026-11-23");

  test("a second MigrationStatus", () => {
    const second = { metadata: { name: "mine", generation: 3 } };
    expect(kstatus({ ...second, status: notSingleton(second, now) })).toEqual({
      status: "Failed",
      message: "Only MigrationStatus/cluster is kept true; delete this one: kubectl delete migrationstatus mine",
    });
  });

  test("a spec that cannot be used", () => {
    const status = statusOf({ problem: { reason: "TimetableInvalid", message: "MigrationTimetable/ours does not exist" } });
    expect(kstatus(object(status))).toEqual({ status: "Failed", message: "MigrationTimetable/ours does not exist." });
  });

  test("a MigrationTimetable that is wrong; one that is right is Current", () => {
    const ours = { metadata: { name: "ours", generation: 2 } };
    const edition = data.editions.get("2021-06-28");
    if (!edition) throw new Error("the edition 2021-06-28 is gone");
    const wrong = { ok: false as const, problems: ["spec.dates.5: row 4 is open"] };
    expect(kstatus({ ...ours, status: timetableStatus(wrong, ours, now) })).toEqual({
      status: "Failed",
      message: "spec.dates.5: row 4 is open.",
    });
    expect(kstatus({ ...ours, status: timetableStatus({ ok: true, timetable: { edition } }, ours, now) }).status).toBe("Current");
  });
});

test("a status that answers an older spec is not taken for an answer", () => {
  const status = statusOf(sixClusters.c);
  expect(kstatus(object(status, { generation: 2 }))).toEqual({
    status: "InProgress",
    message: "generation 2 was not observed yet, only 1",
  });
});
