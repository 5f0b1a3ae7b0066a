/**
 * What the operator writes when a workload flaps, and when the server cannot store what it writes: paced, told once, and never in a loop.
 * @newest-only: how often is written is no matter of the server's version
 */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import type { Transition } from "../../../src/api/migration-status.ts";
import { WRITE_INTERVAL_MS } from "../../../src/operator/reconcile-loop.ts";
import type { AuditEvent } from "../../control-plane/control-plane.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd } from "../../unit/assess/subject-builder.ts";
import { deployments, manifest } from "./manifests.ts";
import { eventually, OperatorFixture, SINGLETON, STATUSES, since } from "./operator-fixture.ts";

const FLAP_MS = 8_000;
const FLAPPERS = 4;

/** A write is received some milliseconds after it was sent: two can come that much closer to each other than they were sent. */
const JITTER_MS = 150;

const Frame = z.looseObject({
  object: z.looseObject({
    status: z
      .looseObject({ history: z.array(z.object({ time: z.string(), reason: z.string(), message: z.string() })).default([]) })
      .optional(),
  }),
});

describeOnControlPlane("a workload that flaps", (get) => {
  const fixture = new OperatorFixture(get);
  beforeAll(() => fixture.installCrds());

  test("as fast as the server takes it is at most two writes a second, one Event a transition, and the last state", async () => {
    await fixture.apply(fluxd());
    // The product's own interval; the clock runs as the machine's does.
    await fixture.start({ writeIntervalMs: WRITE_INTERVAL_MS });
    await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
    const told = await watchHistory();
    await sleep(2 * WRITE_INTERVAL_MS);
    const start = new Date();
    const flaps = await flap(fixture, FLAP_MS, (turn) => (turn % 2 === 0 ? "nginx:1" : `docker.io/fluxcd/flux:1.25.${turn % 5}`));
    const seconds = (Date.now() - start.getTime()) / 1000;
    await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.24.3" }));
    const last = await fixture.row("1.24.3 None None Archived None NotStarted MigrateNow True");
    await sleep(2 * WRITE_INTERVAL_MS);
    process.stderr.write(`flapped ${Math.round(flaps / seconds)} times a second\n`);

    const requests = await fixture.requests(since(start));
    const writes = await statusWrites(fixture, start);
    expect(writes.length).toBeGreaterThan(3);
    expect(tooClose(writes)).toEqual([]);
    const transitions = (await told()).map(({ reason, message }) => `Warning ${reason}: ${message}`).toSorted();
    expect(transitions.length).toBeGreaterThan(1);
    expect(await fixture.events()).toEqual(transitions);
    const posts = requests.filter(({ verb, resource }) => verb === "create" && resource === "events");
    expect(posts.map(({ code }) => code)).toEqual(Array(posts.length).fill(201));
    expect(posts.length).toBe(transitions.length - 1); // the first was told before it flapped
    expect(last.inventory?.components?.map(({ version }) => version)).toEqual(["1.24.3"]);
  });

  /** Each transition that any status ever told of. */
  async function watchHistory(): Promise<() => Promise<Transition[]>> {
    const client = await fixture.client();
    const seen = new Map<string, Transition>();
    const over = new AbortController();
    const { body } = await client.request({ path: STATUSES, query: { watch: true }, signal: over.signal });
    const read = (async () => {
      let rest = "";
      for await (const chunk of body) {
        const frames = (rest + chunk.toString()).split("\n");
        rest = frames.pop() ?? "";
        for (const frame of frames)
          for (const entry of Frame.parse(JSON.parse(frame)).object.status?.history ?? []) seen.set(JSON.stringify(entry), entry);
      }
    })().catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    return async () => {
      over.abort();
      await read;
      client.close();
      return [...seen.values()];
    };
  }
});

/** Gives flux/flux one image after the other, as fast as the server takes them. @returns how many */
async function flap(fixture: OperatorFixture, forMs: number, imageAt: (turn: number) => string): Promise<number> {
  const end = performance.now() + forMs;
  let turns = 0;
  const work = async () => {
    while (performance.now() < end) {
      const image = imageAt(turns++);
      await fixture.merge(deployments("flux", "flux"), { spec: { template: { spec: { containers: [{ name: "flux", image }] } } } });
    }
  };
  await Promise.all(Array.from({ length: FLAPPERS }, work));
  return turns;
}

async function statusWrites(fixture: OperatorFixture, start: Date): Promise<AuditEvent[]> {
  const requests = await fixture.requests(since(start));
  return requests.filter(({ verb, subresource }) => verb === "patch" && subresource === "status");
}

/** Pairs of writes that followed each other sooner than they may. */
function tooClose(writes: readonly AuditEvent[]): number[] {
  const times = writes.map(({ receivedAt }) => receivedAt.getTime()).toSorted((a, b) => a - b);
  return times.slice(1).flatMap((time, index) => {
    const apart = time - (times[index] ?? 0);
    return apart < WRITE_INTERVAL_MS - JITTER_MS ? [apart] : [];
  });
}

const MANY = 450;

describeOnControlPlane(
  "a status that is too large for etcd",
  (get) => {
    const fixture = new OperatorFixture(get);
    beforeAll(async () => {
      await fixture.installCrds();
      await createMany();
    });

    test("is shrunk once, and written; it is not tried again as it was", async () => {
      const { lines } = await fixture.start();
      const status = await fixture.statusWhere(({ inventory }) => expect(inventory?.omittedComponents).toBeGreaterThan(0));
      expect((status.inventory?.components?.length ?? 0) + (status.inventory?.omittedComponents ?? 0)).toBe(MANY);
      await sleep(1_000);
      expect(await codes()).toEqual([500, 200]);
      expect(lines.filter(({ sentence }) => sentence.includes("too large"))).toHaveLength(1);
      const first = new Date();
      await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.20.0" }));
      await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toContain("1.20.0"));
      expect(await codes(first)).toEqual([200]);
    });

    test("even when shrunk, is not tried again and again, however much changes", async () => {
      // What somebody else put into the object counts as well: no size of ours fits beside it.
      await fixture.remove(SINGLETON);
      const metadata = { name: "cluster", annotations: { "example.com/notes": "x".repeat(150_000) } };
      const noted = { apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata, spec: {} };
      // Created, not applied: the server applies to what its watch cache still has of the deleted one, whose status is too much beside this.
      expect((await get().request("POST", STATUSES, noted)).status).toBe(201);
      const { lines } = await fixture.start({ writeIntervalMs: WRITE_INTERVAL_MS });
      await eventually(
        () => lines.filter(({ sentence }) => sentence.includes("even when shrunk")),
        (told) => expect(told).toHaveLength(1),
      );
      const begin = new Date();
      await flap(fixture, 4_000, (turn) => `docker.io/fluxcd/flux:1.19.${turn}`);
      await sleep(2 * WRITE_INTERVAL_MS);
      const tries = await statusWrites(fixture, begin);
      expect(new Set(tries.map(({ code }) => code))).toEqual(new Set([500]));
      expect(tries.length).toBeGreaterThan(2);
      expect(tooClose(tries)).toEqual([]);
      expect(lines.filter(({ sentence }) => sentence.includes("even when shrunk"))).toHaveLength(1);
      // Without a change, there is no try at all.
      const quiet = new Date();
      await sleep(1_500);
      expect(await codes(quiet)).toEqual([]);
    });

    const codes = async (start = new Date(0)) => (await statusWrites(fixture, start)).map(({ code }) => code);

    async function createMany(): Promise<void> {
      await fixture.apply(fluxd());
      let next = 1;
      const work = async () => {
        for (let index = next++; index < MANY; index = next++) {
          const object = manifest({ ...fluxd(), metadata: { name: `flux-${index}`, namespace: "flux" } });
          const { status } = await get().request("POST", "/apis/apps/v1/namespaces/flux/deployments", object);
          expect(status).toBe(201);
        }
      };
      await Promise.all([work(), work(), work(), work()]);
    }
  },
  // A fifth of etcd's default: a status of a few hundred components is too large for it, as one of thousands is elsewhere.
  { etcdFlags: ["--max-request-bytes=200000"] },
);
