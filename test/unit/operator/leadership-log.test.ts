/** What a replica says of an election: each thing once, until it is another. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { LEASES } from "../../../src/kube/lease.ts";
import type { Answer } from "../../../src/kube/lease-election.ts";
import type { LogFields } from "../../../src/kube/log.ts";
import { LeadershipLog } from "../../../src/operator/leadership-log.ts";

const failed: Answer = { at: "Failed", why: "ECONNREFUSED", retryAfterMs: 0 };
const forbidden: Answer = { at: "Refused", code: 403, why: "403 Forbidden" };
const outdated: Answer = { at: "Outdated" };

describe("the log of an election", () => {
  let lines: string[] = [];
  let fields: LogFields[] = [];
  let log: LeadershipLog;
  beforeEach(() => {
    lines = [];
    fields = [];
    const at = (level: string) => (sentence: string, more: LogFields) => {
      lines.push(`${level} ${sentence}`);
      fields.push(more);
    };
    log = new LeadershipLog(
      { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
      { resource: LEASES, namespace: "here", name: "it" },
    );
  });

  test("an outage is one line, whatever was asked, and so is its end", () => {
    log.answered("update", failed);
    log.answered("get", failed);
    log.answered("update", { ...failed, why: "ETIMEDOUT" });
    log.answered("get", outdated);
    log.answered("update", outdated);
    expect(lines).toEqual(["warn the Lease cannot be reached, and is tried again", "info the Lease is reached again"]);
    log.answered("update", failed);
    expect(lines).toHaveLength(3);
    expect(fields[0]).toEqual({ lease: "here/it", verb: "update", error: "ECONNREFUSED" });
  });

  test.each([
    ["update", 403, "a Role in namespace here has to grant update on leases.coordination.k8s.io, resourceNames [it]"],
    ["create", 403, "a Role in namespace here has to grant create on leases.coordination.k8s.io"],
    ["create", 404, "create namespace here, or name another with --lease-namespace"],
    ["update", 422, undefined],
  ] as const)("a refusal to %s with %d is one line, with what to do", (verb, code, mend) => {
    for (let turn = 0; turn < 3; turn += 1) log.answered(verb, { ...forbidden, code });
    expect(lines).toEqual(["warn the Lease cannot be held, and nothing is written"]);
    expect(fields[0]?.mend).toBe(mend);
    log.answered(verb, outdated);
    log.answered(verb, { ...forbidden, code });
    expect(lines).toHaveLength(2);
  });

  test("a watch that is refused is one line until it is granted; one that fails is none", () => {
    const refused = { at: "Unreadable", verb: "watch", reason: "Forbidden", message: "leases: watch is forbidden" } as const;
    log.watched({ ...refused, reason: "Unavailable" });
    expect(lines).toEqual([]);
    log.watched(refused);
    log.watched(refused);
    log.watched({ at: "Synced" });
    log.watched(refused);
    expect(lines).toEqual(Array(2).fill("warn the Lease cannot be watched: a release is noticed late"));
  });

  test("a long wait is told once, with whom and how long; a Lease that is gone is another", () => {
    for (const waitMs of [undefined, 600_000, 590_000, undefined, 600_000]) log.waits("a", waitMs);
    log.waits(undefined, 3_500);
    log.waits(undefined, 2_000);
    const held = "warn the Lease is held for longer than is set here: a dead leader is replaced late";
    const gone = "info the Lease is gone, and whoever held it may still write: it is taken once that claim has run out";
    expect(lines).toEqual([held, held, gone]);
    expect(fields.map(({ holder, seconds }) => [holder, seconds])).toEqual([
      ["a", 600],
      ["a", 600],
      [undefined, 4],
    ]);
  });

  test("a holder and a problem are told when they become others", () => {
    for (const holder of [undefined, "a", "a", "b", undefined, "b"]) log.holder(holder);
    expect(fields.map(({ holder }) => holder)).toEqual(["a", "b", "b"]);
    for (const problem of ["x", "x", undefined, "x"]) log.wrong(problem);
    expect(fields.slice(3).map(({ problem }) => problem)).toEqual(["x", "x"]);
  });
});
