/** The Lease: what is read of it, whatever stands in it, and what is written. */
import { describe, expect, test } from "@jest/globals";
import { claimedLease, LEASES, newLease, readLease, releasedLease } from "../../../src/kube/lease.ts";

const NOW = new Date("2026-11-23T08:00:01.250Z");
const CLAIM = { identity: "a", durationMs: 1_500, now: NOW };
const TIME = "2026-11-23T08:00:00.000000Z";
const SPEC = { holderIdentity: "b", leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: TIME, renewTime: TIME };

const stored = (spec: unknown) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "operator", namespace: "flux-migration", uid: "u", resourceVersion: "7", labels: { team: "x" } },
  spec,
});
const read = (spec: unknown) => readLease(stored(spec), 15_000);

describe("a Lease", () => {
  test("is read: who holds it, for how long, at which version", () => {
    expect(read(SPEC)).toMatchObject({ resourceVersion: "7", holder: "b", durationMs: 15_000, transitions: 3, problem: undefined });
  });

  test.each([
    undefined,
    null,
    {},
    { holderIdentity: "" },
    { holderIdentity: null },
    { ...SPEC, holderIdentity: "", leaseDurationSeconds: 1 },
  ])("is nobody's, and lasts no time: %p", (spec) => {
    expect(read(spec)).toMatchObject({ holder: "", durationMs: 0, problem: undefined });
  });

  test.each([
    [{ leaseDurationSeconds: 2_147_483_647 }, "spec.leaseDurationSeconds is 2147483647; want whole seconds from 1 to 600"],
    [{ leaseDurationSeconds: 601 }, "spec.leaseDurationSeconds is 601; want whole seconds from 1 to 600"],
    [{ leaseDurationSeconds: undefined }, "spec.leaseDurationSeconds is not there; want whole seconds from 1 to 600"],
    [{ leaseDurationSeconds: "15" }, 'spec.leaseDurationSeconds is "15"; want whole seconds from 1 to 600'],
    [{ leaseTransitions: 2_147_483_647 }, "spec.leaseTransitions is 2147483647; want a whole number up to 2147483646"],
    [{ holderIdentity: 7 }, "spec.holderIdentity is 7; want a name"],
    [
      { leaseDurationSeconds: 0, leaseTransitions: -1 },
      "spec.leaseTransitions is -1; want a whole number up to 2147483646; spec.leaseDurationSeconds is 0; want whole seconds from 1 to 600",
    ],
  ])("with %j is told by its field, and runs out after our own duration", (wrong, problem) => {
    const lease = read({ ...SPEC, ...wrong });
    expect(lease).toMatchObject({ problem, durationMs: 15_000 });
    expect(lease.holder).not.toBe("");
    expect(claimedLease(lease, CLAIM).spec).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 2 });
  });

  test("can be taken over and over: the count never passes what the server stores", () => {
    expect(claimedLease(read({ ...SPEC, leaseTransitions: 2_147_483_646 }), CLAIM).spec).toMatchObject({ leaseTransitions: 2_147_483_647 });
    expect(claimedLease(read({ ...SPEC, leaseTransitions: 2_147_483_647 }), CLAIM).spec).toMatchObject({ leaseTransitions: 1 });
  });

  test("is made in whole seconds, rounded up, with times of six digits", () => {
    expect(newLease({ resource: LEASES, namespace: "flux-migration", name: "operator" }, CLAIM)).toEqual({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace: "flux-migration", name: "operator" },
      spec: {
        holderIdentity: "a",
        leaseDurationSeconds: 2,
        leaseTransitions: 0,
        acquireTime: "2026-11-23T08:00:01.250000Z",
        renewTime: "2026-11-23T08:00:01.250000Z",
      },
    });
  });

  test("is taken over as one more transition, at its version, and all else in it stays", () => {
    const taken = claimedLease(read({ ...SPEC, strategy: "OldestEmulationVersion" }), CLAIM);
    const time = "2026-11-23T08:00:01.250000Z";
    expect(taken).toEqual({
      ...stored(undefined),
      spec: {
        holderIdentity: "a",
        leaseDurationSeconds: 2,
        leaseTransitions: 4,
        acquireTime: time,
        renewTime: time,
        strategy: "OldestEmulationVersion",
      },
    });
  });

  test("is renewed by its holder: only the time is another", () => {
    const renewed = claimedLease(read({ ...SPEC, holderIdentity: "a", leaseDurationSeconds: 2 }), CLAIM);
    expect(renewed.spec).toEqual({ ...SPEC, holderIdentity: "a", leaseDurationSeconds: 2, renewTime: "2026-11-23T08:00:01.250000Z" });
  });

  test("is released as client-go does it: nobody's, for a second", () => {
    const time = "2026-11-23T08:00:01.250000Z";
    expect(releasedLease(read(SPEC), NOW).spec).toEqual({
      holderIdentity: "",
      leaseDurationSeconds: 1,
      leaseTransitions: 3,
      acquireTime: time,
      renewTime: time,
    });
  });
});
