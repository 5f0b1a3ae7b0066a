/**
 * One minute of `npm run soak`. It shows that nothing is lost and that files, sockets and handles stay; the heap's slope needs an hour, so
 * a minute only sets a bound to what is alive, which a leak of a kilobyte an event would pass.
 * @newest-only: a minute about our own process
 */
import { afterAll, expect, test } from "@jest/globals";
import { describeWithBinaries } from "../control-plane/suite.ts";
import { FINAL_ROW } from "../soak/churn.ts";
import { type SoakResult, soak } from "../soak/soak.ts";
import { verdictOf, warmed } from "../soak/verdict.ts";

/** With the start of the servers before it and the last looks after it, a minute. */
const LOAD_MS = 45_000;
const LIMIT_MS = 240_000;

/** What may be alive more at the end than after the warm-up: code that is compiled late, and the events that are under way. */
const MOST_GROWTH = 3e6;

describeWithBinaries("a minute of the soak", () => {
  let result: SoakResult | undefined;
  afterAll(() => {
    if (result) process.stderr.write(`${result.events} events, ${result.reconnects} reconnects, ${result.crdCycles} rounds of a CRD\n`);
  });

  test(
    "under changes, cuts and a CRD that comes and goes, the operator holds what it held, and its status is right in the end",
    async () => {
      const goals = { events: Number.POSITIVE_INFINITY, reconnects: Number.POSITIVE_INFINITY, crdCycles: 20 };
      result = await soak({ ...goals, mostMs: LOAD_MS, sampleMs: 1_000, cutMs: 9_000, rest: false, seed: 1, progress: () => {} });
      const lines = verdictOf(result, false);
      expect(lines.filter(({ good }) => !good)).toEqual([]);
      expect([result.row, result.exitCode]).toEqual([FINAL_ROW, 0]);
      expect(result.events).toBeGreaterThan(1_000);
      expect(result.reconnects).toBeGreaterThan(15);
      expect(result.crdCycles).toBeGreaterThan(3);
      const heaps = warmed(result.samples).map(({ heap }) => heap);
      expect((heaps.at(-1) ?? 0) - (heaps[0] ?? 0)).toBeLessThan(MOST_GROWTH);
    },
    LIMIT_MS,
  );
});
