/** Tables that both dashboards show. */
import type { Column, Panel } from "./panel.ts";
import { chosen, gravestFirst } from "./promql.ts";
import { BLOCKED_WORDS, MIGRATION_WORDS, PHASE_WORDS, SEVERITY_WORDS, SUPPORT_WORDS } from "./words.ts";

export const CLUSTER: Column = { from: "cluster", title: "Cluster" };
export const SEVERITY: Column = { from: "Value", title: "Severity", words: SEVERITY_WORDS, width: 100 };

const SUMMARY_COLUMNS: readonly Column[] = [
  { from: "fluxd", title: "fluxd" },
  { from: "helm_operator", title: "Helm Operator" },
  { from: "toolkit", title: "Toolkit" },
  { from: "phase", title: "Flux 1 phase", words: PHASE_WORDS },
  { from: "support", title: "Support", words: SUPPORT_WORDS },
  { from: "migration", title: "Migration", words: MIGRATION_WORDS },
  { from: "progress", title: "Done" },
  { from: "action", title: "Action" },
  { from: "blocked_by", title: "Upgrade blocked by", words: BLOCKED_WORDS },
];

/** One row a cluster. @param cluster how its name is shown */
export function summaryTable(cluster: Column, place: Pick<Panel, "title" | "description" | "height">, more: readonly Column[] = []): Panel {
  const columns = [cluster, ...SUMMARY_COLUMNS, ...more];
  const labels = columns.map(({ from }) => from);
  return {
    ...place,
    width: 24,
    view: { as: "Table", columns: [SEVERITY, ...columns], sortBy: { title: SEVERITY.title, desc: true } },
    queries: [{ expr: gravestFirst(labels, "flux_migration_status_info") }],
  };
}

/** The next date of each kind, the soonest first. */
export function datesTable(cluster: Column, place: Pick<Panel, "height">): Panel {
  const date = `min by (cluster, kind) (${chosen("flux_migration_deadline_timestamp_seconds")})`;
  const emptyWhen = "no date is known";
  return {
    ...place,
    title: "Next dates",
    description:
      "The next date of each kind, from 00:00 UTC. Row: of the timetable. SupportEnd: of a Flux 2 minor. IgnoreEnd: of spec.ignore. DataStale: of the release data.",
    width: 8,
    view: {
      as: "Table",
      columns: [
        cluster,
        { from: "kind", title: "What" },
        { from: "Value A", title: "Date", unit: "time:YYYY-MM-DD" },
        { from: "Value B", title: "Days left", decimals: 0, width: 100 },
      ],
      sortBy: { title: "Days left", desc: false },
    },
    queries: [
      { expr: `1000 * ${date}`, emptyWhen },
      { expr: `(${date} - time()) / 86400`, emptyWhen },
    ],
  };
}
