/**
 * The alerts on the metrics that the exporter really writes: of the six clusters, and of a fleet of fifty of which one is lost. That the
 * texts are whole, rules/*.yaml show; here stand their first lines, as a person sees them.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { dump, load } from "js-yaml";
import type { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { describeWithTools } from "../tools/suite.ts";
import { type ClusterName, sixClusters } from "../unit/assess/six-clusters.ts";
import { type ClusterParts, statusOf } from "../unit/assess/subject-builder.ts";
import { reflector } from "../unit/metrics/exposed.ts";
import { parseExposition, type Sample } from "../unit/metrics/text-format.ts";
import { alertRules, RULES_FILE } from "./alert-rules.ts";
import { type RuleTest, ruleTestFile, seriesName, testRules } from "./promtool.ts";

const ALERTS = [...new Set(alertRules().map(({ alert }) => alert))];

/** Long enough for each `for`, with the history that the alerts look back on left out. */
const MINUTES = 40;

/** Rules whose annotations are their first line alone. */
function summariesOnly(): string {
  const rules = load(readFileSync(RULES_FILE, "utf8"));
  return dump(JSON.parse(JSON.stringify(rules, (key, value) => (["description", "runbook_url"].includes(key) ? undefined : value))));
}

/** What a scrape of an operator's pod gives; durations and the process itself left out. */
async function scraped(clusterName: string, status: MigrationStatusStatus): Promise<Sample[]> {
  const metrics = createMetrics({ version: "0.1.0", clusterName, clock: () => new Date(0) });
  metrics.watch(() => [reflector("deployments.apps", { lastContact: new Date(MINUTES * 60_000) })]);
  metrics.stands(status);
  metrics.passed("Written", 0.01);
  const { samples } = parseExposition(await metrics.text());
  return samples.filter(({ name }) => name.startsWith("flux_migration_") && !name.includes("_duration_seconds"));
}

/** @param last minute of the last scrape */
function inputs(samples: readonly Sample[], pod: string, last: number): RuleTest["input_series"] {
  return samples.map(({ name, labels, value }) => ({
    series: seriesName(name, { job: "flux-migration-operator", pod, instance: `${pod}:8080`, ...labels }),
    values: last < MINUTES ? `${value}x${last} stale` : `${value}x${last}`,
  }));
}

type Alert = readonly [alertname: string, labels: Readonly<Record<string, string>>, summary: string];

function expectations(alerts: readonly Alert[], minute = MINUTES): RuleTest["alert_rule_test"] {
  return ALERTS.map((alertname) => ({
    eval_time: `${minute}m`,
    alertname,
    exp_alerts: alerts
      .filter(([name]) => name === alertname)
      .map(([, labels, summary]) => ({ exp_labels: labels, exp_annotations: { summary } })),
  }));
}

const FLUX1 = { severity: "warning", namespace: "flux", phase: "Archived" };
const FLUXD = { ...FLUX1, component: "fluxd", workload: "deployment/flux", version: "1.25.4" };
const HELM_OPERATOR = { ...FLUX1, component: "helm-operator", workload: "deployment/helm-operator", version: "1.4.4" };
const OLD_TOOLKIT = { severity: "info", namespace: "flux-system", owner: "None" };

const WANTED: Readonly<Record<ClusterName, readonly Alert[]>> = {
  a: [
    ["Flux1Present", { ...FLUXD, action: "MigrateNow" }, "Flux 1 (fluxd 1.25.4) runs in namespace flux, phase Archived: MigrateNow"],
    [
      "Flux1Present",
      { ...HELM_OPERATOR, action: "MigrateNow" },
      "Flux 1 (helm-operator 1.4.4) runs in namespace flux, phase Archived: MigrateNow",
    ],
    ["UpgradeBlocked", { severity: "info", reason: "KubernetesTooOld" }, "The way to a supported Flux is blocked: KubernetesTooOld"],
  ],
  b: [
    [
      "Flux1Present",
      { ...FLUXD, action: "FinishMigration" },
      "Flux 1 (fluxd 1.25.4) runs in namespace flux, phase Archived: FinishMigration",
    ],
    [
      "ToolkitEndOfSupport",
      { ...OLD_TOOLKIT, release: "v2.6.4", managed_by: "Bootstrap" },
      "Flux v2.6.4 in namespace flux-system is out of support; it is managed by Bootstrap",
    ],
    ["UpgradeBlocked", { severity: "info", reason: "StoredVersions" }, "The way to a supported Flux is blocked: StoredVersions"],
  ],
  c: [
    [
      "ToolkitEndOfSupport",
      { ...OLD_TOOLKIT, release: "v2.2.3", managed_by: "Terraform" },
      "Flux v2.2.3 in namespace flux-system is out of support; it is managed by Terraform",
    ],
    ["UpgradeBlocked", { severity: "info", reason: "StoredVersions" }, "The way to a supported Flux is blocked: StoredVersions"],
  ],
  d: [],
  e: [],
  f: [
    [
      "MigrationStatusNotReady",
      { severity: "warning", reason: "AccessDenied" },
      "The Flux state is not fully known (AccessDenied): absence of Flux 1 is not stated",
    ],
  ],
};

await describeWithTools(["promtool"], "alerts on the metrics of an operator", (tools) => {
  test.each(Object.entries(sixClusters))(
    "cluster %s has these alerts and no others",
    async (key, parts: ClusterParts & { name: string }) => {
      const [, wanted = []] = Object.entries(WANTED).find(([name]) => name === key) ?? [];
      const alerts = wanted.map(([name, labels, summary]): Alert => [name, { cluster: parts.name, ...labels }, summary]);
      const samples = await scraped(parts.name, statusOf(parts));
      const oneTest = { interval: "1m", input_series: inputs(samples, "operator-0", MINUTES), alert_rule_test: expectations(alerts) };
      const { passed, output } = await testRules(tools.promtool, summariesOnly(), ruleTestFile("1m", [oneTest]));
      expect(passed ? "" : output).toBe("");
    },
  );

  test("of fifty clusters with old data one is lost: one OperatorAbsent that names it, and one DataStale for all", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `cluster-${index + 1}`);
    const LOST = "cluster-17";
    const status = statusOf({ now: "2026-12-05" });
    const series = await Promise.all(
      names.map(async (name) => inputs(await scraped(name, status), `${name}-0`, name === LOST ? 10 : MINUTES)),
    );
    const stale = (clusters: number): Alert => [
      "DataStale",
      { severity: "info" },
      `Release data is over 120 days old on ${clusters} clusters: support states read "as of"`,
    ];
    const absent: Alert = [
      "OperatorAbsent",
      { severity: "warning", cluster: LOST },
      `The operator is gone from cluster ${LOST}: no alert on Flux can fire there`,
    ];
    const checks = [...expectations([stale(50)], 5), ...expectations([stale(49), absent])];
    const oneTest = { interval: "1m", input_series: series.flat(), alert_rule_test: checks };
    const { passed, output } = await testRules(tools.promtool, summariesOnly(), ruleTestFile("1m", [oneTest]));
    expect(passed ? "" : output).toBe("");
  }, 60_000);
});
