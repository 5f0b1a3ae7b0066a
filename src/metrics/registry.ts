/** Fills prom-client's metrics, as the catalogue names them, from sources that are asked at each scrape. Knows no meaning of a metric. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { METRICS, type MetricName, SAMPLED_METRICS, type SampledMetric, type Series } from "./catalogue.ts";
import { type LabelValues, shownLabels } from "./label-text.ts";

/** Where the samples of each metric come from. */
export type Sources = { readonly [N in SampledMetric]: () => readonly Series<N>[] };

export interface MetricsText {
  observePass(seconds: number): void;
  /** All metrics, in the text format of Prometheus. */
  text(): Promise<string>;
}

/** @param ownLabels stand on every series beside the labels of its metric */
export function createMetricsText(sources: Sources, ownLabels: LabelValues): MetricsText {
  // One of our own: prom-client's global one is anybody's.
  const registry = new Registry();
  const own = shownLabels(ownLabels);
  for (const name of SAMPLED_METRICS) addSampled(registry, name, sources[name], own);
  const duration = new Histogram(configuration(registry, "flux_migration_reconcile_duration_seconds", own));
  duration.zero(own);
  return {
    observePass: (seconds) => duration.observe(own, seconds),
    text: () => registry.metrics(),
  };
}

type Samples = () => readonly { readonly labels: LabelValues; readonly value: number }[];

function addSampled(registry: Registry, name: SampledMetric, samples: Samples, own: LabelValues): void {
  const shared = configuration(registry, name, own);
  if (METRICS[name].type === "counter") {
    new Counter({
      ...shared,
      collect() {
        this.reset();
        for (const { labels, value } of samples()) this.inc({ ...shownLabels(labels), ...own }, value);
      },
    });
    return;
  }
  new Gauge({
    ...shared,
    collect() {
      this.reset();
      // A metric without labels starts at 0 again. That would be a statement; what is not known has no series.
      if (shared.labelNames.length === 0) this.remove();
      for (const { labels, value } of samples()) this.set({ ...shownLabels(labels), ...own }, value);
    },
  });
}

function configuration(registry: Registry, name: MetricName, own: LabelValues) {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: [...labels, ...Object.keys(own)], registers: [registry] };
}
