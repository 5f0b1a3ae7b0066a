import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { statusErrorFrom } from "../../../src/kube/errors.ts";
import { ReconcileLoop, type ReconcileLoopOptions, WRITE_INTERVAL_MS } from "../../../src/operator/reconcile-loop.ts";

const RETRY = { firstMs: 20, factor: 2, capMs: 80, jitter: 0, resetMs: 60_000 };

/** Timers can ring a millisecond early. */
const EARLY_MS = 2;

describe("the reconcile loop", () => {
  const loops: ReconcileLoop[] = [];
  const changes: NodeJS.Timeout[] = [];
  afterEach(async () => {
    for (const change of changes.splice(0)) clearInterval(change);
    await Promise.all(loops.splice(0).map((loop) => loop.stop()));
  });

  /** Something changes again and again, until the test ends. */
  const keepWaking = (loop: ReconcileLoop, everyMs: number) => void changes.push(setInterval(() => loop.wake(), everyMs));

  /** A loop that notes when each pass began. */
  function loopOf(pass: (count: number) => Promise<boolean> | boolean, options: Partial<ReconcileLoopOptions> = {}) {
    const passes: number[] = [];
    const warnings: unknown[] = [];
    const repeats: unknown[] = [];
    const log = {
      debug: (_: string, fields: unknown) => void repeats.push(fields),
      info: () => {},
      error: () => {},
      warn: (_: string, fields: unknown) => void warnings.push(fields),
    };
    const loop = new ReconcileLoop({
      log,
      retry: RETRY,
      pass: async () => {
        passes.push(performance.now());
        return await pass(passes.length);
      },
      ...options,
    });
    loops.push(loop);
    return { loop, passes, warnings, repeats };
  }

  test("many wakes in one turn are one pass", async () => {
    const { loop, passes } = loopOf(() => false);
    for (let wake = 0; wake < 1_000; wake += 1) loop.wake();
    await sleep(30);
    expect(passes).toHaveLength(1);
  });

  test("a wake during a pass is one more pass after it, never beside it", async () => {
    let running = 0;
    let most = 0;
    const { loop, passes } = loopOf(async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      return false;
    });
    loop.wake();
    await sleep(10);
    for (let wake = 0; wake < 10; wake += 1) loop.wake();
    await sleep(80);
    expect([passes.length, most]).toEqual([2, 1]);
  });

  test("writes are half a second apart; the first is made at once", async () => {
    const { loop, passes } = loopOf(() => true);
    const start = performance.now();
    loop.wake();
    await sleep(20);
    loop.wake();
    await sleep(WRITE_INTERVAL_MS + 50);
    const [first = 0, second = 0] = passes;
    expect(passes).toHaveLength(2);
    expect(first - start).toBeLessThan(100);
    expect(second - first).toBeGreaterThanOrEqual(WRITE_INTERVAL_MS - EARLY_MS);
  });

  test("woken a thousand times a second, it writes twice a second, and once more for what came last", async () => {
    const seen: number[] = [];
    let wakes = 0;
    const { loop, passes } = loopOf(() => seen.push(wakes) > 0);
    const end = performance.now() + 2 * WRITE_INTERVAL_MS + 100;
    const start = performance.now();
    while (performance.now() < end) {
      // As many as are due: a timer rings when the machine lets it.
      while (wakes < performance.now() - start) {
        wakes += 1;
        loop.wake();
      }
      await sleep(1);
    }
    expect(wakes).toBeGreaterThan(1_000);
    await sleep(WRITE_INTERVAL_MS + 50);
    const apart = passes.slice(1).map((at, index) => at - (passes[index] ?? 0));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(WRITE_INTERVAL_MS - EARLY_MS);
    // On a machine that lags, the third may be the last.
    expect([3, 4]).toContain(passes.length);
    expect(seen.at(-1)).toBe(wakes);
  });

  test("a pass that writes nothing delays nothing", async () => {
    const { loop, passes } = loopOf(() => false, { writeIntervalMs: 10_000 });
    for (let round = 0; round < 3; round += 1) {
      loop.wake();
      await sleep(10);
    }
    expect(passes).toHaveLength(3);
  });

  test("a pass that fails is tried again, later each time, until it succeeds", async () => {
    const failing = (count: number) => {
      if (count < 4) throw new Error(`no ${count}`);
      return false;
    };
    const { loop, passes, warnings, repeats } = loopOf(failing, { writeIntervalMs: 0 });
    loop.wake();
    await sleep(300);
    expect(passes).toHaveLength(4);
    // What goes on is no news.
    expect(warnings).toEqual([{ error: "no 1", delayMs: 20 }]);
    expect(repeats).toEqual([
      { error: "no 2", delayMs: 40 },
      { error: "no 3", delayMs: 80 },
    ]);
    const gaps = passes.slice(1).map((at, index) => at - (passes[index] ?? 0));
    expect(gaps.every((gap, index) => gap >= 20 * 2 ** index - EARLY_MS)).toBe(true);
  });

  test("a change cuts the wait of a failed pass short, but not to a storm", async () => {
    const retry = { ...RETRY, firstMs: 60_000, capMs: 60_000 };
    const { loop, passes } = loopOf((count) => (count === 1 ? Promise.reject(new Error("no")) : false), { retry, writeIntervalMs: 50 });
    loop.wake();
    await sleep(20);
    for (let wake = 0; wake < 10; wake += 1) loop.wake();
    await sleep(150);
    const [first = 0, second = 0] = passes;
    expect(passes).toHaveLength(2);
    expect(second - first).toBeGreaterThanOrEqual(50 - EARLY_MS);
  });

  test("changes without end cut one wait short, and not the next", async () => {
    const retry = { ...RETRY, firstMs: 400, capMs: 400 };
    const { loop, passes } = loopOf(() => Promise.reject(new Error("no")), { retry, writeIntervalMs: 50 });
    keepWaking(loop, 5);
    await sleep(900);
    const gaps = passes.slice(1).map((at, index) => at - (passes[index] ?? 0));
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    expect(gaps.filter((gap, index) => gap < (index % 2 === 0 ? 50 : 400) - EARLY_MS)).toEqual([]);
    expect(gaps[0]).toBeLessThan(400);
  });

  test("a server that asks for patience is not asked sooner, whatever changes", async () => {
    const busy = () => statusErrorFrom("PATCH /status", 429, "", "1", new Date());
    const { loop, passes } = loopOf((count) => (count === 1 ? Promise.reject(busy()) : false), { writeIntervalMs: 10 });
    keepWaking(loop, 20);
    await sleep(900);
    expect(passes).toHaveLength(1);
    await sleep(600);
    expect(passes.length).toBeGreaterThan(1);
  });

  test("a pass that is asked for later comes at the first of the times, once, and not after stop", async () => {
    const { loop, passes } = loopOf(() => false);
    const start = performance.now();
    loop.wakeAfter(10_000);
    loop.wakeAfter(60);
    loop.wakeAfter(10_000);
    await sleep(30);
    if (performance.now() - start < 60) expect(passes).toHaveLength(0);
    await sleep(80);
    expect(passes).toHaveLength(1);
    loop.wakeAfter(10);
    await loop.stop();
    await sleep(30);
    expect(passes).toHaveLength(1);
  });

  test("stop waits for the pass under way, ends a wait, and lets none begin", async () => {
    let done = false;
    const slow = loopOf(async () => {
      await sleep(40);
      done = true;
      return true;
    });
    slow.loop.wake();
    await sleep(10);
    slow.loop.wake();
    await slow.loop.stop();
    slow.loop.wake();
    await sleep(20);
    expect([done, slow.passes.length]).toEqual([true, 1]);

    const failing = loopOf(() => Promise.reject(new Error("no")), { retry: { ...RETRY, firstMs: 60_000, capMs: 60_000 } });
    failing.loop.wake();
    await sleep(20);
    const start = performance.now();
    await failing.loop.stop();
    expect(performance.now() - start).toBeLessThan(50);
  });
});
