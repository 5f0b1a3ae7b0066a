/** The part "faults" of `npm run faults`: every kind of fault, 20 seeds or 200, and what a seed that fails prints. */
import { startControlPlane } from "../control-plane/control-plane.ts";
import { FAULT_KINDS } from "./fault-kinds.ts";
import { type Outcome, playRound, prepareRounds } from "./fault-round.ts";
import type { PartOptions } from "./main.ts";

const SEEDS = { usual: 20, long: 200 };

/** Of one run. */
export const STEPS = 200;

/** A third of the seeds lose the past all the while. */
export const compacts = (seed: number) => seed % 3 === 0;

/** The API server answers from a cache of its own what etcd has forgotten, unless it has none; each watch costs much more then. */
const WITHOUT_CACHE = ["--watch-cache=false"];

export async function playFaults({ long, seed, kind, say }: PartOptions): Promise<number> {
  const kinds = FAULT_KINDS.filter(({ name }) => kind === undefined || kind === name);
  if (kinds.length === 0) throw new Error(`no kind "${kind}"; known: ${FAULT_KINDS.map(({ name }) => name).join(", ")}`);
  const seeds = seed === undefined ? Array.from({ length: long ? SEEDS.long : SEEDS.usual }, (_, index) => index + 1) : [seed];
  let failed = 0;
  for (const compact of [false, true]) {
    const chosen = seeds.filter((one) => compacts(one) === compact);
    if (chosen.length === 0) continue;
    const controlPlane = await startControlPlane({ progress: say, auditLog: false, ...(compact ? { apiServerFlags: WITHOUT_CACHE } : {}) });
    try {
      await prepareRounds(controlPlane, kinds);
      for (const one of chosen) {
        const outcomes = await playRound(controlPlane, { seed: one, kinds, steps: STEPS, compact });
        const wrong = failuresOf(one, outcomes);
        failed += wrong.length;
        const total = (count: (outcome: Outcome) => number) => outcomes.reduce((sum, outcome) => sum + count(outcome), 0);
        say(
          `seed ${one}${compact ? ", compacted" : ""}: ${outcomes.length} kinds, ${total(({ requests }) => requests)} requests, ` +
            `${total(({ struck }) => struck)} struck, ${total(({ judged }) => judged)} judgements, ${wrong.length} failed`,
        );
        for (const line of wrong) say(line);
      }
    } finally {
      await controlPlane.stop();
    }
  }
  return failed;
}

/** One text for each kind that failed: what was violated, and how to see it again. */
export function failuresOf(seed: number, outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ violations }) => violations.length > 0)
    .map(({ kind, violations }) => {
      const shown = violations.slice(0, 10).map((violation) => `  ${violation}`);
      return [`FAILED: kind ${kind}, seed ${seed}; again: npm run faults -- faults --seed ${seed} --kind ${kind}`, ...shown].join("\n");
    });
}
