/**
 * SIGTERM at 20 moments of an operator's life. `test/faults/signals.ts` meets it at 100.
 * @newest-only: how a process ends is no matter of the server's version
 */
import { expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { MOMENTS, run } from "../../faults/signals.ts";

/** Each moment twice with a server that answers, and twice with one that has just stopped. */
const TIMES = 4 * MOMENTS.length;

const SEED = 20_261_123;

const LIMIT_MS = 300_000;

describeOnControlPlane("SIGTERM", (get) => {
  test(
    "ends the operator with 0 within a second, at start, in a list, a write or a renewal, also where nobody answers any more",
    async () => {
      const lines: string[] = [];
      const { ends, failures } = await run({ times: TIMES, seed: SEED, say: (line) => void lines.push(line), controlPlane: get() });
      expect([failures, failures.length === 0 ? "" : lines]).toEqual([[], ""]);
      expect(ends).toHaveLength(TIMES);
    },
    LIMIT_MS,
  );
});
