/** How the operator itself is: its passes, its watches, its process. What it found: cluster-dashboard.ts. */
import type { Panel, Query, View } from "./panel.ts";
import { chosen, ofOperator, one, rate } from "./promql.ts";

/** Passes and restarts are rare: over a shorter time most answers would be empty. */
const HOUR = "1h";
const PER_HOUR = 3600;

function graph(title: string, description: string, view: Omit<View & { as: "Graph" }, "as">, queries: readonly Query[]): Panel {
  return { title, description, width: 8, height: 8, view: { as: "Graph", ...view }, queries };
}

/** Which replica each is, and whether it leads. */
const leader = `${one(["cluster", "instance", "version", "node"], chosen("flux_migration_build_info"))} * on (cluster, instance) group_left () ${one(["cluster", "instance"], chosen("flux_migration_leader"))}`;

const source = `${one(["cluster", "instance", "resource", "source"], chosen("flux_migration_reflector_source_info"))} * on (cluster, instance, resource) group_left () ${one(["cluster", "instance", "resource"], chosen("flux_migration_reflector_synced"))}`;

const lastContact = one(["cluster", "job", "instance", "resource"], chosen("flux_migration_reflector_last_contact_timestamp_seconds"));

export const OPERATOR_PANELS: readonly Panel[] = [
  {
    title: "Replicas",
    description: "Each replica of the operator. One leads and writes; all others are ready to take over.",
    width: 13,
    height: 6,
    view: {
      as: "Table",
      columns: [
        { from: "cluster", title: "Cluster" },
        { from: "instance", title: "Replica" },
        { from: "version", title: "Version" },
        { from: "node", title: "Node.js" },
        {
          from: "Value",
          title: "Leader",
          words: { "1": { text: "Leads", colour: "green" }, "0": { text: "Stands by", colour: "text" } },
          width: 110,
        },
      ],
      sortBy: { title: "Leader", desc: true },
    },
    queries: [{ expr: leader }],
  },
  {
    title: "Held back",
    description: "Where the last pass wrote nothing, whatever it saw, and why. Empty is good.",
    width: 5,
    height: 6,
    view: {
      as: "Table",
      columns: [
        { from: "cluster", title: "Cluster" },
        { from: "reason", title: "By" },
      ],
    },
    queries: [{ expr: one(["cluster", "reason"], chosen("flux_migration_held_back")), emptyWhen: "nothing holds the operator back" }],
  },
  {
    title: "Leaders",
    description: "One a cluster. None for longer than a hand-over: nobody keeps the MigrationStatus true.",
    width: 3,
    height: 6,
    view: { as: "Number", steps: [{ from: 1, colour: "green" }] },
    queries: [{ expr: `sum(${one(["cluster", "job", "instance"], chosen("flux_migration_leader"))})` }],
  },
  {
    title: "Last pass",
    description: "Time since the cluster was last judged. A cluster in which nothing happens is judged rarely; see the last contact too.",
    width: 3,
    height: 6,
    view: { as: "Number", unit: "s" },
    queries: [{ expr: `time() - min(${one(["cluster"], chosen("flux_migration_last_reconcile_timestamp_seconds"))})` }],
  },
  graph(
    "Passes an hour, by outcome",
    "Written: the status differed. Unchanged: nothing to write. HeldBack: suspended, or kept by another operator. LostLead: another replica leads since. Failed: the log says why.",
    { unit: "short", stacked: true },
    [{ expr: `${PER_HOUR} * ${rate(["outcome"], chosen("flux_migration_reconciles_total"), HOUR)}`, legend: "{{outcome}}" }],
  ),
  graph("Duration of a pass", "From what was seen to the written status.", { unit: "s" }, [
    {
      expr: `histogram_quantile(0.99, ${rate(["le"], chosen("flux_migration_reconcile_duration_seconds_bucket"), HOUR)})`,
      legend: "99 of 100",
    },
    {
      expr: `histogram_quantile(0.5, ${rate(["le"], chosen("flux_migration_reconcile_duration_seconds_bucket"), HOUR)})`,
      legend: "half",
    },
  ]),
  graph(
    "Time since the last contact",
    "Of each kind that is watched: last list, event or bookmark. A quiet cluster is heard too: watches are opened again at least every 10 minutes.",
    { unit: "s" },
    [{ expr: `max by (resource) (time() - ${lastContact})`, legend: "{{resource}}" }],
  ),
  graph(
    "Restarts of watches an hour, by reason",
    "Ended is the healthy one: a watch reached its time-out. Any other, again and again, stands between the operator and the API server.",
    { unit: "short", stacked: true },
    [
      {
        expr: `${PER_HOUR} * ${rate(["reason"], chosen("flux_migration_reflector_restarts_total"), HOUR)}`,
        legend: "{{reason}}",
        emptyWhen: "no watch was opened again yet",
      },
    ],
  ),
  graph(
    "Reads and watches an hour",
    "Requests to the API server. A watch goes on where the last one ended; a list reads everything again, in one request a page and one for each name that can be Flux.",
    { unit: "short" },
    [
      { expr: `${PER_HOUR} * sum(${rate(["resource"], chosen("flux_migration_reflector_reads_total"), HOUR)})`, legend: "reads" },
      { expr: `${PER_HOUR} * sum(${rate(["resource"], chosen("flux_migration_reflector_watches_total"), HOUR)})`, legend: "watches" },
    ],
  ),
  graph("Bytes read", "From the API server, by kind.", { unit: "Bps", stacked: true }, [
    { expr: rate(["resource"], chosen("flux_migration_reflector_read_bytes_total")), legend: "{{resource}}" },
  ]),
  graph("Memory", "Resident memory of each replica.", { unit: "bytes" }, [
    { expr: ofOperator("process_resident_memory_bytes"), legend: "{{instance}}" },
  ]),
  graph("CPU", "Cores that each replica uses.", { unit: "short" }, [
    { expr: ofOperator("rate(process_cpu_seconds_total[$__rate_interval])"), legend: "{{instance}}" },
  ]),
  graph("Event loop lag", "99 of 100 turns of the event loop are late by less.", { unit: "s" }, [
    { expr: ofOperator("nodejs_eventloop_lag_p99_seconds"), legend: "{{instance}}" },
  ]),
  {
    title: "Watched kinds",
    description:
      "Whether the set that is kept of each kind is whole. A kind whose CRD is not installed is whole too: there is nothing of it.",
    width: 16,
    height: 9,
    view: {
      as: "Table",
      columns: [
        {
          from: "Value",
          title: "Synced",
          words: { "1": { text: "Synced", colour: "green" }, "0": { text: "Not synced", colour: "orange" } },
          width: 110,
        },
        { from: "cluster", title: "Cluster" },
        { from: "resource", title: "Kind" },
        { from: "source", title: "Source" },
        { from: "instance", title: "Replica" },
      ],
      sortBy: { title: "Synced", desc: false },
    },
    queries: [{ expr: source }],
  },
  {
    ...graph("Open files", "Files and sockets that each replica holds. A line that only climbs is a leak.", { unit: "short" }, [
      { expr: ofOperator("process_open_fds"), legend: "{{instance}}" },
    ]),
    height: 9,
  },
];
