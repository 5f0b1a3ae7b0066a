/** What the chart makes for Prometheus, Grafana and the network. Whether alerts and dashboards are right: test/alerts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { describeWithTools } from "../tools/suite.ts";
import { CHART, only, render, TEST_LIMIT_MS } from "./chart.ts";
import { EVERYTHING } from "./chart-cases.ts";

/** As far as the Prometheus operator's API reference has it, and we use it. There is no CRD of it to ask. */
const Rule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.looseObject({ severity: z.string() }),
  annotations: z.looseObject({ runbook_url: z.url() }),
});
const Groups = z.array(z.strictObject({ name: z.string(), interval: z.string().optional(), rules: z.array(Rule).min(1) })).min(1);
const PrometheusRuleSpec = z.strictObject({ groups: Groups });

const alerts = Groups.parse(load(readFileSync(join(CHART, "files/alerts.yaml"), "utf8")));
const names = [...new Set(alerts.flatMap(({ rules }) => rules.map(({ alert }) => alert)))];

jest.setTimeout(TEST_LIMIT_MS);

await describeWithTools(["helm"], "monitoring of the chart", ({ helm }) => {
  const groupsWith = async (values: object) => {
    const objects = await render(helm, { values: { prometheusRule: { enabled: true, ...values } } });
    return PrometheusRuleSpec.parse(only(objects, "PrometheusRule").spec).groups;
  };

  test("the PrometheusRule holds the alerts as they are", async () => {
    expect(await groupsWith({})).toEqual(alerts);
  });

  test("a severity, a runbook's address and a silence are values, and change nothing else", async () => {
    const [first] = names;
    const changed = await groupsWith({
      severities: { Flux1Present: "page" },
      runbookUrl: "https://wiki.local/runbooks/",
    });
    const expected = alerts.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        labels: rule.alert === "Flux1Present" ? { ...rule.labels, severity: "page" } : rule.labels,
        annotations: { ...rule.annotations, runbook_url: `https://wiki.local/runbooks/${rule.alert}.md` },
      })),
    }));
    expect(changed).toEqual(expected);
    const others = names.length > 1 ? await groupsWith({ disabled: [first] }) : [];
    expect(others.flatMap(({ rules }) => rules.map(({ alert }) => alert))).toEqual(
      alerts.flatMap(({ rules }) => rules.map(({ alert }) => alert)).filter((alert) => alert !== first),
    );
  });

  test("the ServiceMonitor scrapes the port of the Service", async () => {
    const plain = await render(helm, { values: { metrics: { serviceMonitor: { enabled: true } } } });
    expect(only(plain, "ServiceMonitor").spec).toEqual({
      selector: {
        matchLabels: { "app.kubernetes.io/name": "flux-migration-operator", "app.kubernetes.io/instance": "flux-migration-operator" },
      },
      endpoints: [{ port: "metrics", honorLabels: true, interval: "60s" }],
    });
    const full = await render(helm, EVERYTHING);
    const { interval, scrapeTimeout, relabelings, metricRelabelings, labels } = EVERYTHING.values.metrics.serviceMonitor;
    expect(only(full, "ServiceMonitor")).toMatchObject({
      metadata: { labels },
      spec: { endpoints: [{ port: "metrics", interval, scrapeTimeout, relabelings, metricRelabelings }] },
    });
    expect(only(full, "Service")).toMatchObject({
      metadata: EVERYTHING.values.metrics.service,
      spec: { ports: [{ name: "metrics", port: 9090, targetPort: "metrics", protocol: "TCP" }] },
    });
  });

  test("each dashboard is a ConfigMap that Grafana's sidecar finds", async () => {
    const files = readdirSync(join(CHART, "files/dashboards")).toSorted();
    const objects = await render(helm, { values: { dashboards: { enabled: true, annotations: { grafana_folder: "Flux" } } } });
    const maps = objects.filter(({ kind }) => kind === "ConfigMap");
    expect(files.length).toBeGreaterThan(0);
    expect(maps.flatMap(({ data }) => Object.keys(z.record(z.string(), z.string()).parse(data))).toSorted()).toEqual(files);
    for (const { data, metadata } of maps) {
      expect(metadata).toMatchObject({ labels: { grafana_dashboard: "1" }, annotations: { grafana_folder: "Flux" } });
      for (const [file, json] of Object.entries(z.record(z.string(), z.string()).parse(data)))
        expect(json.trimEnd()).toBe(readFileSync(join(CHART, "files/dashboards", file), "utf8").trimEnd());
    }
  });

  test("the NetworkPolicy lets through DNS, the API server, probes and scrapes", async () => {
    const port = (number: number | string, protocol = "TCP") => ({ port: number, protocol });
    const plain = only(await render(helm, { values: { networkPolicy: { enabled: true } } }), "NetworkPolicy");
    expect(plain.spec).toMatchObject({
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [port("health")] }, { ports: [port("metrics")] }],
      egress: [{ ports: [port(53, "UDP"), port(53)] }, { ports: [port(443), port(6443)] }],
    });
    const narrow = only(await render(helm, EVERYTHING), "NetworkPolicy");
    expect(narrow.spec).toMatchObject({
      ingress: [{ ports: [port("health")] }, { ports: [port("metrics")], from: EVERYTHING.values.networkPolicy.metricsFrom }],
      egress: [
        { ports: [port(53, "UDP"), port(53)] },
        { ports: [port(6443)], to: [{ ipBlock: { cidr: "10.0.0.1/32" } }, { ipBlock: { cidr: "fd00::1/128" } }] },
      ],
    });
  });
});
