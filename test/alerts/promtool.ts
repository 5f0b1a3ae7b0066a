/** Runs promtool, and writes its rule tests from data. Knows no alert. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";

export interface PromtoolAnswer {
  readonly passed: boolean;
  /** All that it printed. */
  readonly output: string;
}

export function promtool(program: string, args: readonly string[], cwd = process.cwd()): Promise<PromtoolAnswer> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // An exit code is an answer; a program that cannot be started is none.
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ passed: error === null, output: stdout + stderr });
    });
  });
}

export interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

/** One test, in promtool's own words. Source: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules */
export interface RuleTest {
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly ExpectedAlert[];
  }[];
}

/** @param rules text of a rules file */
export async function testRules(program: string, rules: string, tests: string): Promise<PromtoolAnswer> {
  const folder = await mkdtemp(join(tmpdir(), "rule-test-"));
  try {
    await writeFile(join(folder, "rules.yaml"), rules);
    await writeFile(join(folder, "test.yaml"), tests.replace(/^rule_files: .*$/m, "rule_files: [rules.yaml]"));
    return await promtool(program, ["test", "rules", "test.yaml"], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function ruleTestFile(evaluationInterval: string, tests: readonly RuleTest[]): string {
  return `rule_files: []\n${dump({ evaluation_interval: evaluationInterval, tests }, { lineWidth: -1, noRefs: true })}`;
}

/** `metric{a="1"}`, as promtool reads it. */
export function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(", ")}}`;
}
