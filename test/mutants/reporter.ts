/** Writes what each project's test file came to, one line of JSON each, into the file that MUTANTS_REPORT names. Judges nothing. */
import { appendFileSync } from "node:fs";
import type { Test, TestResult } from "@jest/reporters";
import * as z from "zod";

export const Outcome = z.object({
  project: z.string(),
  /** Names of the tests that failed. */
  failed: z.array(z.string()),
  passed: z.int(),
  /** Why the file could not even be run. */
  broken: z.string().optional(),
});
export type Outcome = z.infer<typeof Outcome>;

export default class MutantReporter {
  onTestResult(test: Test, { testResults, testExecError, numPassingTests }: TestResult): void {
    const { displayName } = test.context.config;
    const outcome: Outcome = {
      project: displayName?.name ?? "",
      failed: testResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
      passed: numPassingTests,
      broken: testExecError ? String(testExecError.message) : undefined,
    };
    appendFileSync(process.env.MUTANTS_REPORT ?? "/dev/stderr", `${JSON.stringify(outcome)}\n`);
  }
}
