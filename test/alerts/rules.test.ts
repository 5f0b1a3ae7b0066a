/** promtool on the alerts: they parse, each of rules/*.yaml holds, and a change of what matters is noticed. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "@jest/globals";
import { describeWithTools } from "../tools/suite.ts";
import { RULES_FILE } from "./alert-rules.ts";
import { promtool, testRules } from "./promtool.ts";

const FOLDER = "test/alerts/rules";
const FILES = readdirSync(FOLDER).toSorted();

/** Rule tests go through days in steps of a minute. */
const LIMIT_MS = 120_000;

/** What is changed in the rules of one alert, and the file of tests that must notice. */
const MUTATIONS: readonly (readonly [file: string, alert: string, from: string, to: string])[] = [
  ["flux1-present", "Flux1Present", "[10m]", "[2m]"],
  ["flux1-present", "Flux1Present", "[10m]", "[30m]"],
  ["flux1-present", "Flux1Present", "max by (cluster, ", "max by (cluster, pod, "],
  ["flux1-present", "Flux1Present", "max by (cluster, ", "max by ("],
  ["flux1-present", "Flux1Present", '{track="Flux1"}', ""],
  ["flux1-present", "Flux1Present", '"exported_namespace"', '"exported"'],
  ["flux1-present", "Flux1Present", "severity: warning", "severity: critical"],
  ["flux1-present", "Flux1Present", "runs", "runs on"],
  ["flux1-returned", "Flux1Returned", "unless on (cluster)", "and on (cluster)"],
  ["flux1-returned", "Flux1Returned", ', reason="ToolkitOnly"', ""],
  ["flux1-returned", "Flux1Returned", "[10m]", "[3m]"],
  ["flux1-returned", "Flux1Returned", "[30d:15m]", "[20m:15m]"],
  ["flux1-returned-30-days", "Flux1Returned", "[30d:15m]", "[29d:15m]"],
  ["flux1-returned-30-days", "Flux1Returned", "[30d:15m]", "[31d:15m]"],
  ["flux1-beside-toolkit", "Flux1BesideToolkit", "offset 14d", "offset 13d"],
  ["flux1-beside-toolkit", "Flux1BesideToolkit", "offset 14d", "offset 15d"],
  ["flux1-beside-toolkit", "Flux1BesideToolkit", "InProgress|Unknown", "InProgress"],
  ["flux1-beside-toolkit", "Flux1BesideToolkit", "[14d:15m]", "[1h:15m]"],
  ["migration-deadline-near", "MigrationDeadlineNear", "> time() + 7 * 86400", "> time()"],
  ["migration-deadline-near", "MigrationDeadlineNear", "<= time() + 30 * 86400", "<= time() + 31 * 86400"],
  ["migration-deadline-near", "MigrationDeadlineNear", "<= time() + 30 * 86400", "< time() + 30 * 86400"],
  ["migration-deadline-near", "MigrationDeadlineNear", "> time()\n", "> 0\n"],
  ["migration-deadline-near", "MigrationDeadlineNear", "> time()\n", ">= time()\n"],
  ["migration-deadline-near", "MigrationDeadlineNear", "<= time() + 7 * 86400", "< time() + 7 * 86400"],
  ["migration-deadline-near", "MigrationDeadlineNear", 'kind="Row"', 'kind=~".+"'],
  ["migration-deadline-near", "MigrationDeadlineNear", 'status="True"', 'status!="False"'],
  ["migration-deadline-near", "MigrationDeadlineNear", 'status="True"', 'status!="Unknown"'],
  ["toolkit-end-of-support", "ToolkitEndOfSupport", "max by (cluster, ", "max by (cluster, instance, "],
  ["toolkit-end-of-support", "ToolkitEndOfSupport", ', support="EndOfSupport"', ""],
  ["toolkit-end-of-support", "ToolkitEndOfSupport", '"exported_namespace"', '"exported"'],
  ["upgrade-blocked", "UpgradeBlocked", 'status="True"', 'status!="False"'],
  ["upgrade-blocked", "UpgradeBlocked", "[10m]", "[2m]"],
  ["upgrade-blocked", "UpgradeBlocked", "max by (cluster, ", "max by (cluster, pod, "],
  ["data-stale", "DataStale", "max by (cluster)", "max by (cluster, pod)"],
  ["data-stale", "DataStale", "count(", "count by (cluster) ("],
  ["data-stale", "DataStale", "{{ if ne $value 1.0 }}s{{ end }}", "s"],
  ["migration-status-not-ready", "MigrationStatusNotReady", 'status!="True"', 'status="False"'],
  ["migration-status-not-ready", "MigrationStatusNotReady", 'status="True"', 'status="Never"'],
  ["migration-status-not-ready", "MigrationStatusNotReady", "unless on (cluster)", "unless on ()"],
  ["migration-status-not-ready", "MigrationStatusNotReady", "for: 15m", "for: 10m"],
  ["migration-status-not-ready", "MigrationStatusNotReady", "[10m]", "[3m]"],
  ["migration-status-not-ready", "MigrationStatusNotReady", '(eq $labels.reason "TimetableInvalid")', "false"],
  ["migration-status-stale", "MigrationStatusStale", "and on (cluster, job, instance) flux_migration_leader == 1", ""],
  ["migration-status-stale", "MigrationStatusStale", "[5m:1m]", "[1m:1m]"],
  ["migration-status-stale", "MigrationStatusStale", "> 15 * 60", "> 8 * 60"],
  ["migration-status-stale", "MigrationStatusStale", 'status="True"', 'status!=""'],
  ["migration-status-stale", "MigrationStatusStale", 'outcome!="Failed"', 'outcome=~"Written|Unchanged"'],
  ["migration-status-stale", "MigrationStatusStale", 'outcome!="Failed"', 'outcome="Lost"'],
  ["migration-status-stale", "MigrationStatusStale", "for: 5m", "for: 1m"],
  ["migration-status-stale", "MigrationStatusStale", "flux_migration_status_info[10m]", "flux_migration_status_info[1m]"],
  ["migration-status-stale", "MigrationStatusStale", "[3h:1m]", "[1h:1m]"],
  ["migration-status-stale", "MigrationStatusStale", "[3h:1m]", "[5h:1m]"],
  ["migration-status-stale", "MigrationStatusStale", "> 10\n", "> 5\n"],
  [
    "migration-status-stale",
    "MigrationStatusStale",
    "(max by (cluster, reason) (flux_migration_held_back",
    "(sum by (cluster, reason, pod) (flux_migration_held_back",
  ],
  ["migration-status-suspended", "MigrationStatusSuspended", '{reason="Suspended"}', ""],
  ["migration-status-suspended", "MigrationStatusSuspended", "[10m]", "[1m]"],
  ["migration-status-suspended", "MigrationStatusSuspended", "for: 1d", "for: 1h"],
  ["operator-absent", "OperatorAbsent", "unless on (cluster)", "unless on ()"],
  ["operator-absent", "OperatorAbsent", "[3d:15m]", "[2d:15m]"],
  ["operator-absent", "OperatorAbsent", "[3d:15m]", "[4d:15m]"],
  [
    "operator-absent",
    "OperatorAbsent",
    "(max by (cluster) (flux_migration_build_info))",
    "(max by (cluster, pod) (flux_migration_build_info))",
  ],
  ["operator-absent", "OperatorAbsent", "for: 15m", "for: 5m"],
];

/** The rules of one alert alone, changed in the first place that there is. @throws where there is none: the mutation is out of date */
function mutated(rules: string, alert: string, from: string, to: string): string {
  const [head = "", ...each] = rules.split(/^(?= *- alert: )/m);
  const its = each.filter((rule) => rule.includes(`- alert: ${alert}\n`)).join("");
  if (!its.includes(from)) throw new Error(`${alert} has no ${JSON.stringify(from)}`);
  return head + its.replace(from, () => to);
}

await describeWithTools(["promtool"], "alerts", (tools) => {
  const rules = readFileSync(RULES_FILE, "utf8");

  test("promtool finds nothing wrong with the rules", async () => {
    expect(await promtool(tools.promtool, ["check", "rules", RULES_FILE])).toMatchObject({ passed: true });
  });

  test.each(FILES)(
    "%s",
    async (file) => {
      const { passed, output } = await promtool(tools.promtool, ["test", "rules", file], FOLDER);
      expect(passed ? "" : output).toBe("");
    },
    LIMIT_MS,
  );

  test.each(MUTATIONS)(
    "%s notices that %s has %j made %j",
    async (file, alert, from, to) => {
      const tests = readFileSync(join(FOLDER, `${file}.yaml`), "utf8");
      const { passed, output } = await testRules(tools.promtool, mutated(rules, alert, from, to), tests);
      expect(passed).toBe(false);
      expect(output).toMatch(/exp:\[|same labelset/);
    },
    LIMIT_MS,
  );

  test("each file of tests has its mutations", () => {
    expect(new Set(MUTATIONS.map(([file]) => file))).toEqual(new Set(FILES.map((file) => basename(file, ".yaml"))));
  });
});
