/** One cluster: what is installed, what to do, until when, and how the operator itself is. Fleets: fleet-dashboard.ts. */

import { CLUSTER_UID } from "./grafana.ts";
import { OPERATOR_PANELS } from "./operator-panels.ts";
import type { Column, Dashboard, Panel } from "./panel.ts";
import { chosen, gravestFirst, one } from "./promql.ts";
import { CLUSTER, datesTable, SEVERITY, summaryTable } from "./tables.ts";
import { PHASE_WORDS, SUPPORT_WORDS, VERDICT_WORDS } from "./words.ts";

const ACTION: Column = { from: "action", title: "Action" };

const summary = summaryTable(
  CLUSTER,
  {
    title: "Summary",
    description: "The row that `kubectl get migrationstatus` prints. None: looked, and it is not there. Unknown: could not look.",
    height: 4,
  },
  [{ from: "edition", title: "Edition" }],
);

const STATE = ["cluster", "type", "status", "reason"];

/** Conditions that are good when True; all others are good when False. */
const GOOD_WHEN_TRUE = 'type=~"Ready|MigrationComplete"';
const GOOD_WHEN_FALSE = 'type!~"Ready|MigrationComplete"';

const conditions: Panel = {
  title: "Conditions",
  description:
    "Ready and MigrationComplete are good when True, all others when False. `kubectl describe migstat cluster` has the sentences.",
  width: 12,
  height: 9,
  view: {
    as: "Table",
    columns: [
      CLUSTER,
      { from: "type", title: "Condition" },
      { from: "status", title: "Status", width: 100 },
      { from: "reason", title: "Reason" },
      { from: "Value", title: "Verdict", words: VERDICT_WORDS, width: 110 },
    ],
    sortBy: { title: "Verdict", desc: true },
  },
  queries: [
    {
      // `or` keeps what stands to its left: what is neither good nor unknown is left for the last.
      expr: [
        `0 * ${one(STATE, chosen("flux_migration_condition", GOOD_WHEN_TRUE, 'status="True"'))}`,
        `0 * ${one(STATE, chosen("flux_migration_condition", GOOD_WHEN_FALSE, 'status="False"'))}`,
        `1 * ${one(STATE, chosen("flux_migration_condition", 'status="Unknown"'))}`,
        `2 * ${one(STATE, chosen("flux_migration_condition"))}`,
      ].join(" or "),
    },
  ],
};

const dataAge: Panel = {
  title: "Age of the release data",
  description: "Days since the list of Flux 2 releases was last checked complete. Condition DataStale says when it is too old.",
  width: 4,
  height: 9,
  view: { as: "Number", unit: "suffix: days" },
  queries: [{ expr: `(time() - min(${chosen("flux_migration_data_timestamp_seconds")})) / 86400` }],
};

const components: Panel = {
  title: "Components",
  description: "Each part of Flux 1 and of the toolkit that is installed, the gravest first. Ignored ones are left out.",
  width: 24,
  height: 9,
  view: {
    as: "Table",
    columns: [
      SEVERITY,
      CLUSTER,
      { from: "namespace", title: "Namespace" },
      { from: "workload", title: "Workload" },
      { from: "component", title: "Component" },
      { from: "version", title: "Version" },
      { from: "track", title: "Track" },
      { from: "phase", title: "Phase", words: PHASE_WORDS },
      { from: "support", title: "Support", words: SUPPORT_WORDS },
      ACTION,
    ],
  },
  queries: [
    {
      expr: gravestFirst(
        ["cluster", "namespace", "workload", "component", "version", "track", "phase", "support", "action"],
        "flux_migration_component_info",
      ),
      emptyWhen: "neither Flux 1 nor a toolkit is installed",
    },
  ],
};

const installations: Panel = {
  title: "Installations",
  description: "Each installation of Flux 1 or of the toolkit, the gravest first, and what manages it.",
  width: 20,
  height: 7,
  view: {
    as: "Table",
    columns: [
      SEVERITY,
      CLUSTER,
      { from: "instance", title: "Installation" },
      { from: "release", title: "Release" },
      { from: "cli_version", title: "CLI" },
      { from: "support", title: "Support", words: SUPPORT_WORDS },
      { from: "alignment", title: "Alignment" },
      { from: "managed_by", title: "Managed by" },
      { from: "owner", title: "Owner" },
      ACTION,
    ],
  },
  queries: [
    {
      expr: gravestFirst(
        ["cluster", "instance", "release", "cli_version", "support", "alignment", "managed_by", "owner", "action"],
        "flux_migration_instance_info",
      ),
      emptyWhen: "neither Flux 1 nor a toolkit is installed",
    },
  ],
};

const notShown: Panel = {
  title: "Not shown",
  description: "Components and installations without a series of their own, as there are too many: the tables beside lack them.",
  width: 4,
  height: 7,
  view: { as: "Number", steps: [{ from: 1, colour: "orange" }] },
  queries: [
    {
      expr: `sum(${one(["cluster"], chosen("flux_migration_component_overflow"))} + ${one(["cluster"], chosen("flux_migration_instance_overflow"))})`,
    },
  ],
};

export const CLUSTER_DASHBOARD: Dashboard = {
  uid: CLUSTER_UID,
  title: "Flux migration: cluster",
  description: "What a cluster runs of Flux 1 and the GitOps Toolkit, its phase in the published timetable, and what to do next.",
  from: "now-24h",
  severalClusters: false,
  rows: [
    { title: "What to do", panels: [summary, conditions, datesTable(CLUSTER, { height: 9 }), dataAge] },
    { title: "What is installed", panels: [components, installations, notShown] },
    { title: "The operator", panels: OPERATOR_PANELS },
  ],
};
