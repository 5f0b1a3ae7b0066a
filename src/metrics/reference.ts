/** Writes docs/metrics.md from the catalogue, so that it can never say something else. Exports no metric. */
import { CLUSTER_LABEL, LABELS, METRIC_NAMES, METRICS } from "./catalogue.ts";
import { VALUE_CHARACTERS } from "./label-text.ts";
import { MOST_SERIES } from "./status-series.ts";

/** Questions that the metrics answer, for one cluster or many. Each is `max by`: a new pod would else be counted beside the old one. */
export const EXAMPLE_QUERIES: readonly { readonly question: string; readonly query: string }[] = [
  {
    question: "Where does Flux 1 still run?",
    query: 'max by (cluster, namespace, component, version) (flux_migration_component_info{track="Flux1"})',
  },
  {
    question: "How far is each cluster?",
    query: "max by (cluster, migration, progress, action) (flux_migration_status_info)",
  },
  {
    question: "Whose toolkits are out of support?",
    query: 'count by (owner) (max by (cluster, instance, owner) (flux_migration_instance_info{support="EndOfSupport"}))',
  },
  {
    question: "In how many days is the next known date of each kind?",
    query: "(min by (cluster, kind) (flux_migration_deadline_timestamp_seconds) - time()) / 86400",
  },
  {
    question: "Which clusters are not known in full, and why?",
    query: 'max by (cluster, reason) (flux_migration_condition{type="Ready", status!="True"})',
  },
];

/** @returns the page, in Markdown */
export function metricsReference(): string {
  return `<!-- Made by npm run generate from src/metrics/catalogue.ts and reference.ts. Change those. -->

# Metrics

The setting \`metricsAddress\` (\`--metrics-address :8080\`) says where \`/metrics\` answers, in the text format of Prometheus. Without it, nothing
listens.

    scrape_configs:
      - job_name: flux-migration-operator
        honor_labels: true
        kubernetes_sd_configs:
          - role: pod
            namespaces:
              names: [flux-migration]
        relabel_configs:
          - source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_name, __meta_kubernetes_pod_container_port_name]
            regex: flux-migration-operator;metrics
            action: keep

\`honor_labels: true\` keeps \`namespace\` and \`instance\` what the table says: those of Flux. Prometheus would else put the operator's own in
their place, and rename ours to \`exported_namespace\` and \`exported_instance\`.

## All metrics

Replica: every replica exports it. Leader: only the one that leads, and from the first pass on; when it no longer leads, the next scrape
shows none of it. One that leaves the status of a newer operator alone shows none either.

| Metric | Type | From | Labels | Meaning |
|---|---|---|---|---|
${METRIC_NAMES.map(metricRow).join("\n")}

## Labels

| Label | Meaning |
|---|---|
${Object.entries(LABELS)
  .map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  .join("\n")}

\`${CLUSTER_LABEL}\` stands on every series, also of the process, where the setting \`clusterName\` was given. Otherwise no series has it, so that an
external label or a relabelling of Prometheus can name the cluster.

## How many series

Components and installations have at most ${MOST_SERIES} series each, fewer where the scrape would grow beyond 200 KB. The gravest come first,
then by name, and the overflow metrics count the others. A label value ends after ${VALUE_CHARACTERS} characters. All other metrics together have
fewer than 300 series.

## Questions

${EXAMPLE_QUERIES.map(({ question, query }) => `${question}\n\n    ${query}\n`).join("\n")}`;
}

function metricRow(name: (typeof METRIC_NAMES)[number]): string {
  const { type, labels, help, from } = METRICS[name];
  const shown = labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${name}\` | ${type} | ${from === "Leader" ? "Leader" : "Replica"} | ${shown} | ${help} |`;
}
