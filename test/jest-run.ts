/** One run of jest, and what came out of each of its files. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as z from "zod";
import { ON_FLOOR } from "./test-files.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");
const JEST = join(ROOT, "node_modules/jest/bin/jest.js");

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface FileResult {
  /** From the project's folder: "test/build/measure.test.ts". A file that runs on both Kubernetes has two results. */
  readonly path: string;
  /** The path, and on which Kubernetes where it was the oldest. */
  readonly name: string;
  readonly seconds: number;
  readonly count: Count;
  /** The full names of the tests that failed; the file's own where it did not even load. */
  readonly failures: readonly string[];
}

export interface JestOptions {
  /** Folders of test/, and "floor". */
  readonly projects: readonly string[];
  readonly workers: number;
  readonly flags?: readonly string[];
}

const Assertion = z.looseObject({ ancestorTitles: z.array(z.string()), fullName: z.string(), status: z.string() });

/** Times in milliseconds. */
const Report = z.looseObject({
  testResults: z.array(
    z.looseObject({
      name: z.string(),
      status: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(Assertion),
    }),
  ),
});

/** @returns of each file, and one more that failed where jest did without naming a test */
export async function runJest({ projects, workers, flags = [] }: JestOptions): Promise<FileResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "tests-"));
  try {
    const report = join(folder, "report.json");
    // Nothing of ours may need the way by which an object's prototype is changed.
    const proto = projects.includes("unit") ? ["--disable-proto=delete"] : [];
    const node = [...proto, "--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
    const all = ["--json", "--outputFile", report, `--maxWorkers=${workers}`, ...flags, "--selectProjects", ...projects];
    const code = await run("node", [...node, JEST, ...all]);
    const files = Report.parse(JSON.parse(readFileSync(report, "utf8"))).testResults.map(fileResult);
    // Jest can fail after its last test, which may not look green.
    return code !== 0 && sum(files).failed === 0 ? [...files, failedRun(`jest ended with ${code}`)] : files;
  } catch (error) {
    return [failedRun(`jest did not report: ${String(error)}`)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param command of node_modules/.bin */
export function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(BIN, command), args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

export function sum(parts: readonly { readonly count: Count }[]): Count {
  const total = (key: keyof Count) => parts.reduce((all, { count }) => all + count[key], 0);
  return { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
}

type Result = z.infer<typeof Report>["testResults"][number];

function fileResult({ name: file, status, startTime, endTime, assertionResults }: Result): FileResult {
  const path = relative(ROOT, file);
  const onFloor = assertionResults.some(({ ancestorTitles }) => ancestorTitles.some((title) => title.endsWith(ON_FLOOR)));
  const failed = assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
  // A suite that does not load, or whose last hook fails, has no test that failed.
  const failures = status === "failed" && failed.length === 0 ? ["the file itself"] : failed;
  const passed = assertionResults.filter(({ status }) => status === "passed").length;
  return {
    path,
    name: onFloor ? `${path}, ${ON_FLOOR}` : path,
    seconds: (endTime - startTime) / 1000,
    count: { passed, failed: failures.length, skipped: assertionResults.length - failed.length - passed },
    failures,
  };
}

function failedRun(what: string): FileResult {
  process.stderr.write(`${what}\n`);
  return { path: "", name: what, seconds: 0, count: { passed: 0, failed: 1, skipped: 0 }, failures: [what] };
}
