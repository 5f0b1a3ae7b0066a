/**
 * `npm run mutants`: puts each fault of mutants.ts into the reflector and demands that its test file fails, and that all of them pass
 * without one. The sources are not touched: the change is made while jest compiles.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MUTANTS } from "./mutants.ts";
import { Outcome } from "./reporter.ts";

const ROOT = join(import.meta.dirname, "../..");

function runJest(): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  const report = join(folder, "report.jsonl");
  try {
    const jest = join(ROOT, "node_modules/jest/bin/jest.js");
    const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", jest];
    const { stderr } = spawnSync(process.execPath, [...flags, "--config", join(import.meta.dirname, "jest.config.js"), "--maxWorkers=2"], {
      cwd: ROOT,
      env: { ...process.env, MUTANTS_REPORT: report },
      encoding: "utf8",
    });
    process.stderr.write(stderr);
    return readFileSync(report, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => Outcome.parse(JSON.parse(line)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const start = performance.now();
const outcomes = runJest();
const broken = outcomes.filter((outcome) => outcome.broken !== undefined);
const healthy = outcomes.filter(({ project }) => project === "no mutant");
const problems: string[] = [];

for (const { project, broken: why } of broken) problems.push(`${project}: its tests could not be run: ${why}`);
if (healthy.length === 0) problems.push("without a mutant no test was run");
for (const { failed } of healthy) for (const name of failed) problems.push(`without a mutant, this fails: ${name}`);
for (const { name, after, caughtBy } of MUTANTS) {
  const failed = outcomes.find(({ project }) => project === name)?.failed ?? [];
  const [first, ...others] = failed;
  process.stdout.write(`${first ? "caught  " : "SURVIVED"}  ${name} (${after})\n`);
  if (first) process.stdout.write(`          ${caughtBy}: ${first}${others.length > 0 ? `, and ${others.length} more` : ""}\n`);
  else problems.push(`${name}: ${caughtBy} passes with it`);
}
for (const problem of problems) process.stderr.write(`\n${problem}\n`);
const seconds = Math.round((performance.now() - start) / 1000);
process.stdout.write(
  `\n${MUTANTS.length} mutants, ${problems.length === 0 ? "all caught" : `${problems.length} problems`}, ${seconds} s\n`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
