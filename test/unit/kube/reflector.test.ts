/** The reflector of either source in simulated time: what it asks for, how often, and what it shows, while a server fails in each of the known ways. */
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { ReflectorSource } from "../../../src/kube/reflector.ts";
import { REFLECTOR_TIMINGS, type ReflectorTimings } from "../../../src/kube/reflector-timings.ts";
import { changeFrame } from "./model/frames.ts";
import { BOTH_SOURCES, Play, type Side } from "./model/play.ts";
import type { Step } from "./model/sequence.ts";
import type { Failure } from "./model/server.ts";

const FLUXD = "docker.io/fluxcd/flux:1.25.4";
const MINUTE_MS = 60_000;

const create = (name: string, image: string): Step => ({ does: "create", place: ["apps", name], shape: { images: [image] } });
const setImage = (name: string, image: string): Step => ({ does: "update", place: ["apps", name], shape: { images: [image] } });

const plays: Play[] = [];

function oneSided(source: ReflectorSource, timings: Partial<ReflectorTimings> = {}): { play: Play; side: Side } {
  const play = new Play([source], { timings });
  plays.push(play);
  const [side] = play.sides;
  if (!side) throw new Error("a play has a side for each source");
  return { play, side };
}

afterEach(async () => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  for (const play of plays.splice(0)) await play.stop();
});

describe.each(BOTH_SOURCES)("a reflector of source %s", (source) => {
  /** With a fluxd and two that are not ours, read and watched. */
  async function watching(timings: Partial<ReflectorTimings> = {}) {
    const { play, side } = oneSided(source, timings);
    for (const [name, image] of [
      ["fluxd", FLUXD],
      ["web", "nginx:1"],
      ["shop", "nginx:2"],
    ] as const)
      await play.take(create(name, image));
    play.start();
    await play.look();
    const asked = side.server.asked.length;
    return {
      ...{ side, time: play.time, world: play.world },
      take: (step: Step) => play.take(step),
      look: () => play.look(),
      /** What was asked since then. */
      since: () => side.server.asked.slice(asked).map((line) => line.replace("Table ", "")),
    };
  }

  const failures: Failure[] = ["Refused", "Broken", "Away", "Cut"];
  const outages = [0, 0.5, 0.999].flatMap((luck) => failures.map((failure) => ({ luck, failure })));

  test.each(outages)("asks at most 20 times in five minutes of outage ($failure, luck $luck)", async ({ luck, failure }) => {
    jest.spyOn(Math, "random").mockReturnValue(luck);
    const { side, since, time, take } = await watching();
    side.server.down = failure;
    await take({ does: "cut", afterBytes: 0 });
    await time.pass(5 * MINUTE_MS);
    expect(since().length).toBeGreaterThan(8);
    expect(since().length).toBeLessThanOrEqual(20);
    expect(side.reflector.state()).toEqual({ at: "Synced" });
    expect(side.reflector.items()).toHaveLength(1);
  });

  test.each(outages)("is as patient where there is no server at its start ($failure, luck $luck)", async ({ luck, failure }) => {
    jest.spyOn(Math, "random").mockReturnValue(luck);
    const { play, side } = oneSided(source);
    side.server.down = failure;
    play.start();
    await play.time.pass(5 * MINUTE_MS);
    expect(side.server.asked.length).toBeGreaterThan(8);
    expect(side.server.asked.length).toBeLessThanOrEqual(20);
  });

  test("opens no storm of watches that end at once", async () => {
    const { side, since, time, take } = await watching();
    side.server.shortWatches = true;
    await take({ does: "end" });
    await time.pass(5 * MINUTE_MS);
    expect(since().filter((line) => line.startsWith("Watch")).length).toBeLessThanOrEqual(20);
  });

  test("follows a server that ends each watch after some frames, as it does to one who reads too slowly, within a second each", async () => {
    const { side, since, time, take } = await watching();
    for (let round = 0; round < 10; round += 1) {
      await take(setImage("web", `nginx:${10 + round}`));
      await take({ does: "end" });
      await time.pass(REFLECTOR_TIMINGS.shortWatchMs);
    }
    expect(since().filter((line) => line.startsWith("Watch"))).toHaveLength(10);
    expect(side.reflector.metrics.restarts).toMatchObject({ Ended: 10 });
  });

  describe("where a kind changes two hundred times a second", () => {
    /** Tens of thousands of turns of the event loop, on a machine that does much else. */
    const SLOW_MS = 30_000;

    /** A change each 5 ms, until the condition holds or so much time has passed. */
    async function changing(to: Awaited<ReturnType<typeof watching>>, forMs: number, until = () => false): Promise<void> {
      for (let ms = 0; ms < forMs && !until(); ms += 5) {
        await to.time.pass(5);
        await to.take(setImage("web", `nginx:${ms}`));
        await to.time.turn();
      }
    }

    async function pausing() {
      const busy = await watching();
      await changing(busy, 2_000, () => !busy.side.server.watching);
      expect(busy.side.server.watching).toBe(false);
      return busy;
    }

    test("leaves it alone for a second each, and misses nothing of it", async () => {
      const busy = await pausing();
      const { side, since, time, take, world } = busy;
      expect(since()).toEqual([]);
      const left = world.version;

      await take(setImage("fluxd", "nginx:1"));
      await time.pass(REFLECTOR_TIMINGS.pauseMs - 1);
      expect(side.server.watching).toBe(false);
      expect(side.reflector.items()).toHaveLength(1);

      await time.pass(1);
      expect(since()[0]).toBe(`Watch from ${left}`);
      expect(side.reflector.items()).toHaveLength(0);
      expect(side.reflector.metrics).toMatchObject({ watches: 2, restarts: {} });
    });

    test("lists at once, and ends at once, though it pauses", async () => {
      const { side, since, time } = await pausing();
      side.reflector.relist();
      await time.turn();
      expect(since()[0]).toMatch(/^List/);
      const again = await pausing();
      await again.side.reflector.stop();
      expect(again.since()).toEqual([]);
    });

    test("asks for watches that end when the first was to end, and then begins anew", async () => {
      const busy = await watching({ watchTimeoutMs: { least: 10_000, most: 10_000 } });
      const asked: unknown[] = [];
      const request = busy.side.server.request.bind(busy.side.server);
      jest.spyOn(busy.side.server, "request").mockImplementation((wanted) => {
        if (wanted.query?.watch) asked.push(wanted.query.timeoutSeconds);
        return request(wanted);
      });
      await busy.take({ does: "end" });
      await changing(busy, 12_000);
      expect(asked.slice(0, 4)).toEqual([10, 8, 7, 6]);
      expect(asked.filter((seconds) => seconds === 10)).toHaveLength(2);
      expect(busy.side.reflector.metrics.restarts).toEqual({ Ended: 2 });
    });

    test(
      "is no longer without a watch for a server of which each tenth connection fails",
      async () => {
        jest.spyOn(Math, "random").mockReturnValue(0.999);
        const busy = await watching();
        const { side, time } = busy;
        const gaps: number[] = [];
        let blindSinceMs: number | undefined;
        let opened = 0;
        await changing(busy, 200_000, () => {
          if (side.reflector.metrics.watches > opened) {
            opened = side.reflector.metrics.watches;
            if (opened % 10 === 9) side.server.fail("Watch", "Refused");
          }
          if (!side.server.watching) blindSinceMs ??= time.nowMs();
          else if (blindSinceMs !== undefined) {
            gaps.push(time.nowMs() - blindSinceMs);
            blindSinceMs = undefined;
          }
          return false;
        });
        expect(side.reflector.metrics.restarts.Cut).toBeGreaterThan(1);
        expect(Math.max(...gaps)).toBeLessThan(4_000);
      },
      SLOW_MS,
    );

    test("is read as before where an opening is answered with a 500", async () => {
      const busy = await pausing();
      busy.side.server.fail("Watch", "Broken");
      await busy.time.pass(10_000);
      expect(busy.since()).toEqual([expect.stringMatching(/^Watch from/), expect.stringMatching(/^Watch from/)]);
      expect(busy.side.reflector.metrics.source).toBe(source);
      expect(busy.side.server.watching).toBe(true);
    });
  });

  test("tries again at once when it is hurried, but not before a busy server allows it", async () => {
    jest.spyOn(Math, "random").mockReturnValue(0.999);
    const { side, since, time, take } = await watching();
    side.server.down = "Refused";
    await take({ does: "cut", afterBytes: 0 });
    await time.pass(2 * MINUTE_MS);
    side.server.down = undefined;
    const before = since().length;
    await time.turn();
    expect(since()).toHaveLength(before);
    side.reflector.hurry();
    await time.turn();
    expect(since().slice(before)).toEqual(["Version", expect.stringMatching(/^Watch from/)]);

    await take({ does: "fail", asked: "Watch", failure: "Busy" });
    await take({ does: "end" });
    await time.pass(2_000);
    const refused = since().length;
    side.reflector.hurry();
    await time.pass(6_000);
    expect(since()).toHaveLength(refused);
    await time.pass(MINUTE_MS);
    expect(since().length).toBeGreaterThan(refused);
  });

  test("waits as long as a busy server asks, for a list as for a watch", async () => {
    jest.spyOn(Math, "random").mockReturnValue(0);
    const { since, time, take } = await watching();
    await take({ does: "fail", asked: "Watch", failure: "Busy" });
    await take({ does: "cut", afterBytes: 0 });
    const times = (asked: RegExp) => since().filter((line) => asked.test(line)).length;
    await time.pass(800); // the first step of the back-off, after the cut
    expect(times(/^Watch/)).toBe(1);
    await time.pass(6_900);
    expect(times(/^Watch/)).toBe(1);
    await time.pass(200);
    expect(times(/^Watch/)).toBe(2);
    await take({ does: "fail", asked: "List", failure: "Busy" });
    await take({ does: "relist" });
    await time.pass(6_900);
    expect(times(/^List/)).toBe(1);
    await time.pass(200);
    expect(times(/^List/)).toBe(2);
  });

  test.each(["Answer", "Frame"] as const)(
    "lists the latest, once, after a 410 as %s, and never asks for the old version again",
    async (told) => {
      const { since, world, look, take } = await watching();
      await take({ does: "gone", told });
      await take({ does: "cut", afterBytes: 0 });
      await take(create("late", FLUXD));
      await take({ does: "compact" });
      await look();
      const asked = since().filter((line) => !line.startsWith("Name") && !line.startsWith("Page"));
      expect(asked).toEqual(["Version", expect.stringMatching(/^Watch from \d+$/), "List", `Watch from ${world.version}`]);
    },
  );

  test("begins anew, in one piece, where the token of the next page has expired", async () => {
    const { since, take, look, side } = await watching();
    await take({ does: "fail", asked: "Page", failure: "Expired" });
    await take({ does: "relist" });
    await look();
    expect(since().filter((line) => !line.startsWith("Name"))).toEqual(["List", "Page", "List", expect.stringMatching(/^Watch/)]);
    expect(side.reflector.metrics.restarts.Expired).toBe(1);
  });

  test("tries a version that the server has not reached once more, and lists within ten seconds", async () => {
    jest.spyOn(Math, "random").mockReturnValue(0.999);
    const { side, since, time, take, look } = await watching();
    await take({ does: "bookmark" });
    await time.pass(2_000);
    for (let turn = 0; turn < 2; turn += 1) await take({ does: "fail", asked: "Watch", failure: "Future" });
    await take({ does: "end" });
    await time.pass(999); // Retry-After is a second
    expect(since()).toHaveLength(1);
    await time.pass(9_000);
    expect(since().filter((line) => line === "List")).toHaveLength(1);
    expect(side.reflector.metrics.restarts).toEqual({ Ended: 1, FutureVersion: 2 });
    await take(create("late", FLUXD));
    await look();
  });

  test("goes on from a bookmark: what was compacted before it is no reason to list", async () => {
    const { since, take, look, world } = await watching();
    for (let turn = 0; turn < 3; turn += 1) await take({ does: "passBy" });
    await take({ does: "bookmark" });
    await take({ does: "turn" });
    await take({ does: "compact" });
    await take({ does: "cut", afterBytes: 0 });
    await look();
    expect(since()).toEqual(["Version", `Watch from ${world.version}`]);
  });

  test("goes on from a frame about somebody else", async () => {
    const { since, take, look, world } = await watching();
    await take(setImage("web", "nginx:3"));
    await take({ does: "turn" });
    await take({ does: "compact" });
    await take({ does: "cut", afterBytes: 0 });
    await look();
    expect(since()).toEqual(["Version", `Watch from ${world.version}`]);
  });

  test("sees that a kept object has stopped being ours, or went, in a frame without a word of ours", async () => {
    const { side, take, look } = await watching();
    await take(setImage("fluxd", "nginx:3"));
    await look();
    expect(side.reflector.items()).toEqual([]);
    await take(setImage("fluxd", FLUXD));
    await look();
    await take({ does: "remove", place: ["apps", "fluxd"] });
    await look();
    expect(side.reflector.metrics.reads).toBeLessThan(12);
  });

  test("goes on from the last good version after a line that is no JSON, and counts it", async () => {
    const { side, since, take, look, world } = await watching();
    await take({ does: "garbage" });
    await take(create("late", FLUXD));
    const from = world.version - 1;
    await look();
    expect(since()[0]).toBe(`Watch from ${from}`);
    expect(side.reflector.metrics.restarts).toEqual({ Malformed: 1 });
    expect(side.reflector.items()).toHaveLength(2);
  });

  test("doubts a version after three broken lines, and lists", async () => {
    const { since, take, look } = await watching();
    for (let turn = 0; turn < 3; turn += 1) {
      await take({ does: "garbage" });
      await look();
    }
    expect(since().filter((line) => line === "List")).toHaveLength(1);
  });

  test("lists again where the version goes back: etcd was restored", async () => {
    const { side, since, look } = await watching();
    side.server.say('{"type":"BOOKMARK","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"resourceVersion":"50"}}}\n');
    await look();
    expect(since().filter((line) => line === "List")).toHaveLength(1);
  });

  test("is patient for a minute where its token is refused, and then says so", async () => {
    const { side, time, take } = await watching();
    side.server.down = "Unauthorized";
    await take({ does: "cut", afterBytes: 0 });
    await time.pass(MINUTE_MS - 1_000);
    expect(side.reflector.state()).toEqual({ at: "Synced" });
    await time.pass(MINUTE_MS);
    expect(side.reflector.state()).toMatchObject({ at: "Unreadable", reason: "Unauthorized" });
    expect(side.reflector.items()).toHaveLength(1);
  });

  test("takes a watch for dead that was silent for 90 s, and no sooner", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "performance", "queueMicrotask", "Date"] });
    const { side, since, take, time, look, world } = await watching();
    await take({ does: "bookmark" }); // from now on silence is a sign
    await time.turn();
    jest.advanceTimersByTime(REFLECTOR_TIMINGS.readDeadlineMs - 1);
    await time.pass(MINUTE_MS);
    expect(since()).toEqual([]);
    jest.advanceTimersByTime(1);
    await time.pass(MINUTE_MS);
    expect(since()).toEqual([`Watch from ${world.version}`]);
    expect(side.reflector.metrics.restarts).toEqual({ Silent: 1 });
    await look();
  });
});

test("bookmarks come every 60 s: a watch is silent after 90 s, and ends by itself after 5 to 10 minutes", () => {
  expect(REFLECTOR_TIMINGS).toMatchObject({ readDeadlineMs: 90_000, watchTimeoutMs: { least: 300_000, most: 600_000 } });
});

test("a DELETED that is told again does not remove what was made anew under the name", async () => {
  const { play, side } = oneSided("full");
  await play.take(create("fluxd", FLUXD));
  const old = play.world.at(play.world.version).objects.get("apps/fluxd");
  if (!old) throw new Error("no fluxd");
  await play.take({ does: "recreate", place: ["apps", "fluxd"], shape: { images: [FLUXD] } });
  play.start();
  await play.look();
  side.server.say(changeFrame("DELETED", old));
  await play.look(); // fails where it was lost for a moment
});
