/** `npm test`: every check one after the other, then one line that counts them. A test that cannot run here counts as skipped. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as z from "zod";
import { freshBundle, TESTED_BUNDLE } from "./bundle.ts";
import { findBinaries, KUBERNETES, NoControlPlane } from "./control-plane/binaries.ts";
import { type Part, timeTold } from "./run-time.ts";
import { filesMarked, ON_FLOOR } from "./test-files.ts";
import { prepareTools } from "./tools/find-tool.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");
const JEST = join(ROOT, "node_modules/jest/bin/jest.js");

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const Report = z.looseObject({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
  /** Milliseconds. */
  testResults: z.array(
    z.looseObject({
      name: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(
        z.looseObject({
          ancestorTitles: z.array(z.string()),
          fullName: z.string(),
          status: z.string(),
          /** How often it was tried; null where it was skipped. */
          invocations: z.int().nullish(),
        }),
      ),
    }),
  ),
});

const WORKERS = 2;

/** Of tests that wait for servers more than they compute. With more, the servers are what is waited for. */
const WORKERS_THAT_WAIT = 3;

/** Projects whose tests start servers. One run holds them all: the last tests of each would leave a core without work. */
const WITH_SERVERS = ["integration", "floor", "build", "deploy", "alerts", "docs"];

const parts: Part[] = [];
const files: Part[] = [];
/** Tests that failed at first (second-try.ts). */
const triedAgain: string[] = [];

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

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function check(name: string, command: string, args: readonly string[]): Promise<Count> {
  const code = await timed(name, () => run(join(BIN, command), args));
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function jest(name: string, projects: readonly string[], workers: number, options: readonly string[] = []): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "tests-"));
  try {
    const report = join(folder, "report.json");
    // Nothing of ours may need the way by which an object's prototype is changed.
    const proto = projects.includes("unit") ? ["--disable-proto=delete"] : [];
    const node = [...proto, "--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
    const all = ["--json", "--outputFile", report, `--maxWorkers=${workers}`, ...options, "--selectProjects", ...projects];
    const code = await timed(name, () => run(join(BIN, "node"), [...node, JEST, ...all]));
    const { testResults, ...counts } = Report.parse(JSON.parse(readFileSync(report, "utf8")));
    for (const { name: path, startTime, endTime, assertionResults } of testResults) {
      const onFloor = assertionResults.some(({ ancestorTitles }) => ancestorTitles.some((title) => title.endsWith(ON_FLOOR)));
      files.push({ name: `${relative(ROOT, path)}${onFloor ? `, ${ON_FLOOR}` : ""}`, seconds: (endTime - startTime) / 1000 });
      for (const { fullName, status, invocations } of assertionResults)
        if (status === "passed" && (invocations ?? 0) > 1) triedAgain.push(`${relative(ROOT, path)}: ${fullName}`);
    }
    // A suite that does not even load has no tests to count, and jest can fail after its last test: neither may look green.
    const broken =
      counts.numRuntimeErrorTestSuites + (code !== 0 && counts.numFailedTests + counts.numRuntimeErrorTestSuites === 0 ? 1 : 0);
    return { passed: counts.numPassedTests, failed: counts.numFailedTests + broken, skipped: counts.numPendingTests };
  } catch (error) {
    process.stderr.write(`${name}: jest did not report: ${String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** Of `npm run faults`: one with a server that remembers and one with a server that forgets. */
const FAULT_SEEDS = [2, 3];

/** Alone: beside other tests a server is too slow for deadlines of a thirtieth. */
async function faults(seed: number): Promise<Count> {
  if (missing.has("Newest")) return { passed: 0, failed: 0, skipped: 1 };
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

const counts = [
  await check("types", "tsc", ["--noEmit"]),
  await check("lint", "biome", ["ci", "--error-on-warnings", "."]),
  await check("drift of generated files", "node", ["build/generate.ts", "--check"]),
  await jest("unit tests, corpus", ["unit", "corpus"], WORKERS),
  await check("mutants of the reflector", "node", ["test/mutants/main.ts"]),
  await check("data", "node", ["build/data-check/main.ts"]),
];
await timed("control planes, tools, bundle", prepare);
const alone = filesMarked("@alone");
counts.push(
  await jest("tests with servers", WITH_SERVERS, WORKERS_THAT_WAIT, ["--testPathIgnorePatterns", ...alone]),
  await jest("tests that run alone", WITH_SERVERS, 1, ["--runTestsByPath", ...alone]),
);
for (const seed of FAULT_SEEDS) counts.push(await faults(seed));
say(`\n${timeTold(parts, files)}`);
if (triedAgain.length > 0) say(`== FAILED AT FIRST, passed when tried again: ${triedAgain.length}\n${triedAgain.join("\n")}\n`);

const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped}\n`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
