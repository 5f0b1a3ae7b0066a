/**
 * Leader election through networks that break and servers that hang or refuse. Processes that end or stop: operator/leaders.test.ts.
 * @newest-only: the same Lease API as on the oldest; leadership.test.ts runs on both
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { type FaultyProxy, startFaultyProxy } from "./kube/faulty-proxy.ts";
import { clientThrough, eventually } from "./kube/harness.ts";
import { DURATION_MS, LEASE_MS, LeadershipFixture, type Replica } from "./leadership-fixture.ts";

/** The Lease runs out; a request that hangs, and a retry, can come on top. */
const AGAIN_MS = LEASE_MS + DURATION_MS / 3 + (DURATION_MS * 2) / 15;

/** What a busy machine may add where a Lease has to run out. */
const SLACK_MS = 2_000;

describeOnControlPlane("losing a leader", (get) => {
  const fixture = new LeadershipFixture(get);
  let proxy: FaultyProxy;
  beforeEach(async () => {
    proxy = await startFaultyProxy(get());
  });
  afterEach(async () => {
    proxy.muted = false;
    await proxy.close();
  });

  const behindProxy = async () => ({ client: await clientThrough(get(), proxy.url) });

  const renewals = () => proxy.requests.filter((request) => request.startsWith("PUT")).length;

  /** Asks all at one instant, again and again. @returns what two or more led at */
  function watchFor(replicas: readonly Replica[]): { stop(): number[] } {
    const twice: number[] = [];
    const timer = setInterval(() => {
      if (replicas.filter(({ leadership }) => leadership.leading()).length > 1) twice.push(performance.now());
    }, 2).unref();
    return {
      stop: () => {
        clearInterval(timer);
        return twice;
      },
    };
  }

  test("a leader that hears nothing any more stops leading before another begins, and goes on as a follower", async () => {
    const durationMs = 3_000;
    const deadlineMs = (durationMs * 2) / 3;
    const lost = await fixture.startLeader("one", { ...(await behindProxy()), durationMs });
    const other = await fixture.start("two", { durationMs });
    const twice = watchFor([lost, other]);
    await eventually(() => other.leadership.holder(), "one");
    const before = renewals();
    await eventually(() => renewals() > before, true);
    await sleep(50); // until it is answered
    proxy.muted = true;
    const start = performance.now();
    // A request that hangs is given up later than that.
    await eventually(() => lost.changes, [true, false], deadlineMs + 200);
    expect(performance.now() - start).toBeGreaterThan(deadlineMs - 250);
    expect(other.leadership.leading()).toBe(false);
    await eventually(() => other.leadership.leading(), true, durationMs + SLACK_MS);
    proxy.muted = false;
    proxy.cut();
    await eventually(() => lost.leadership.holder(), "two");
    await sleep(durationMs);
    expect([lost.leadership.leading(), other.changes, twice.stop()]).toEqual([false, [true], []]);
    expect(lost.warnings().map(({ sentence, fields }) => [sentence, fields.cause])).toEqual([
      ["the Lease cannot be reached, and is tried again", undefined],
      ["leading no more: nothing is written", "not renewed within 2 s"],
    ]);
  });

  test("a renewal that hangs is followed by another in time", async () => {
    const durationMs = 6_000;
    const leader = await fixture.startLeader("one", { ...(await behindProxy()), durationMs });
    const before = renewals();
    proxy.muted = true;
    await eventually(renewals, before + 1);
    proxy.muted = false; // but what was asked stays without an answer
    await eventually(() => renewals() > before + 2, true);
    expect([leader.changes, leader.leadership.leading()]).toEqual([[true], true]);
    expect(leader.warnings()).toMatchObject([{ fields: { error: expect.stringContaining("not answered within 2 s") } }]);
  });

  test("servers that refuse for a while: one line, no storm, and one leads again soon", async () => {
    const replicas = [await fixture.startLeader("one", await behindProxy()), await fixture.start("two", await behindProxy())];
    const twice = watchFor(replicas);
    await eventually(() => replicas[1]?.leadership.holder(), "one");
    const unreached = () =>
      replicas.map(({ warnings }) => warnings().filter(({ sentence }) => sentence.includes("cannot be reached")).length);
    const before = unreached(); // a busy machine is late as well
    const since = proxy.requests.length;
    proxy.fault = () => ({ answer: { status: 503 } });
    proxy.cut();
    await sleep(2 * LEASE_MS);
    expect(replicas.map(({ leadership }) => leadership.leading())).toEqual([false, false]);
    // Each tries once in a fifth of a second, and its watch less and less often.
    expect(proxy.requests.length - since).toBeLessThan(60);
    expect(unreached().map((count, at) => count - (before[at] ?? 0))).toEqual([1, 1]);
    proxy.fault = () => undefined;
    await eventually(() => replicas.filter(({ leadership }) => leadership.leading()).length, 1, AGAIN_MS + SLACK_MS);
    expect(twice.stop()).toEqual([]);
    expect(replicas.flatMap(({ lines }) => lines.filter(({ level, fields }) => level !== "debug" && "resource" in fields))).toEqual([]);
    // The watch heals with it, and does not sleep out its back-off: a hand-over takes no Lease to run out.
    const [leader, follower] = replicas.toSorted((one, other) => Number(other.leadership.leading()) - Number(one.leadership.leading()));
    await sleep(500);
    await leader?.leadership.stop();
    await eventually(() => follower?.leadership.leading(), true, 1_000);
  });

  test.each([
    ["a leader", true],
    ["a follower", false],
  ])("%s that hears nothing ends within a second", async (_, leads) => {
    if (!leads) await fixture.startLeader("other");
    const replica = await fixture.start("one", await behindProxy());
    await eventually(() => [replica.leadership.leading(), replica.leadership.holder()], [leads, leads ? "one" : "other"]);
    proxy.muted = true;
    const start = performance.now();
    await replica.leadership.stop();
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("one that ends before it has heard anything lets all go, and asks for nothing any more", async () => {
    proxy.muted = true;
    const replica = await fixture.start("one", { ...(await behindProxy()), durationMs: 15_000 });
    await eventually(() => proxy.requests.length, 2);
    await replica.leadership.stop();
    await eventually(() => proxy.connections(), 0, 1_000);
    proxy.muted = false;
    replica.leadership.start();
    await sleep(500);
    expect([proxy.requests.length, replica.changes, replica.warnings()]).toEqual([2, [], []]);
  });
});
