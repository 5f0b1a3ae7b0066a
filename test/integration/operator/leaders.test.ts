/**
 * Three replicas of the operator lose 30 leaders. `test/faults/leaders.ts` loses more of them, with the Lease that people use.
 * @newest-only: over a minute, with the same Lease API as on the oldest; leadership.test.ts runs on both
 */
import { expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { run } from "../../faults/leaders.ts";
import { BODIES_OF } from "../../faults/one-writer.ts";

const LOSSES = 30;

/** Of 1.5 s, which stands in the Lease as 2: about 70 s for all. */
const LEASE_SECONDS = 1.5;

const SEED = 20_261_123;

const LIMIT_MS = 300_000;

describeOnControlPlane(
  "three replicas",
  (get) => {
    test(
      "lose 30 leaders while they write all the time: never two writers, and another one leads in time",
      async () => {
        const lines: string[] = [];
        const say = (line: string) => void lines.push(line);
        const result = await run({ losses: LOSSES, leaseSeconds: LEASE_SECONDS, seed: SEED, say, controlPlane: get() });
        expect([result.failures, result.failures.length === 0 ? "" : lines]).toEqual([[], ""]);
        expect(result.handOvers).toHaveLength(LOSSES);
        // Each term but the last was one that wrote.
        expect(result.verdict.statusWrites).toBeGreaterThan(LOSSES);
        // A follower whose write was refused proves that the fence is there; whether there was one is chance.
        expect(result.verdict.leaseWrites).toBeGreaterThan(result.verdict.terms.length);
      },
      LIMIT_MS,
    );
  },
  { auditBodiesOf: BODIES_OF },
);
