/**
 * Every metric and every label: name, meaning, who exports it. The registry, docs/metrics.md and the tests come from these two tables.
 * Holds no value.
 */
import { Alignment, BlockedBy, DeadlineKind, Migration, SEVERITIES, Support } from "../api/words.ts";
import { CONDITION_TYPES } from "../assess/conditions.ts";
import { HELD_BACK_BY } from "../operator/watched.ts";
import { TRACKS } from "../timetable/track.ts";

/** What each label says. A value that a cluster cannot give is `None`: an empty label would be an absent one to Prometheus. */
export const LABELS = {
  action: "code of the recommended action; docs/actions.md describes each",
  alignment: `whether controllers and CRDs are of one minor: ${oneOf(Alignment.options)}; None for Flux 1`,
  blocked_by: `what stands before an upgrade of Flux 2: ${oneOf(BlockedBy.options)}`,
  cli_version: "version of the Flux 2 CLI that wrote the manifests, or None",
  component: "fluxd, helm-operator, source-controller, and so on",
  edition: "edition of the published timetable",
  fluxd: "version of fluxd, a range of them, Present where none can be read, None or Unknown",
  helm_operator: "version of the Helm Operator, with the same words",
  instance: "installation: flux/flux1, flux-system/toolkit",
  kind: `kind of date: ${oneOf(DeadlineKind.options)}`,
  managed_by: "what installs and upgrades it: Bootstrap, Terraform, FluxInstance, and so on; docs/api.md names all",
  migration: `how far the move is: ${oneOf(Migration.options)}`,
  namespace: "namespace of the workload or the installation",
  node: "version of Node.js",
  outcome:
    "what a pass came to; Conflict: somebody wrote first; HeldBack: suspended, or kept by another operator; LostLead: another replica leads since",
  owner: "value of the namespace label that the setting ownerLabel names, or None",
  phase: "phase in the timetable today, of the component's track; in the status, of Flux 1",
  progress: "leading steps that are done, of five: 3/5, or Unknown",
  reason: "why, in one CamelCase word",
  release: "Flux 2 release or minor, Unknown where it cannot be told; None for Flux 1",
  resource: "kind that is watched, as RBAC names it: deployments.apps",
  severity: `how grave the action is: ${oneOf(SEVERITIES)}`,
  source: "how the kind is read: table, names and images first, or full, whole objects or their metadata",
  status: "True, False or Unknown",
  support: `support state: ${oneOf(Support.options)}; None also for Flux 1`,
  toolkit: "Flux 2 minor of the toolkit, a range of them, None or Unknown",
  track: oneOf(TRACKS),
  type: `type of the condition: ${oneOf(CONDITION_TYPES)}`,
  version: "version of the component or of the operator; Unknown where none can be read",
  workload: "kind and name: deployment/flux",
} as const;
export type LabelName = keyof typeof LABELS;

/** Stands on every series where the cluster was named; else Prometheus' own label of that name would be hidden. */
export const CLUSTER_LABEL = "cluster";

export interface MetricEntry {
  readonly type: "gauge" | "counter" | "histogram";
  readonly labels: readonly LabelName[];
  readonly help: string;
  /** The state of the cluster comes from the leader alone: it would else be there once a replica. */
  readonly from: "Leader" | "EveryReplica";
}

export const METRICS = {
  flux_migration_build_info: {
    type: "gauge",
    labels: ["version", "node"],
    help: "Always 1; the labels name the build.",
    from: "EveryReplica",
  },
  flux_migration_leader: {
    type: "gauge",
    labels: [],
    help: "1 where this replica leads, which a single replica always does; else 0.",
    from: "EveryReplica",
  },
  flux_migration_status_info: {
    type: "gauge",
    labels: [
      "fluxd",
      "helm_operator",
      "toolkit",
      "phase",
      "support",
      "migration",
      "progress",
      "action",
      "severity",
      "blocked_by",
      "edition",
    ],
    help: "Always 1; the labels are the row that kubectl get migrationstatus prints.",
    from: "Leader",
  },
  flux_migration_component_info: {
    type: "gauge",
    labels: ["component", "track", "namespace", "workload", "version", "phase", "support", "severity", "action"],
    help: "Always 1; one series an installed component, ignored ones left out.",
    from: "Leader",
  },
  flux_migration_component_overflow: {
    type: "gauge",
    labels: [],
    help: "Components that have no series, as there are too many.",
    from: "Leader",
  },
  flux_migration_instance_info: {
    type: "gauge",
    labels: [
      "instance",
      "track",
      "namespace",
      "release",
      "cli_version",
      "support",
      "alignment",
      "managed_by",
      "owner",
      "severity",
      "action",
    ],
    help: "Always 1; one series an installation of Flux 1 or of the toolkit.",
    from: "Leader",
  },
  flux_migration_instance_overflow: {
    type: "gauge",
    labels: [],
    help: "Installations that have no series, as there are too many.",
    from: "Leader",
  },
  flux_migration_condition: {
    type: "gauge",
    labels: ["type", "status", "reason"],
    help: "Always 1; one series a condition, with the state that it is in.",
    from: "Leader",
  },
  flux_migration_deadline_timestamp_seconds: {
    type: "gauge",
    labels: ["kind"],
    help: "Next date of each kind, 00:00 UTC; no series where none is known.",
    from: "Leader",
  },
  flux_migration_data_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "Day on which the release data was last checked complete, 00:00 UTC.",
    from: "Leader",
  },
  flux_migration_reconciles_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Passes while leading, by what they came to.",
    from: "EveryReplica",
  },
  flux_migration_reconcile_duration_seconds: {
    type: "histogram",
    labels: [],
    help: "Time that a pass took.",
    from: "EveryReplica",
  },
  flux_migration_held_back: {
    type: "gauge",
    labels: ["reason"],
    help: `Always 1, of the replica that leads, while its last pass was kept from the MigrationStatus by ${oneOf(HELD_BACK_BY)}; no series else.`,
    from: "EveryReplica",
  },
  flux_migration_last_reconcile_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the last pass ended that did not fail. Passes follow changes and dates: a quiet cluster has none for days.",
    from: "EveryReplica",
  },
  flux_migration_reflector_synced: {
    type: "gauge",
    labels: ["resource"],
    help: "1 where the kind is read in full, or not installed; else 0.",
    from: "EveryReplica",
  },
  flux_migration_reflector_last_contact_timestamp_seconds: {
    type: "gauge",
    labels: ["resource"],
    help: "Last list, event or bookmark. Watches are opened again at least every 10 minutes, so a quiet cluster is not stale.",
    from: "EveryReplica",
  },
  flux_migration_reflector_reads_total: {
    type: "counter",
    labels: ["resource"],
    help: "Requests that read objects: one a page of a list, and one for all objects of a name.",
    from: "EveryReplica",
  },
  flux_migration_reflector_watches_total: {
    type: "counter",
    labels: ["resource"],
    help: "Watches that were opened: one in 5 to 10 minutes, or one a second while a hundred changes and more come in each.",
    from: "EveryReplica",
  },
  flux_migration_reflector_restarts_total: {
    type: "counter",
    labels: ["resource", "reason"],
    help: "Lists and watches that were started again. Ended is the healthy reason: a watch ended at its time-out. Restored: etcd went back.",
    from: "EveryReplica",
  },
  flux_migration_reflector_read_bytes_total: {
    type: "counter",
    labels: ["resource"],
    help: "Bytes of all answers.",
    from: "EveryReplica",
  },
  flux_migration_reflector_source_info: {
    type: "gauge",
    labels: ["resource", "source"],
    help: "Always 1; how the kind is read.",
    from: "EveryReplica",
  },
  process_cpu_seconds_total: {
    type: "counter",
    labels: [],
    help: "CPU time of the process, user and system.",
    from: "EveryReplica",
  },
  process_resident_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Resident memory of the process.",
    from: "EveryReplica",
  },
  process_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "When the process started.",
    from: "EveryReplica",
  },
  process_open_fds: {
    type: "gauge",
    labels: [],
    help: "Open file descriptors, on Linux.",
    from: "EveryReplica",
  },
  nodejs_eventloop_lag_p99_seconds: {
    type: "gauge",
    labels: [],
    help: "Lag of the event loop that 99 of 100 samples since the last scrape stayed below.",
    from: "EveryReplica",
  },
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof METRICS;

/** Names whose entry has a part like this. */
type NamesWith<Part> = { [N in MetricName]: (typeof METRICS)[N] extends Part ? N : never }[MetricName];
export type LeaderMetric = NamesWith<{ from: "Leader" }>;
/** All whose samples are read at each scrape; a histogram observes as it goes. */
export type SampledMetric = NamesWith<{ type: "gauge" | "counter" }>;

export const METRIC_NAMES: readonly MetricName[] = Object.keys(METRICS).filter((name): name is MetricName => name in METRICS);
export const SAMPLED_METRICS = METRIC_NAMES.filter((name): name is SampledMetric => METRICS[name].type !== "histogram");

/** One sample with exactly the labels of its metric. */
export interface Series<N extends MetricName> {
  readonly labels: { readonly [L in (typeof METRICS)[N]["labels"][number]]: string };
  readonly value: number;
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
