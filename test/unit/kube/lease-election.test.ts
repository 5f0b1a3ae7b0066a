/** The election: never two leaders, whatever happens between the replicas, and one again soon after it has ended. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { type Lease, readLease } from "../../../src/kube/lease.ts";
import { type Answer, Election, electionTimings, type Sighting } from "../../../src/kube/lease-election.ts";
import { type Clocks, DURATION_MS, type Fate, TIMINGS, World } from "./lease-world.ts";

const HOUR_MS = 3_600_000;

/** Without luck: nothing is spread. */
const still = () => 0;

function lease(holder: string, version = 1, renewTime = "2026-11-23T08:00:00.000000Z", seconds = 15): Lease {
  const spec = { holderIdentity: holder, leaseDurationSeconds: seconds, leaseTransitions: 1, renewTime };
  return readLease({ metadata: { uid: "u", resourceVersion: String(version) }, spec }, DURATION_MS);
}

const found = (...args: Parameters<typeof lease>): Sighting => ({ at: "Found", lease: lease(...args) });
const seen = (...args: Parameters<typeof lease>): Answer => ({ at: "Seen", sighting: found(...args) });
const written = (...args: Parameters<typeof lease>): Answer => ({ at: "Written", lease: lease(...args) });
const absent: Answer = { at: "Seen", sighting: { at: "Absent" } };

function leader(): Election {
  const election = new Election("a", TIMINGS, still);
  election.answered(absent, 0, 0);
  election.answered(written("a", 1), 0, 5);
  return election;
}

function follower(): Election {
  const election = new Election("a", TIMINGS, still);
  election.answered(seen("b", 1), 0, 5);
  return election;
}

describe("the times", () => {
  test("are client-go's, and a renewal that hangs leaves time for another", () => {
    expect(electionTimings(15_000)).toEqual({ durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, requestMs: 5_000 });
    const { retryMs, requestMs, renewDeadlineMs } = electionTimings(15_000);
    expect(retryMs * 1.2 + requestMs).toBeLessThan(renewDeadlineMs);
  });
});

describe("a replica", () => {
  test("looks first, makes the Lease where there is none, and leads once that is answered", () => {
    const election = new Election("a", TIMINGS, still);
    expect(election.next(0)).toEqual({ do: "Read" });
    election.answered(absent, 0, 5);
    expect(election.next(5)).toEqual({ do: "Create" });
    expect(election.leads(5)).toBe(false);
    election.answered(written("a"), 5, 10);
    expect([election.leads(10), election.leadsUntilMs()]).toEqual([true, 10_005]);
    expect(election.next(10)).toEqual({ do: "Wait", untilMs: 2_005 });
  });

  test("leads until its deadline, counted from when it asked and not from the answer", () => {
    const election = leader();
    election.answered(written("a", 2), 2_000, 6_900);
    expect([election.leads(11_999), election.leads(12_000)]).toEqual([true, false]);
  });

  test("waits for another's whole duration from when it saw the Lease change, and asks for no clock", () => {
    const election = follower();
    expect(election.next(5)).toEqual({ do: "Wait", untilMs: 15_005 });
    election.watched(found("b", 2, "1999-01-01T00:00:00.000000Z"), 3_000);
    expect(election.next(15_005)).toEqual({ do: "Wait", untilMs: 18_000 });
    expect(election.next(18_000)).toEqual({ do: "Update", lease: lease("b", 2, "1999-01-01T00:00:00.000000Z") });
  });

  test("goes by the duration that the holder wrote, not by its own", () => {
    const election = new Election("a", TIMINGS, still);
    election.answered(seen("b", 1, "2026-11-23T08:00:00.000000Z", 60), 0, 0);
    expect(election.next(0)).toEqual({ do: "Wait", untilMs: 60_000 });
  });

  test("is not kept waiting by a label: only what the Lease says renews it", () => {
    const election = follower();
    election.watched(found("b", 2), 9_000);
    expect(election.next(15_005)).toEqual({ do: "Update", lease: lease("b", 2) });
  });

  test("takes a released Lease at once", () => {
    const election = follower();
    election.watched(found("", 2), 3_000);
    expect(election.next(3_000)).toMatchObject({ do: "Update", lease: { resourceVersion: "2" } });
    expect(election.leads(3_000)).toBe(false);
  });

  test("takes back at once what it holds without leading: its answer was lost, or its deadline has passed", () => {
    const election = follower();
    election.watched(found("a", 2), 3_000);
    expect(election.leads(3_000)).toBe(false);
    expect(election.next(3_000)).toMatchObject({ do: "Update" });
  });

  test.each([
    ["another's", found("b", 2)],
    ["nobody's", found("", 2)],
  ])("leads no more from the moment in which it sees that the Lease is %s", (_, sighting) => {
    const election = leader();
    election.watched(sighting, 1_000);
    expect(election.leads(1_000)).toBe(false);
  });

  test("lets no late word of its watch undo what it wrote since", () => {
    const election = follower();
    election.watched(found("", 5), 3_000);
    election.answered(written("a", 6), 3_000, 3_005);
    election.watched(found("", 5), 3_010);
    election.watched(found("b", 4), 3_020);
    expect(election.leads(3_020)).toBe(true);
    election.watched(found("b", 10), 3_030);
    expect(election.leads(3_030)).toBe(false);
  });

  test.each([
    ["somebody else took it since", found("b", 9), "Wait"],
    ["somebody deleted it since", { at: "Absent" } as const, "Read"],
  ])("does not lead by an answer that comes when its watch has told that %s", (_, sighting, next) => {
    const election = follower();
    election.watched(found("a", 6), 15_010);
    election.watched(sighting, 15_020);
    election.answered(written("a", 6), 15_005, 19_000);
    expect([election.leads(19_000), election.next(19_000).do]).toEqual([false, next]);
  });

  test("leads by an answer whose Lease got a label meanwhile", () => {
    const election = follower();
    election.watched(found("a", 6), 15_010);
    election.watched(found("a", 7), 15_020);
    election.answered(written("a", 6), 15_005, 16_000);
    expect([election.leadsUntilMs(), election.held()?.resourceVersion]).toEqual([25_005, "7"]);
  });

  test("believes a read that goes back: etcd was restored", () => {
    const election = follower();
    election.answered({ at: "Outdated" }, 15_005, 15_010);
    election.answered(seen("c", 0), 15_300, 15_310);
    election.watched(found("", 1), 15_400);
    expect(election.next(15_400)).toMatchObject({ do: "Update", lease: { resourceVersion: "1" } });
  });

  test("asks again where its watch tells of a deletion: an absence has no version", () => {
    const election = leader();
    election.watched({ at: "Absent" }, 1_000);
    expect([election.leads(1_000), election.next(1_000)]).toEqual([true, { do: "Read" }]);
    election.answered(absent, 1_000, 1_005);
    expect([election.leads(1_005), election.next(1_005)]).toEqual([false, { do: "Create" }]);
  });

  test("waits out a holder whose Lease somebody deleted", () => {
    const election = follower();
    election.watched({ at: "Absent" }, 9_000);
    election.answered(absent, 9_000, 9_010);
    expect(election.next(9_010)).toEqual({ do: "Wait", untilMs: 24_010 });
    expect(election.next(24_010)).toEqual({ do: "Create" });
  });

  test("looks again after a conflict, soon", () => {
    const election = follower();
    election.answered({ at: "Outdated" }, 15_005, 15_010);
    expect(election.next(15_010)).toEqual({ do: "Wait", untilMs: 15_210 });
    expect(election.next(15_210)).toEqual({ do: "Read" });
    election.watched(found("c", 2), 15_215);
    expect(election.next(15_215)).toEqual({ do: "Wait", untilMs: 30_215 });
  });

  test("tries again in step after a failure, and at once where the failure took longer than that", () => {
    const election = leader();
    const failed = { at: "Failed", why: "500", retryAfterMs: 0 } as const;
    election.answered(failed, 2_000, 2_010);
    expect(election.next(2_010)).toEqual({ do: "Wait", untilMs: 4_000 });
    election.answered(failed, 4_000, 9_000);
    expect(election.next(9_000)).toMatchObject({ do: "Update" });
    expect([election.leads(9_999), election.leads(10_000)]).toEqual([true, false]);
  });

  test("waits as long as a busy server asks, but no longer than for a leader that died", () => {
    const election = follower();
    election.answered({ at: "Failed", why: "429", retryAfterMs: 7_000 }, 20_000, 20_000);
    expect(election.next(20_000)).toEqual({ do: "Wait", untilMs: 27_000 });
    election.answered({ at: "Failed", why: "429", retryAfterMs: 999_000 }, 27_000, 27_000);
    expect(election.next(27_000)).toEqual({ do: "Wait", untilMs: 42_000 });
  });

  test("asks less and less often where it is refused, and does not give up", () => {
    const election = new Election("a", TIMINGS, still);
    const waits: number[] = [];
    for (let nowMs = 0; waits.length < 7; ) {
      election.answered({ at: "Refused", code: 403, why: "no" }, nowMs, nowMs);
      const step = election.next(nowMs);
      if (step.do !== "Wait") throw new Error(step.do);
      waits.push(step.untilMs - nowMs);
      nowMs = step.untilMs;
      expect(election.next(nowMs)).toEqual({ do: "Read" });
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });
});

describe("replicas in a world that fails", () => {
  const clocks: fc.Arbitrary<Clocks> = fc.record({
    startMs: fc.integer({ min: 0, max: 1_000_000 }),
    rate: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
    wallSkewMs: fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
  });
  const who = fc.nat({ max: 2 });
  const fate = fc.constantFrom<Fate>("LostRequest", "LostAnswer", "SlowAnswer", "Late", "ServerError", "Forbidden");
  const one = <T>(name: string, args: fc.Arbitrary<T>, act: (world: World, args: T) => void) =>
    args.map((given) => ({ does: `${name} ${JSON.stringify(given)}`, act: (world: World) => act(world, given) }));
  const common = [
    one("pause", who, (world, index) => world.afflict(index, { paused: true })),
    one("resume", who, (world, index) => world.resume(index)),
    one("disconnect", who, (world, index) => world.afflict(index, { connected: false })),
    one("deafen", who, (world, index) => world.afflict(index, { watching: false })),
    one("touch", fc.constant(0), (world) => world.touch()),
    one("heal", fc.constant(0), (world) => world.heal()),
    one("doom", fc.tuple(who, fate), (world, [index, what]) => world.doom(index, what)),
  ];
  const coming = [one("crash", who, (world, index) => world.crash(index)), one("stop", who, (world, index) => world.stop(index))];
  const deletion = one("delete", fc.constant(0), (world) => world.delete());
  /** Often within a request, or as long as a claim. */
  const wait = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 2_500 }), fc.integer({ min: 0, max: 16_000 }));
  const history = (acts: readonly fc.Arbitrary<{ does: string; act: (world: World) => void }>[]) =>
    fc.array(fc.tuple(wait, fc.oneof(...acts)), { maxLength: 60 });

  /** At worst the last thing that went wrong was a request that hangs, and the Lease was renewed just before its holder died. */
  const AGAIN_MS = (DURATION_MS + TIMINGS.requestMs + TIMINGS.retryMs * 1.2) * 1.1;

  function live(all: readonly Clocks[], seed: number, calmMs: number, events: readonly [number, { act: (world: World) => void }][]): World {
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const world = new World(all, random);
    world.advance(calmMs);
    for (const [waitMs, { act }] of events) {
      world.advance(waitMs);
      act(world);
    }
    return world;
  }

  test.each([
    ["that come and go", [...common, ...coming], 0],
    // After all have seen a claim: who never saw one makes the Lease anew at once, and a holder that hears nothing does not know yet.
    ["whose Lease is deleted", [...common, deletion], 1_000],
  ])("%s: never do two lead, and soon after it has ended one leads, and goes on", (_, acts, calmMs) => {
    void fc.assert(
      fc.property(fc.tuple(clocks, clocks, clocks), fc.nat(), history(acts), (all, seed, events) => {
        const world = live(all, seed, calmMs, events);
        world.heal();
        world.advance(AGAIN_MS);
        expect(world.violations).toEqual([]);
        expect(world.leaders()).toHaveLength(1);
        const terms = world.terms.length;
        const writes = world.writes;
        world.advance(10 * DURATION_MS);
        expect([world.violations, world.terms.length]).toEqual([[], terms]);
        // Nobody else writes meanwhile, and the leader no more often than it has to.
        expect(world.writes - writes).toBeLessThanOrEqual((10 * DURATION_MS) / TIMINGS.retryMs / 0.9 + 1);
      }),
      { numRuns: 200 },
    );
  });

  const even: Clocks = { startMs: 0, rate: 1, wallSkewMs: 0 };

  test("three of which the leader ends give the Lease on within a few round trips, again and again", () => {
    const world = live([even, { ...even, wallSkewMs: HOUR_MS }, { ...even, wallSkewMs: -HOUR_MS }], 1, 1_000, []);
    for (let turn = 0; turn < 20; turn += 1) {
      const [leader] = world.leaders();
      world.stop(world.replicas.filter(({ dead }) => !dead).findIndex(({ name }) => name === leader));
      world.advance(100);
      expect(world.leaders()).toHaveLength(1);
      expect(world.leaders()).not.toContain(leader);
    }
    expect([world.violations, world.terms.length]).toEqual([[], 21]);
  });

  test("three of which the leader dies have another when its time is over", () => {
    const world = live([even, even, even], 1, 30_000, []);
    const [leader = ""] = world.leaders();
    world.crash(world.replicas.findIndex(({ name }) => name === leader));
    world.advance(DURATION_MS - TIMINGS.retryMs * 1.2 - 100);
    expect(world.leaders()).toEqual([]);
    world.advance(TIMINGS.retryMs * 1.2 + 200);
    expect(world.leaders()).toHaveLength(1);
  });
});
