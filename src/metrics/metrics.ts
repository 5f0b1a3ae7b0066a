/** What an operator tells Prometheus. It is told what happens, and asked for text at each scrape; it decides nothing and opens no port. */
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import type { HeldBackBy, Observer, PassOutcome, ReflectorReport } from "../operator/watched.ts";
import { CLUSTER_LABEL } from "./catalogue.ts";
import { processSources } from "./process-series.ts";
import { ReflectorLedger } from "./reflector-ledger.ts";
import { reflectorSources } from "./reflector-series.ts";
import { createMetricsText } from "./registry.ts";
import { statusSeries } from "./status-series.ts";

export interface MetricsOptions {
  /** Of this program. */
  version: string;
  /** The setting; its default does not count as a name. */
  clusterName?: string;
  clock: () => Date;
  /** Whether somebody can ask for the text, as is the default; else nothing is measured for it. */
  served?: boolean;
}

export interface Metrics extends Required<Pick<Observer, "passed" | "stands">> {
  /** Tells whether this replica leads. It does, unless told otherwise; the state of the cluster is exported only while it does. */
  leading(on: boolean): void;
  /** Tells where reflectors are to be asked for, at each scrape. */
  watch(reflectors: () => readonly ReflectorReport[]): void;
  /** All metrics, in the text format of Prometheus 0.0.4. */
  text(): Promise<string>;
}

/** Default of the setting clusterName: nobody has named the cluster, so Prometheus' own label `cluster` must stay visible. */
const UNNAMED = "cluster";

export function createMetrics({ version, clusterName = UNNAMED, clock, served = true }: MetricsOptions): Metrics {
  const outcomes: Record<PassOutcome, number> = { Written: 0, Unchanged: 0, Conflict: 0, HeldBack: 0, LostLead: 0, Failed: 0 };
  const ledger = new ReflectorLedger();
  let leads = true;
  let lastPass: Date | undefined;
  let heldBackBy: HeldBackBy | undefined;
  let reflectors: () => readonly ReflectorReport[] = () => [];
  let standing: MigrationStatusStatus | undefined;
  const ownLabels = clusterName === UNNAMED ? {} : { [CLUSTER_LABEL]: clusterName };
  let state = statusSeries(undefined, ownLabels);

  const metrics = createMetricsText(
    {
      flux_migration_build_info: () => [{ labels: { version, node: process.version }, value: 1 }],
      flux_migration_leader: () => [{ labels: {}, value: leads ? 1 : 0 }],
      flux_migration_status_info: () => state.flux_migration_status_info,
      flux_migration_component_info: () => state.flux_migration_component_info,
      flux_migration_component_overflow: () => state.flux_migration_component_overflow,
      flux_migration_instance_info: () => state.flux_migration_instance_info,
      flux_migration_instance_overflow: () => state.flux_migration_instance_overflow,
      flux_migration_condition: () => state.flux_migration_condition,
      flux_migration_deadline_timestamp_seconds: () => state.flux_migration_deadline_timestamp_seconds,
      flux_migration_data_timestamp_seconds: () => state.flux_migration_data_timestamp_seconds,
      flux_migration_reconciles_total: () => Object.entries(outcomes).map(([outcome, value]) => ({ labels: { outcome }, value })),
      flux_migration_held_back: () => (leads && heldBackBy ? [{ labels: { reason: heldBackBy }, value: 1 }] : []),
      flux_migration_last_reconcile_timestamp_seconds: () => (lastPass ? [{ labels: {}, value: lastPass.getTime() / 1000 }] : []),
      ...reflectorSources(() => reflectors(), ledger),
      ...processSources(served),
    },
    ownLabels,
  );

  return {
    passed: (outcome, seconds, by) => {
      outcomes[outcome] += 1;
      heldBackBy = by;
      metrics.observePass(seconds);
      if (outcome !== "Failed") lastPass = clock();
    },
    stands: (status) => {
      standing = status;
    },
    leading: (on) => {
      leads = on;
      // By the time that it leads again, what it judged may be wrong: the next pass tells.
      if (on) return;
      standing = undefined;
      heldBackBy = undefined;
    },
    watch: (from) => {
      reflectors = from;
    },
    text: async () => {
      ledger.add(reflectors());
      state = statusSeries(leads ? standing : undefined, ownLabels);
      return await metrics.text();
    },
  };
}
