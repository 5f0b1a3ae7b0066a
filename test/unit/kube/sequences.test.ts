/**
 * Never wrong: whatever happens in the cluster and on the way to it, both sources keep what a plain parse of everything finds.
 * SEQUENCES says how many are tried, SEQUENCE_SEED and SEQUENCE_PATH replay one (`npm run sequences`).
 */
import { test } from "@jest/globals";
import * as fc from "fast-check";
import { messageOf } from "../../../src/kube/errors.ts";
import { BOTH_SOURCES, Play } from "./model/play.ts";
import { sequence } from "./model/sequence.ts";

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);

/** A quarter of what `npm run sequences` tries: a minute of one core. */
const RUNS = number("SEQUENCES", 25_000);
const SEED = number("SEQUENCE_SEED", 20_261_125);

/** A pause after each change that comes alone once any time has passed. */
const PAUSES = { timings: { busyPerSecond: 1e-6, judgedMs: 0, presentLines: 1, heldMs: 0 } };

test(
  `${RUNS} sequences of events leave in both sources what a plain parse of everything finds`,
  async () => {
    const path = process.env.SEQUENCE_PATH;
    const stackFrames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // most sequences fail a request or two, and a stack costs more than all else that is done with one
    try {
      await fc.assert(
        fc.asyncProperty(sequence, (steps) => new Play(BOTH_SOURCES, PAUSES).run(steps)),
        { numRuns: RUNS, seed: SEED, ...(path === undefined ? {} : { path }) },
      );
    } catch (error) {
      const replay = /seed: (-?\d+), path: "([\d:]+)"/.exec(messageOf(error));
      throw new Error(`${messageOf(error)}\n\nReplay: SEQUENCE_SEED=${replay?.[1]} SEQUENCE_PATH=${replay?.[2]} npm run sequences`);
    } finally {
      Error.stackTraceLimit = stackFrames;
    }
  },
  60_000 + RUNS * 20,
);
