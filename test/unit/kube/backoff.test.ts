/** The back-off: patient enough for an API server that comes up, and quick after a healthy time. */
import { describe, expect, test } from "@jest/globals";
import { BACKOFF, Backoff } from "../../../src/kube/backoff.ts";

describe("the back-off", () => {
  test("doubles from 0.8 s to 30 s", () => {
    const backoff = new Backoff(BACKOFF, () => 0);
    expect(Array.from({ length: 8 }, () => backoff.next(0))).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  test.each([0, 0.5, 1])("asks at most 20 times in five minutes without a server (luck %p)", (luck) => {
    const backoff = new Backoff(BACKOFF, () => luck);
    let nowMs = 0;
    let tries = 0;
    for (; nowMs < 300_000; tries += 1) nowMs += backoff.next(nowMs);
    expect(tries).toBeGreaterThan(8);
    expect(tries).toBeLessThanOrEqual(20);
  });

  test("waits as long as the server asked, at least", () => {
    expect(new Backoff(BACKOFF, () => 0).next(0, 5000)).toBe(5000);
    expect(new Backoff(BACKOFF, () => 0).next(0, 60_000)).toBe(60_000);
  });

  test("believes no server that asks for an hour, or for a date that no timer takes", () => {
    for (const atLeastMs of [3_600_000, Number.MAX_SAFE_INTEGER]) expect(new Backoff(BACKOFF, () => 1).next(0, atLeastMs)).toBe(240_000);
  });

  test("is spread by its jitter", () => {
    const waits = Array.from({ length: 50 }, () => new Backoff(BACKOFF).next(0));
    expect(new Set(waits).size).toBeGreaterThan(40);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1600);
  });

  test("begins again after 40 healthy seconds, and the wait is none of them", () => {
    const backoff = new Backoff(BACKOFF, () => 0);
    let nowMs = 0;
    for (let turn = 0; turn < 7; turn += 1) nowMs += backoff.next(nowMs);
    expect(backoff.next(nowMs + 39_000)).toBe(30_000);
    expect(backoff.next(nowMs + 39_000 + 30_000 + 41_000)).toBe(800);
  });

  test("a balancer that cuts each connection after a minute is followed at once, every time", () => {
    const backoff = new Backoff(BACKOFF, () => 1);
    let nowMs = 0;
    for (let cut = 0; cut < 30; cut += 1) {
      const delayMs = backoff.next(nowMs);
      expect(delayMs).toBe(1600);
      nowMs += delayMs + 60_000;
    }
  });
});
