/** Turns a status into the series of the leader. Pure, and bounded whatever the cluster holds. Decides nothing about Flux. */
import type { Deadline, MigrationStatusStatus } from "../api/migration-status.ts";
import { gravestFirst, NONE, type Severity } from "../api/words.ts";
import { compareText } from "../assess/compare-text.ts";
import { isOurs } from "../assess/conditions.ts";
import type { LeaderMetric, Series } from "./catalogue.ts";
import { type LabelValues, labelText } from "./label-text.ts";

/** Series of components, and as many of installations: more than any real cluster has. */
export const MOST_SERIES = 500;

/** Bytes of both families: with all other metrics, a scrape stays below 200 KB. Who may create workloads can make thousands, with long names. */
const MOST_BYTES = 150_000;
/** Installations may take half of it; components have the rest. */
const MOST_INSTANCE_BYTES = MOST_BYTES / 2;

export type StatusSeries = { readonly [N in LeaderMetric]: readonly Series<N>[] };

type Inventory = NonNullable<MigrationStatusStatus["inventory"]>;
type Component = NonNullable<Inventory["components"]>[number];
type Instance = NonNullable<Inventory["instances"]>[number];

/**
 * @param status undefined: there is none, or this replica does not lead; all series are gone then
 * @param ownLabels stand on each series beside its own: what they take is not free for others
 */
export function statusSeries(status: MigrationStatusStatus | undefined, ownLabels: LabelValues): StatusSeries {
  const { components = [], instances = [], omittedComponents = 0, omittedInstances = 0 } = status?.inventory ?? {};
  const counted = components.filter((component) => component.ignored === undefined);
  const ownBytes = Buffer.byteLength(labelText(ownLabels));
  const instanceInfo = bounded(instances, instanceSeries, ownBytes + "flux_migration_instance_info".length, MOST_INSTANCE_BYTES);
  const componentRoom = MOST_BYTES - instanceInfo.bytes;
  const componentInfo = bounded(counted, componentSeries, ownBytes + "flux_migration_component_info".length, componentRoom);
  const asOf = status?.data?.releasesAsOf;
  return {
    flux_migration_status_info: summarySeries(status),
    flux_migration_component_info: componentInfo.series,
    flux_migration_component_overflow: status?.inventory ? [plain(componentInfo.left + omittedComponents)] : [],
    flux_migration_instance_info: instanceInfo.series,
    flux_migration_instance_overflow: status?.inventory ? [plain(instanceInfo.left + omittedInstances)] : [],
    flux_migration_condition: conditionSeries(status),
    flux_migration_deadline_timestamp_seconds: deadlineSeries(status?.deadlines ?? []),
    flux_migration_data_timestamp_seconds: asOf === undefined ? [] : [plain(startOf(asOf))],
  };
}

function plain(value: number) {
  return { labels: {}, value };
}

/** @returns seconds since 1970 of 00:00 UTC of an ISO date */
function startOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000;
}

function summarySeries(status: MigrationStatusStatus | undefined): Series<"flux_migration_status_info">[] {
  if (!status?.summary) return [];
  const { fluxd, helmOperator, toolkit, phase, support, migration, progress, action, severity, blockedBy } = status.summary;
  const edition = status.timetable?.edition ?? NONE;
  const labels = {
    fluxd,
    helm_operator: helmOperator,
    toolkit,
    phase,
    support,
    migration,
    progress,
    action,
    severity,
    blocked_by: blockedBy,
  };
  return [{ labels: { ...labels, edition }, value: 1 }];
}

function componentSeries({ workload, action, ...component }: Component): Series<"flux_migration_component_info"> {
  return {
    labels: {
      component: component.name,
      track: component.track,
      namespace: component.namespace,
      workload: `${workload.kind.toLowerCase()}/${workload.name}`,
      version: component.version,
      phase: component.phase,
      support: component.support ?? NONE,
      severity: component.severity,
      action: action.code,
    },
    value: 1,
  };
}

function instanceSeries({ action, ...instance }: Instance): Series<"flux_migration_instance_info"> {
  return {
    labels: {
      instance: instance.name,
      track: instance.track,
      namespace: instance.namespace,
      release: instance.release ?? NONE,
      cli_version: instance.cliVersion ?? NONE,
      support: instance.support ?? NONE,
      alignment: instance.alignment ?? NONE,
      managed_by: instance.managedBy,
      owner: instance.owner ?? NONE,
      severity: instance.severity,
      action: action.code,
    },
    value: 1,
  };
}

interface Graded {
  readonly severity: Severity;
  readonly name: string;
  readonly namespace: string;
}

/** What a line of text has beside its name and its labels. */
const LINE_BYTES = "{} 1\n".length;

/**
 * The gravest entries, then by name, until their number or their bytes are used up.
 * @param besideBytes what each series takes beside its own labels
 */
function bounded<T extends Graded, S extends { labels: LabelValues }>(
  entries: readonly T[],
  toSeries: (entry: T) => S,
  besideBytes: number,
  mostBytes: number,
): { series: S[]; bytes: number; left: number } {
  const sorted = entries.toSorted((a, b) => gravestFirst(a, b) || compareText(a.name, b.name) || compareText(a.namespace, b.namespace));
  const series: S[] = [];
  // Long names can be the same once they are cut, and two series of the same labels are one.
  const shown = new Set<string>();
  let bytes = 0;
  for (const entry of sorted) {
    const next = toSeries(entry);
    const text = labelText(next.labels);
    if (shown.has(text)) continue;
    if (series.length === MOST_SERIES) break;
    shown.add(text);
    const nextBytes = besideBytes + Buffer.byteLength(text) + LINE_BYTES;
    if (bytes + nextBytes > mostBytes) break;
    bytes += nextBytes;
    series.push(next);
  }
  return { series, bytes, left: entries.length - series.length };
}

/** Conditions that somebody else added to the status are theirs to export. */
function conditionSeries(status: MigrationStatusStatus | undefined): Series<"flux_migration_condition">[] {
  return (status?.conditions ?? [])
    .filter(isOurs)
    .map(({ type, status: state, reason }) => ({ labels: { type, status: state, reason }, value: 1 }));
}

function deadlineSeries(deadlines: readonly Deadline[]): Series<"flux_migration_deadline_timestamp_seconds">[] {
  const byKind = Map.groupBy(deadlines, ({ kind }) => kind);
  return Array.from(byKind, ([kind, dates]) => ({ labels: { kind }, value: Math.min(...dates.map(({ date }) => startOf(date))) }));
}
