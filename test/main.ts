/** `npm test`: every check one after the other, then one line that counts them. A test that cannot run here counts as skipped. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { findBinaries, NoControlPlane } from "./control-plane/binaries.ts";
import { prepareTools } from "./tools/find-tool.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");

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
});

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function check(name: string, command: string, args: readonly string[]): Promise<Count> {
  process.stderr.write(`\n== ${name}\n`);
  const code = await run(join(BIN, command), args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function jest(project: string): Promise<Count> {
  process.stderr.write(`\n== ${project} tests\n`);
  const folder = mkdtempSync(join(tmpdir(), "tests-"));
  try {
    const report = join(folder, "report.json");
    const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", join(ROOT, "node_modules/jest/bin/jest.js")];
    const code = await run(join(BIN, "node"), [...flags, "--selectProjects", project, "--json", "--outputFile", report, "--maxWorkers=2"]);
    const counts = Report.parse(JSON.parse(readFileSync(report, "utf8")));
    // A suite that does not even load has no tests to count, and jest can fail after its last test: neither may look green.
    const broken =
      counts.numRuntimeErrorTestSuites + (code !== 0 && counts.numFailedTests + counts.numRuntimeErrorTestSuites === 0 ? 1 : 0);
    return { passed: counts.numPassedTests, failed: counts.numFailedTests + broken, skipped: counts.numPendingTests };
  } catch (error) {
    process.stderr.write(`${project} tests did not report: ${String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** The first build of the control plane and of the tools takes minutes, which no test's limit holds. */
async function prepare(): Promise<void> {
  say("\n== control plane and tools");
  try {
    await findBinaries(say);
  } catch (error) {
    if (!(error instanceof NoControlPlane)) throw error;
    say(`${error.message}\nThe tests that need it will be SKIPPED.`);
  }
  await prepareTools(say);
}

const counts = [
  await check("types", "tsc", ["--noEmit"]),
  await check("lint", "biome", ["ci", "--error-on-warnings", "."]),
  await check("drift of generated files", "node", ["build/generate.ts", "--check"]),
  await jest("unit"),
  await jest("corpus"),
  await check("data", "node", ["build/data-check/main.ts"]),
];
await prepare();
for (const project of ["integration", "build", "deploy", "alerts", "docs"]) counts.push(await jest(project));

const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped}\n`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
