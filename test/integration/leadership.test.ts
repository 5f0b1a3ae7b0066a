/** Leader election on a real API server: with the rights that it ships with, through hand-overs, and what people do to a Lease and to rights. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { claimedLease, LEASES, readLease } from "../../src/kube/lease.ts";
import { createLeaseRequests } from "../../src/kube/lease-requests.ts";
import { LEASE_NAME, LEASE_PERMISSIONS } from "../../src/operator/permissions.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";
import { clientFor, create, eventually, remove } from "./kube/harness.ts";
import { DURATION_MS, LEASE, LEASE_MS, LeadershipFixture, NAMESPACE } from "./leadership-fixture.ts";

const HOUR_MS = 3_600_000;
const ahead = () => new Date(Date.now() + HOUR_MS);
const behind = () => new Date(Date.now() - HOUR_MS);

/** What a busy machine may add. */
const SLACK_MS = 2_000;

describeOnControlPlane("leader election", (get) => {
  const fixture = new LeadershipFixture(get);

  test("three with the shipped rights: one leads, the others name it, and each right is used, none is missing", async () => {
    // Long enough for a request to take what it may while other servers start: not a word too many is said.
    const durationMs = 4_500;
    const leaseMs = 5_000;
    const begin = new Date();
    const first = await fixture.startLeader("one", { clock: ahead, durationMs });
    const all = [first, await fixture.start("two", { durationMs }), await fixture.start("three", { clock: behind, durationMs })];
    await eventually(() => all.map(({ leadership }) => leadership.holder()), ["one", "one", "one"]);
    await fixture.edit({ metadata: { labels: { team: "x" } } });
    await sleep(leaseMs + 1_000);
    expect(all.map(({ leadership, changes }) => [leadership.leading(), changes])).toEqual([
      [true, [true]],
      [false, []],
      [false, []],
    ]);
    expect(all.map(({ lines }) => lines.filter(({ level }) => level !== "debug").map(({ sentence }) => sentence))).toEqual([
      ["leading: this replica writes"],
      ["another replica leads"],
      ["another replica leads"],
    ]);
    expect(await fixture.lease()).toMatchObject({
      metadata: { labels: { team: "x" } },
      spec: { holderIdentity: "one", leaseDurationSeconds: leaseMs / 1000, leaseTransitions: 0 },
    });
    const requests = async () =>
      (await get().audit()).filter(
        ({ user, resource, receivedAt }) => user === OPERATOR_USER && resource === "leases" && receivedAt >= begin,
      );
    // A follower that has seen who leads asks no more.
    expect((await requests()).filter(({ verb }) => verb === "get")).toHaveLength(all.length);
    // Kubernetes 1.20 writes a watch into its audit log at the watch's end, newer ones once it has brought something.
    await fixture.stopAll();
    const granted = LEASE_PERMISSIONS.flatMap(({ verbs }) => verbs);
    await eventually(async () => [...new Set((await requests()).map(({ verb }) => verb))].toSorted(), [...new Set(granted)].toSorted());
    expect((await requests()).filter(({ code }) => code === 401 || code === 403)).toEqual([]);
  });

  test("a leader that stops gives the Lease back: it leads no more at once, and another does well within a second", async () => {
    const replicas = [await fixture.startLeader("0"), await fixture.start("1"), await fixture.start("2", { clock: ahead })];
    await eventually(() => replicas.map(({ leadership }) => leadership.holder()), ["0", "0", "0"]);
    for (const left of [2, 1]) {
      const [leader] = replicas.splice(
        replicas.findIndex(({ leadership }) => leadership.leading()),
        1,
      );
      const start = performance.now();
      const stopped = leader?.leadership.stop();
      expect(leader?.leadership.leading()).toBe(false);
      await eventually(() => replicas.filter(({ leadership }) => leadership.leading()).length, 1);
      await stopped;
      expect(performance.now() - start).toBeLessThan(1_000);
      expect([replicas.length, leader?.changes, leader?.lines.at(-1)?.sentence]).toEqual([left, [true], "released the Lease"]);
    }
    expect((await fixture.lease())?.spec).toMatchObject({ leaseTransitions: 2, leaseDurationSeconds: 2 });
    await replicas[0]?.leadership.stop();
    expect((await fixture.lease())?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 2 });
  });

  test("one that stops while a request is under way leaves no Lease behind, and waits for nothing else", async () => {
    for (let delayMs = 0; delayMs < 40; delayMs += 2) {
      const replica = await fixture.start(`after-${delayMs}`);
      await sleep(delayMs);
      const start = performance.now();
      await replica.leadership.stop();
      expect(performance.now() - start).toBeLessThan(400);
      expect((await fixture.lease())?.spec.holderIdentity ?? "").toBe("");
      if (delayMs % 4 === 0) await get().request("DELETE", LEASE);
    }
  });

  test("a leader asks the clock, and needs no timer to know that its time is over", async () => {
    let pausedMs = 0;
    const { leadership } = await fixture.startLeader("one", { monotonic: () => performance.now() + pausedMs });
    pausedMs = (DURATION_MS * 2) / 3;
    expect(leadership.leading()).toBe(false);
  });

  test("a listener that fails is told of, and changes nothing", async () => {
    const broken = () => {
      throw new Error("broken");
    };
    const replica = await fixture.startLeader("one", { changed: broken });
    await sleep(DURATION_MS);
    expect(replica.leadership.leading()).toBe(true);
    expect(replica.warnings()).toMatchObject([{ sentence: "a listener failed", fields: { error: expect.stringContaining("broken") } }]);
  });

  test("a Lease that somebody deletes is made again by its holder at once, and nobody else leads meanwhile", async () => {
    const long = { durationMs: 15_000 };
    const leader = await fixture.startLeader("one", long);
    const other = await fixture.start("two", long);
    await eventually(() => other.leadership.holder(), "one");
    await remove(get(), LEASE);
    await eventually(async () => (await fixture.lease())?.spec.holderIdentity, "one", 1_000);
    await eventually(() => leader.changes, [true, false, true]);
    await sleep(DURATION_MS);
    expect([leader.leadership.leading(), leader.changes.length, other.changes]).toEqual([true, 3, []]);
  });

  test("a write on a Lease that is gone does not make it anew: another may be about to", async () => {
    await fixture.startLeader("one");
    const client = await fixture.client();
    const address = { resource: LEASES, namespace: NAMESPACE, name: LEASE_NAME };
    const requests = createLeaseRequests({ client, address, durationMs: DURATION_MS, requestMs: 5_000, fieldManager: "test" });
    const lease = readLease(await client.json({ path: LEASE }), DURATION_MS);
    await fixture.stopAll();
    await remove(get(), LEASE);
    const claim = { identity: "two", durationMs: DURATION_MS, now: new Date() };
    expect(await requests.update(claimedLease(lease, claim), new AbortController().signal)).toEqual({ at: "Outdated" });
    expect(await fixture.lease()).toBeUndefined();
    client.close();
  });

  test("a Lease that somebody hands to a third is obeyed at once, and taken again when it has run out", async () => {
    const leader = await fixture.startLeader("one");
    await fixture.edit({ spec: { holderIdentity: "some\u001b[31mbody" } });
    await eventually(() => leader.changes, [true, false], 1_000);
    const lost = performance.now();
    expect(leader.leadership.holder()).toBe("some\\u001b[31mbody");
    const [warning] = leader.warnings();
    expect(warning).toMatchObject({
      sentence: "leading no more: nothing is written",
      fields: { cause: "some\\u001b[31mbody took the Lease" },
    });
    await eventually(() => leader.leadership.leading(), true);
    expect(performance.now() - lost).toBeGreaterThan(LEASE_MS - 200);
    expect((await fixture.lease())?.spec).toMatchObject({ holderIdentity: "one", leaseTransitions: 1 });
  });

  test("a Lease that is written wrongly is named by its field, and runs out like any other", async () => {
    const leader = await fixture.startLeader("one");
    await fixture.edit({ spec: { holderIdentity: "somebody", leaseDurationSeconds: 2_147_483_647, leaseTransitions: 2_147_483_647 } });
    await eventually(() => leader.changes, [true, false], 1_000);
    await eventually(() => leader.leadership.leading(), true, LEASE_MS + SLACK_MS);
    const wrong = leader.warnings().filter(({ sentence }) => sentence.includes("written wrongly"));
    expect(wrong).toMatchObject([
      {
        fields: { lease: `${NAMESPACE}/${LEASE_NAME}`, problem: expect.stringContaining("spec.leaseDurationSeconds is 2147483647; want") },
      },
    ]);
    expect((await fixture.lease())?.spec).toMatchObject({ holderIdentity: "one", leaseDurationSeconds: 2, leaseTransitions: 1 });
  });

  test("a Lease that somebody holds for long is waited for, also once it is gone, and both are said", async () => {
    const leader = await fixture.startLeader("one");
    await fixture.edit({ spec: { holderIdentity: "somebody", leaseDurationSeconds: 5 } });
    await eventually(() => leader.changes, [true, false], 1_000);
    await remove(get(), LEASE);
    const gone = performance.now();
    await eventually(() => leader.leadership.leading(), true);
    expect(performance.now() - gone).toBeGreaterThan(4_000);
    const said = leader.lines.filter(({ fields }) => "seconds" in fields);
    expect(said).toMatchObject([
      { level: "warn", sentence: expect.stringContaining("held for longer than is set here"), fields: { holder: "somebody", seconds: 5 } },
      { level: "info", sentence: expect.stringContaining("the Lease is gone"), fields: { seconds: 5 } },
    ]);
  });

  test.each(["get", "create", "update"])("without the right to %s it never leads, says so once, and heals", async (verb) => {
    if (verb === "update") await (await fixture.startLeader("before")).leadership.stop();
    await fixture.grant(verb);
    const replica = await fixture.start("one");
    await eventually(() => replica.warnings().length, 1);
    await sleep(LEASE_MS);
    expect([replica.changes, replica.leadership.leading()]).toEqual([[], false]);
    expect(replica.warnings()).toMatchObject([
      {
        sentence: "the Lease cannot be held, and nothing is written",
        fields: {
          verb,
          error: expect.stringContaining(`cannot ${verb} resource "leases"`),
          mend: expect.stringMatching(`in namespace ${NAMESPACE} has to grant ${verb} on leases`),
        },
      },
    ]);
    await fixture.grant();
    await eventually(() => replica.leadership.leading(), true);
  });

  test.each(["list", "watch"])("without the right to %s it takes part all the same, and says once what is missing", async (verb) => {
    const leader = await fixture.startLeader("one");
    await fixture.grant(verb);
    const follower = await fixture.start("two");
    await eventually(() => [follower.leadership.holder(), follower.warnings().length], ["one", 1]);
    expect(follower.warnings()).toMatchObject([{ sentence: "the Lease cannot be watched: a release is noticed late", fields: { verb } }]);
    await leader.leadership.stop();
    await eventually(() => follower.leadership.leading(), true, 2 * LEASE_MS + SLACK_MS);
    expect(follower.warnings()).toHaveLength(1);
  });

  test("a namespace that is not there is named, and waited for", async () => {
    const replica = await fixture.start("one", { namespace: "not-yet", client: await clientFor(get()) });
    await eventually(() => replica.warnings().length, 1);
    expect(replica.warnings()).toMatchObject([
      {
        fields: {
          verb: "create",
          error: expect.stringContaining('"not-yet" not found'),
          mend: expect.stringContaining("create namespace not-yet"),
        },
      },
    ]);
    await create(get(), "/api/v1/namespaces", { metadata: { name: "not-yet" } });
    await eventually(() => replica.leadership.leading(), true);
  });
});
