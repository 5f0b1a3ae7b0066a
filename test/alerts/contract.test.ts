/** The alerts beside what they speak of: metrics, labels and words that exist, runbooks, generated copies, and tests of each alert. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { ruleFiles } from "../../build/monitoring/rule-files.ts";
import { DeadlineKind, Migration, Support } from "../../src/api/words.ts";
import { CONDITION_TYPES } from "../../src/assess/conditions.ts";
import { METRIC_NAMES, METRICS, type MetricName } from "../../src/metrics/catalogue.ts";
import { HELD_BACK_BY, type PassOutcome } from "../../src/operator/watched.ts";
import { TRACKS } from "../../src/timetable/track.ts";
import { data } from "../unit/assess/subject-builder.ts";
import { alertRules, chartGroups, prometheusRule, rulesFile } from "./alert-rules.ts";

const RULES = alertRules();
const ALERTS = [...new Set(RULES.map(({ alert }) => alert))];
const REPOSITORY = "https://github.com/flux-migration/flux-migration-operator/blob/main/";

/** Labels that Prometheus attaches by itself, or makes of one of ours. */
const PROMETHEUS_LABELS = ["cluster", "job", "instance", "exported_namespace"];

const OUTCOMES: Record<PassOutcome, true> = {
  Written: true,
  Unchanged: true,
  Conflict: true,
  HeldBack: true,
  LostLead: true,
  Failed: true,
};

/** Words that a matcher may ask for. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  kind: DeadlineKind.options,
  migration: Migration.options,
  outcome: Object.keys(OUTCOMES),
  reason: ["ToolkitOnly", ...HELD_BACK_BY],
  status: ["True", "False", "Unknown"],
  support: Support.options,
  track: TRACKS,
  type: CONDITION_TYPES,
};

interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
}

function selectors(expr: string): Selector[] {
  return [...expr.matchAll(/\b(flux_migration_\w+|process_\w+|nodejs_\w+)(?:\{([^}]*)\})?/g)].map(([, metric = "", braces = ""]) => ({
    metric,
    matchers: [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = "", value = ""]) => ({ label, value })),
  }));
}

/** Labels in `by (...)` and `on (...)`. */
function groupings(expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()));
}

function isMetric(name: string): name is MetricName {
  return METRIC_NAMES.some((known) => known === name);
}

function labelsOf(metric: string): readonly string[] {
  return isMetric(metric) ? METRICS[metric].labels : [];
}

describe.each(RULES)("$alert, $labels.severity", ({ expr, labels, annotations, alert }) => {
  const used = selectors(expr);

  test("names metrics that there are", () => {
    expect(used.map(({ metric }) => metric).filter((metric) => !isMetric(metric))).toEqual([]);
    expect(used).not.toEqual([]);
  });

  test("asks for labels and words that these metrics have", () => {
    for (const { metric, matchers } of used) {
      for (const { label, value } of matchers) {
        expect(labelsOf(metric)).toContain(label);
        expect(WORDS[label]).toEqual(expect.arrayContaining(value.split("|")));
      }
    }
  });

  test("groups by labels that one of its metrics has", () => {
    const known = [...PROMETHEUS_LABELS, ...used.flatMap(({ metric }) => labelsOf(metric))];
    expect(groupings(expr).filter((label) => !known.includes(label))).toEqual([]);
  });

  test("shows labels that its alerts have", () => {
    const shown = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label));
    const had = [...groupings(expr), ...Object.keys(labels)];
    expect(shown.filter((label) => !had.includes(label))).toEqual([]);
  });

  test("pages nobody, and says what, where and what to do next", () => {
    expect(["info", "warning"]).toContain(labels.severity);
    expect(Object.keys(annotations)).toEqual(["summary", "description", "runbook_url"]);
    expect(annotations.runbook_url).toBe(`${REPOSITORY}docs/runbooks/${alert}.md`);
  });
});

test("each alert has a runbook, and each runbook an alert", () => {
  expect(readdirSync("docs/runbooks").toSorted()).toEqual([...ALERTS.map((alert) => `${alert}.md`), "README.md"].toSorted());
});

test("the list of runbooks names each alert in its order, with its severities", () => {
  const rows = [...readFileSync("docs/runbooks/README.md", "utf8").matchAll(/^\| \[(\w+)\]\((\w+)\.md\) \| ([\w, ]+) \|/gm)];
  const severities = (alert: string) => [...new Set(RULES.filter((rule) => rule.alert === alert).map(({ labels }) => labels.severity))];
  expect(rows.map(([, ...row]) => row)).toEqual(ALERTS.map((alert) => [alert, alert, severities(alert).join(", ")]));
});

test.each(ALERTS)("the runbook of %s opens with its name, and has every section", (alert) => {
  const text = readFileSync(`docs/runbooks/${alert}.md`, "utf8");
  const headings = [...text.matchAll(/^#+ .+$/gm)].map(([heading]) => heading);
  expect(headings).toEqual([`# ${alert}`, "## Meaning", "## Impact", "## Diagnosis", "## Mitigation", "## Silence"]);
  expect(text).toContain(`alertname=${alert}`);
});

test("links in annotations lead to files of this project", () => {
  const links = RULES.flatMap(({ annotations }) => Object.values(annotations)).flatMap((text) => text.match(/https:\S+/g) ?? []);
  for (const link of new Set(links)) {
    expect(link.startsWith(REPOSITORY)).toBe(true);
    expect(() => readFileSync(link.slice(REPOSITORY.length))).not.toThrow();
  }
});

test("DataStale names the age from which data is stale", () => {
  const days = data.reference.after.policy.staleAfterDays.count;
  expect(RULES.find(({ alert }) => alert === "DataStale")?.annotations.summary).toContain(`over ${days} days old`);
});

test("the rules for Prometheus alone and for the chart are those of the PrometheusRule", () => {
  expect(rulesFile()).toEqual(prometheusRule());
  expect(chartGroups()).toEqual(prometheusRule());
  for (const [path, text] of ruleFiles()) expect(readFileSync(path, "utf8")).toBe(text);
});

const TestFile = z.looseObject({
  tests: z.array(z.looseObject({ alert_rule_test: z.array(z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) })),
});

test("each alert has a test in which it fires, and one in which it does not", () => {
  const folder = "test/alerts/rules";
  const checks = readdirSync(folder)
    .flatMap((file) => TestFile.parse(load(readFileSync(join(folder, file), "utf8"))).tests)
    .flatMap((one) => one.alert_rule_test);
  const firing = new Set(checks.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname));
  const quiet = new Set(checks.filter(({ exp_alerts }) => exp_alerts.length === 0).map(({ alertname }) => alertname));
  expect([firing, quiet]).toEqual([new Set(ALERTS), new Set(ALERTS)]);
});
