/** All clusters in one Prometheus or Thanos: how many still run Flux 1, which first, and whom nobody hears any more. */
import type { Column, Dashboard, Panel } from "./panel.ts";
import { chosen, one, oneAsGiven } from "./promql.ts";
import { datesTable, CLUSTER as PLAIN_CLUSTER, summaryTable } from "./tables.ts";
import { MIGRATION_WORDS, PHASE_WORDS, SUPPORT_WORDS } from "./words.ts";

const CLUSTER: Column = { ...PLAIN_CLUSTER, opensCluster: true };

/** How long a cluster that is no longer heard counts as lost, and not as gone: as OperatorAbsent does (deploy/monitoring/rules.yaml). */
const REMEMBERED = "3d";

/** A pod that is replaced, and a leader that hands over, leave a gap. */
const GAP = "10m";

const heard = one(["cluster"], chosen("flux_migration_build_info"));

/** How many clusters are in a state of a condition: 0 where none is, nothing where no cluster is heard at all. */
function clustersIn(type: string, status: string): string {
  return `sum(${one(["cluster"], chosen("flux_migration_condition", `type="${type}"`, `status="${status}"`))} or 0 * ${heard})`;
}

function lasting(selector: string): string {
  return one(["cluster"], `last_over_time(${selector}[${GAP}])`);
}

function number(title: string, description: string, expr: string, steps: { from: number; colour: "orange" | "green" }[] = []): Panel {
  return { title, description, width: 4, height: 4, view: { as: "Number", steps }, queries: [{ expr }] };
}

const lost = `${one(["cluster"], `last_over_time(${chosen("flux_migration_build_info")}[${REMEMBERED}])`)} unless on (cluster) ${heard}`;
const lastContact = one(["cluster"], `last_over_time(${chosen("flux_migration_reflector_last_contact_timestamp_seconds")}[${REMEMBERED}])`);

const counts: readonly Panel[] = [
  number("Clusters", "Clusters whose operator is heard.", `count(${heard})`),
  number("With Flux 1", "Condition Flux1Present is True.", clustersIn("Flux1Present", "True"), [{ from: 1, colour: "orange" }]),
  number(
    "Migrated",
    "Condition MigrationComplete is True, also where there was nothing to migrate.",
    clustersIn("MigrationComplete", "True"),
  ),
  number(
    "Not fully known",
    "Condition Ready is False: something could not be read, so absence of Flux 1 is not stated.",
    clustersIn("Ready", "False"),
    [{ from: 1, colour: "orange" }],
  ),
  number("Upgrade blocked", "Condition UpgradeBlocked is True.", clustersIn("UpgradeBlocked", "True"), [{ from: 1, colour: "orange" }]),
  number("Lost", "Heard in the last 3 days, and not now. The table below names them.", `count(${lost}) or 0 * count(${heard})`, [
    { from: 1, colour: "orange" },
  ]),
];

const byPhase: Panel = {
  title: "Clusters by phase of Flux 1",
  description: "Clusters without Flux 1 are left out. Unknown: it could not be looked for everywhere.",
  width: 8,
  height: 8,
  view: { as: "Bars", words: PHASE_WORDS },
  queries: [
    {
      expr: `sort_desc(count by (phase) (${one(["cluster", "phase"], chosen("flux_migration_status_info", 'phase!="None"'))}))`,
      legend: "{{phase}}",
      emptyWhen: "no cluster has Flux 1",
    },
  ],
};

const byMigration: Panel = {
  title: "Clusters by migration",
  description: "How far each cluster is on its way from Flux 1 to Flux 2.",
  width: 8,
  height: 8,
  view: { as: "Bars", words: MIGRATION_WORDS },
  queries: [
    {
      expr: `sort_desc(count by (migration) (${one(["cluster", "migration"], chosen("flux_migration_status_info"))}))`,
      legend: "{{migration}}",
    },
  ],
};

const trend: Panel = {
  title: "Clusters with Flux 1, over time",
  description: "The line that goes down. Clusters that are heard stand beside it.",
  width: 8,
  height: 8,
  view: { as: "Graph", unit: "short" },
  queries: [
    {
      expr: `sum(${lasting(chosen("flux_migration_condition", 'type="Flux1Present"', 'status="True"'))} or 0 * ${lasting(chosen("flux_migration_build_info"))})`,
      legend: "with Flux 1",
    },
    { expr: `count(${lasting(chosen("flux_migration_build_info"))})`, legend: "clusters" },
  ],
};

const byToolkit: Panel = {
  title: "Clusters by toolkit",
  description: "Flux 2 minor of each cluster that has a toolkit, or the range of several.",
  width: 8,
  height: 8,
  view: { as: "Bars" },
  queries: [
    {
      expr: `sort_desc(count by (toolkit) (${one(["cluster", "toolkit"], chosen("flux_migration_status_info", 'toolkit!="None"'))}))`,
      legend: "{{toolkit}}",
      emptyWhen: "no cluster has a toolkit",
    },
  ],
};

const bySupport: Panel = {
  title: "Clusters by support",
  description: "Worst support state of the toolkits of each cluster.",
  width: 8,
  height: 8,
  view: { as: "Bars", words: SUPPORT_WORDS },
  queries: [
    {
      expr: `sort_desc(count by (support) (${one(["cluster", "support"], chosen("flux_migration_status_info", 'support!="None"'))}))`,
      legend: "{{support}}",
      emptyWhen: "no cluster has a toolkit",
    },
  ],
};

const clusters = summaryTable(CLUSTER, {
  title: "Clusters, the gravest first",
  description: "The row of each cluster. A click on its name opens it.",
  height: 12,
});

const lostClusters: Panel = {
  title: "Lost clusters",
  description: "Heard in the last 3 days, and not now: the operator is gone, or its metrics are no longer scraped.",
  width: 8,
  height: 8,
  view: {
    as: "Table",
    columns: [CLUSTER, { from: "Value B", title: "Last contact with its API server", unit: "dateTimeFromNow" }],
  },
  queries: [
    { expr: lost, emptyWhen: "no cluster was lost" },
    { expr: `1000 * (${lastContact} unless on (cluster) ${heard})`, emptyWhen: "no cluster was lost" },
  ],
};

const TOOLKIT = ["release", "support", "managed_by"];

const installations: Panel = {
  title: "Toolkits by release",
  description: "The installations of all clusters: how many of each release, its support state, and what manages them.",
  width: 16,
  height: 8,
  view: {
    as: "Table",
    columns: [
      { from: "release", title: "Release" },
      { from: "support", title: "Support", words: SUPPORT_WORDS },
      { from: "managed_by", title: "Managed by" },
      { from: "Value", title: "Installations", width: 120 },
    ],
    sortBy: { title: "Installations", desc: true },
  },
  queries: [
    {
      expr: `count by (${TOOLKIT.join(", ")}) (${oneAsGiven(["cluster", "instance", ...TOOLKIT], chosen("flux_migration_instance_info", 'track="GitOpsToolkit"'))})`,
      emptyWhen: "no cluster has a toolkit",
    },
  ],
};

export const FLEET_DASHBOARD: Dashboard = {
  uid: "flux-migration-fleet",
  title: "Flux migration: fleet",
  description: "All clusters: how many still run Flux 1, which ones need something done first, and which are no longer heard.",
  from: "now-30d",
  severalClusters: true,
  rows: [
    { title: "All clusters", panels: [...counts, byPhase, byMigration, trend] },
    { title: "Flux 2", panels: [byToolkit, bySupport, datesTable(CLUSTER, { height: 8 })] },
    { title: "One by one", panels: [clusters, installations, lostClusters] },
  ],
};
