import { expect, test } from "@jest/globals";
import { CLUSTER_LABEL, LABELS, METRIC_NAMES, METRICS, type MetricName } from "../../../src/metrics/catalogue.ts";
import { EXAMPLE_QUERIES, metricsReference } from "../../../src/metrics/reference.ts";

test("every label of a metric has its meaning, and every meaning is of a label in use", () => {
  const used = new Set<string>(METRIC_NAMES.flatMap((name) => METRICS[name].labels));
  expect([...used].toSorted()).toEqual(Object.keys(LABELS).toSorted());
});

test("no metric has a label twice, and none has the one that names the cluster", () => {
  for (const name of METRIC_NAMES) {
    const labels: readonly string[] = METRICS[name].labels;
    expect([name, labels.length]).toEqual([name, new Set([...labels, CLUSTER_LABEL]).size - 1]);
  }
});

test.each(EXAMPLE_QUERIES)("$question: the query names a metric and labels that it has", ({ query }) => {
  const [name, ...others] = METRIC_NAMES.filter((candidate) => new RegExp(`\\b${candidate}\\b`).test(query));
  expect([name, others]).toEqual([expect.any(String), []]);
  const known: readonly string[] = [CLUSTER_LABEL, ...labelsOf(name)];
  const matched = [...query.matchAll(/(\w+)!?="/g)].map(([, label]) => label);
  const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(", "));
  expect(grouped.length).toBeGreaterThan(0);
  for (const label of [...matched, ...grouped]) expect(known).toContain(label);
});

function labelsOf(name: MetricName | undefined): readonly string[] {
  return name === undefined ? [] : METRICS[name].labels;
}

test("a table row holds no bar of its own", () => {
  const rows = metricsReference()
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(rows).toHaveLength(METRIC_NAMES.length + Object.keys(LABELS).length);
  for (const row of rows) expect([4, 7]).toContain(row.split("|").length);
});
