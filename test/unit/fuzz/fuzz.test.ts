/** Each property of test/fuzz, 20,000 times with a fixed seed, and on every input that ever failed. `npm run fuzz` goes on from there. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadCpuUsage } from "node:process";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { PROPERTIES } from "../../fuzz/properties.ts";
import { fuzz, replay } from "../../fuzz/run.ts";

const RUNS = 20_000;
const SEED = 20_221_101;
const LIMIT_MS = 300_000;

test.each(PROPERTIES.map((property) => ({ name: property.name, property })))(
  "$name",
  ({ property }) => {
    replay(property);
    fuzz(property, property.casesInTest ?? RUNS, SEED);
  },
  LIMIT_MS,
);

test("an input that takes too long, or for which the property does not hold, fails with its seed and is kept", () => {
  const folder = mkdtempSync(join(tmpdir(), "kept-"));
  try {
    const slow = () => {
      for (const before = threadCpuUsage(); threadCpuUsage(before).user < 120_000; );
    };
    const never = { name: "never", inputs: fc.constant("x"), check: slow };
    expect(() => fuzz(never, 1, 7, folder)).toThrow(/^never: seed 7, kept as .*: Error: takes \d+ ms; want 50 at most$/);
    expect(readdirSync(join(folder, "never"))).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
