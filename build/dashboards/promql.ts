/**
 * The pieces that the dashboards' queries are made of. Each answers the same with one replica or three, with one Prometheus or a pair behind
 * Thanos, and with or without a label `cluster`.
 */
import { SEVERITIES } from "../../src/api/words.ts";
import type { MetricName } from "../../src/metrics/catalogue.ts";

/** A metric as Prometheus stores it: a histogram has a series for each of its buckets. */
type StoredName = MetricName | `${Extract<MetricName, `${string}_duration_seconds`>}_bucket`;

/** A metric of the clusters that are chosen. Without a label `cluster`, the choice is "All", which is `.*`: it takes a missing label too. */
export function chosen(metric: StoredName, ...matchers: readonly string[]): string {
  return `${metric}{${['cluster=~"$cluster"', ...matchers].join(", ")}}`;
}

/** One series for each combination of these labels: pods come and go, and Thanos may show each twice. */
export function one(labels: readonly string[], selector: string): string {
  return `max by (${labels.join(", ")}) (${selector})`;
}

/** What makes a counter's series one process. Only `cluster` keeps apart two pods with the same address in two clusters. */
const PROCESS = ["cluster", "job", "instance"];

/** Sum of a counter's rate over all replicas, a second, by these labels. A rate is taken before anything is added up, or a restart shows. */
export function rate(labels: readonly string[], selector: string, window = "$__rate_interval"): string {
  const inner = [...PROCESS, ...labels];
  return `sum by (${labels.join(", ")}) (${one(inner, `rate(${selector}[${window}])`)})`;
}

/** A metric of every process, such as its memory, of those processes that are operators of the chosen clusters. */
export function ofOperator(expr: string): string {
  return `max by (cluster, instance) (${expr} and on (cluster, job, instance) ${chosen("flux_migration_build_info")})`;
}

/** Labels of ours that the scraped pod usually has as well. Prometheus calls ours exported_… then, unless it is told to honour them. */
const SHARED_LABELS = ["namespace", "instance"];

/** As one(), with `namespace` and `instance` as the operator gave them, whatever Prometheus made of their names. */
export function oneAsGiven(labels: readonly string[], selector: string): string {
  const shared = labels.filter((label) => SHARED_LABELS.includes(label));
  return one(
    labels,
    shared.reduce((expr, label) => `label_replace(${expr}, "${label}", "$1", "exported_${label}", "(.+)")`, selector),
  );
}

/**
 * A metric with a label `severity`, the gravest first: its rank stands as the value, and the label goes.
 * @param labels those that stay
 */
export function gravestFirst(labels: readonly string[], metric: MetricName): string {
  const ranks = SEVERITIES.map((severity, rank) => `${rank} * ${oneAsGiven(labels, chosen(metric, `severity="${severity}"`))}`);
  return `sort_desc(${ranks.toReversed().join(" or ")})`;
}
