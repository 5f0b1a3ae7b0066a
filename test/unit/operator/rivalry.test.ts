/** Who writes over our status again and again is given way to, for longer each time; who does it once is corrected. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { Contested, Rivalry } from "../../../src/operator/rivalry.ts";

const TIMINGS = { firstMs: 10_000, factor: 2, capMs: 60_000, jitter: 0, resetMs: 7_200_000 };

describe("a rivalry", () => {
  let nowMs = 0;
  let version = 0;
  let rivalry: Rivalry;
  beforeEach(() => {
    nowMs = 1_000;
    version = 0;
    rivalry = new Rivalry({ timings: TIMINGS, monotonic: () => nowMs });
  });

  /** @returns milliseconds to wait, negative where that was said before; 0: it may be corrected */
  const ask = (resourceVersion: string): number => {
    try {
      rivalry.overwritten("MigrationStatus/cluster", resourceVersion);
      return 0;
    } catch (error) {
      if (!(error instanceof Contested)) throw error;
      return error.begins ? error.delayMs : -error.delayMs;
    }
  };
  const again = () => {
    version += 1;
    return ask(String(version));
  };

  test("three times the other one is corrected at once, then later and later, up to a limit", () => {
    expect([again(), again(), again()]).toEqual([0, 0, 0]);
    for (const waitMs of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect(again()).toBe(waitMs);
      nowMs += waitMs - 1;
      // Whatever is written meanwhile, nothing is sent.
      expect([again(), again()]).toEqual([-1, -1]);
      nowMs += 1;
    }
  });

  test("the correction that was waited for is sent, over the version that was counted", () => {
    for (let times = 0; times < 3; times += 1) again();
    expect(ask("x")).toBe(10_000);
    nowMs += 10_000;
    expect(ask("x")).toBe(0);
  });

  test("a write that fails and is tried again is no new quarrel", () => {
    expect(Array.from({ length: 20 }, () => ask("7"))).toEqual(Array(20).fill(0));
  });

  test("is none the less for the time of a wait: the other one has waits of its own", () => {
    for (let times = 0; times < 4; times += 1) again();
    nowMs += 10_000 + TIMINGS.resetMs - 1;
    expect(again()).toBe(20_000);
    nowMs += 20_000 + TIMINGS.resetMs - 1;
    expect(again()).toBe(40_000);
  });

  test("is forgotten where nothing has happened for two hours", () => {
    for (let times = 0; times < 4; times += 1) again();
    nowMs += 10_000 + TIMINGS.resetMs + 1;
    expect([again(), again(), again(), again()]).toEqual([0, 0, 0, 10_000]);
  });
});
