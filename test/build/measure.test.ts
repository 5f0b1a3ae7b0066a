/**
 * What the bundle takes, in ratios within one run: two busy cores make no promise of milliseconds. `node test/build/measure.ts` shows more.
 * @alone: start times
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { type Measured, measure, measuredText } from "./measure.ts";
import { Distribution, start } from "./program.ts";

const RUNS = 2;
const LIMIT_MS = 180_000;

/** 80 MB where bare node takes 42, and a tenth more. */
const MOST_IDLE = 2.1;

describeOnControlPlane("the bundle, as the image runs it", (get) => {
  let made: Distribution;
  let measured: Measured[];
  beforeAll(async () => {
    made = await Distribution.build();
    await start([made.bundle, "operator", "--install-crds", "--once", "--kubeconfig", get().kubeconfig], { cwd: made.alone }).ended;
    measured = await measure(get().kubeconfig, made, RUNS);
    process.stderr.write(`\n${measuredText(measured)}\n`);
  }, LIMIT_MS);
  afterAll(() => made.remove());

  const of = (name: string): Measured => {
    const one = measured.find((candidate) => candidate.name === name);
    if (!one) throw new Error(`${name} was not measured`);
    return one;
  };

  test("stays small while nothing happens", () => {
    expect(of("image").idleMb / of("bare node").idleMb).toBeLessThan(MOST_IDLE);
    expect(of("image").idleMb).toBeLessThan(of("bundle").idleMb);
  });

  test("is ready in less than half the time that the sources take", () => {
    expect(of("image").readyMs).toBeLessThan((of("sources").readyMs ?? 0) / 2);
  });
});
