/** `npm run fuzz`: each property a million times, with a seed that is printed. `-- --runs N --seed S --only NAME` for less. */
import { parseArgs } from "node:util";
import { PROPERTIES } from "./properties.ts";
import { fuzz, replay } from "./run.ts";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" }, only: { type: "string" } } });
const runs = Number(values.runs ?? 1_000_000);
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const chosen = PROPERTIES.filter(({ name }) => values.only === undefined || name === values.only);

let failed = chosen.length === 0;
for (const property of chosen) {
  const start = performance.now();
  try {
    const kept = replay(property);
    fuzz(property, runs, seed);
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`${property.name}: ${runs} cases, seed ${seed}, ${kept} kept ones, ${seconds.toFixed(1)} s\n`);
  } catch (error) {
    failed = true;
    process.stdout.write(`FAILED ${String(error)}\n`);
  }
}
process.exitCode = failed ? 1 : 0;
