/** `npm test`: every check one after the other, then one line that counts them. A test that cannot run here counts as skipped. */
import { freshBundle, TESTED_BUNDLE } from "./bundle.ts";
import { findBinaries, KUBERNETES, NoControlPlane } from "./control-plane/binaries.ts";
import { type Count, type FileResult, type JestOptions, run, runJest, sum } from "./jest-run.ts";
import { type Part, timeTold } from "./run-time.ts";
import { filesMarked } from "./test-files.ts";
import { prepareTools } from "./tools/find-tool.ts";

const WORKERS = 2;

/** Of tests that wait for servers more than they compute. With more, the servers are what is waited for. */
const WORKERS_THAT_WAIT = 3;

/** Projects whose tests start servers. One run holds them all: the last tests of each would leave a core without work. */
const WITH_SERVERS = ["integration", "floor", "build", "deploy", "alerts", "docs"];

/** Of more files than these, it is no busy machine that fails. */
const SECOND_TRIES = 6;

/** For all servers and tools: each lives for a minute, and clears away its garbage for a fifth of its time. */
process.env.GOGC ??= "400";

const parts: Part[] = [];

/** Does a part of the whole, and notes how long it took. */
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  process.stderr.write(`\n== ${name}\n`);
  const start = performance.now();
  try {
    return await work();
  } finally {
    parts.push({ name, seconds: (performance.now() - start) / 1000 });
  }
}

async function check(name: string, command: string, args: readonly string[]): Promise<{ count: Count }> {
  const code = await timed(name, () => run(command, args));
  return { count: { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 } };
}

const jest = (name: string, options: JestOptions) => timed(name, () => runJest(options));

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** Of `npm run faults`: one with a server that remembers and one with a server that forgets. */
const FAULT_SEEDS = [2, 3];

/** Alone: beside other tests a server is too slow for deadlines of a thirtieth. */
async function faults(seed: number): Promise<{ count: Count }> {
  if (missing.has("Newest")) return { count: { passed: 0, failed: 0, skipped: 1 } };
  return await check(`every kind of fault, seed ${seed}`, "node", ["test/faults/main.ts", "faults", "--seed", `${seed}`]);
}

/** The Kubernetes that cannot be had here. */
const missing = new Set<string>();

/** The first build of the control planes and of the tools takes minutes, which no test's limit holds. */
async function prepare(): Promise<void> {
  for (const kubernetes of KUBERNETES) {
    try {
      await findBinaries(say, kubernetes);
    } catch (error) {
      if (!(error instanceof NoControlPlane)) throw error;
      missing.add(kubernetes);
      say(`${error.message}\nThe tests that need it will be SKIPPED.`);
    }
  }
  await prepareTools(say);
  process.env[TESTED_BUNDLE] = await freshBundle();
}

/**
 * Each hides a fault, of the product or of the test, but a machine that is shared, or busy with three at a time, can be too slow for a deadline:
 * what failed is tried once more, whole and alone, and named.
 */
async function withSecondTry(first: readonly FileResult[]): Promise<FileResult[]> {
  const failed = new Set(first.filter(({ count }) => count.failed > 0).map(({ path }) => path));
  if (failed.size === 0 || failed.size > SECOND_TRIES || failed.has("")) return [...first];
  const flags = ["--runTestsByPath", ...failed];
  const second = await jest("second try, alone", { projects: WITH_SERVERS, workers: 1, flags });
  return [...first.filter(({ path }) => !failed.has(path)), ...second];
}

const checked = [
  await check("types", "tsc", ["--noEmit"]),
  await check("lint", "biome", ["ci", "--error-on-warnings", "."]),
  await check("drift of generated files", "node", ["build/generate.ts", "--check"]),
];
const units = await jest("unit tests, corpus", { projects: ["unit", "corpus"], workers: WORKERS });
checked.push(await check("mutants of the reflector", "node", ["test/mutants/main.ts"]));
checked.push(await check("data", "node", ["build/data-check/main.ts"]));
await timed("control planes, tools, bundle", prepare);
const alone = filesMarked("@alone");
const beside = { projects: WITH_SERVERS, workers: WORKERS_THAT_WAIT, flags: ["--testPathIgnorePatterns", ...alone] };
const first = [
  ...(await jest("tests with servers", beside)),
  ...(await jest("tests that run alone", { projects: WITH_SERVERS, workers: 1, flags: ["--runTestsByPath", ...alone] })),
];
for (const seed of FAULT_SEEDS) checked.push(await faults(seed));
const served = await withSecondTry(first);

say(`\n${timeTold(parts, [...units, ...first])}`);
const failures = (files: readonly FileResult[]) => files.flatMap(({ name, failures }) => failures.map((test) => `${name}: ${test}`));
const last = new Set(failures(served));
const mended = failures(first).filter((failure) => !last.has(failure));
if (mended.length > 0) say(`== FAILED AT FIRST, passed when tried again: ${mended.length}\n${mended.join("\n")}\n`);
const broken = failures([...units, ...served]);
if (broken.length > 0) say(`== FAILED: ${broken.length}\n${broken.join("\n")}\n`);

const { passed, failed, skipped } = sum([...checked, ...units, ...served]);
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exitCode = failed > 0 ? 1 : 0;
