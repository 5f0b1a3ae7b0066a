/**
 * Two seeds of the fault run: each kind of fault under one operator, once as Tables and once whole, once with a server that loses the past.
 * More seeds: `npm run faults`.
 * @newest-only: minutes of work for a server; kube/faults.test.ts runs on both
 * @alone: beside others a server would be too slow for deadlines of a thirtieth
 */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { FAULT_KINDS } from "../../faults/fault-kinds.ts";
import { playRound, prepareRounds } from "../../faults/fault-round.ts";
import { compacts, failuresOf, STEPS, WITHOUT_CACHE } from "../../faults/part-faults.ts";

/** Alone on two cores a seed takes a fifth of it. */
const SEED_LIMIT_MS = 600_000;

for (const { seed, server, apiServerFlags } of [
  { seed: 2, server: "a server that remembers", apiServerFlags: [] },
  { seed: 3, server: "a server that forgets", apiServerFlags: WITHOUT_CACHE },
]) {
  describeOnControlPlane(
    `operators behind each kind of fault, and ${server}`,
    (get) => {
      const unhandled: unknown[] = [];
      const remember = (reason: unknown) => unhandled.push(reason);
      jest.setTimeout(SEED_LIMIT_MS);
      beforeAll(async () => {
        process.on("unhandledRejection", remember);
        await prepareRounds(get(), FAULT_KINDS);
      });
      afterAll(() => void process.off("unhandledRejection", remember));

      test(`seed ${seed}: they see in order, tell once, miss nothing, go on where they were, storm nobody, and are right in the end`, async () => {
        const outcomes = await playRound(get(), { seed, kinds: FAULT_KINDS, steps: STEPS, compact: compacts(seed) });
        expect(failuresOf(seed, outcomes)).toEqual([]);
        expect(unhandled).toEqual([]);
        // A kind that never struck has proved nothing.
        expect(outcomes.filter(({ struck }) => struck === 0).map(({ kind }) => kind)).toEqual([]);
        expect(outcomes.filter(({ judged }) => judged < 5).map(({ kind }) => kind)).toEqual([]);
      });
    },
    { auditLog: false, apiServerFlags },
  );
}
