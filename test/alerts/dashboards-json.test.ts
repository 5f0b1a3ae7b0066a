/** The dashboards as files: what Grafana would refuse or draw over something else, and metrics that nobody would see. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { DASHBOARDS, dashboardFiles, dashboardQueries } from "../../build/dashboards/dashboards.ts";
import { METRIC_NAMES } from "../../src/metrics/catalogue.ts";
import { describeWithTools } from "../tools/suite.ts";
import { substituted } from "./dashboards-variables.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = "deploy/monitoring/dashboards";

/** Come with every Grafana. */
const CORE_PANELS = ["row", "table", "timeseries", "stat", "bargauge"];

const GridPos = z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) });
const Source = z.object({ type: z.literal("prometheus"), uid: z.literal("$datasource") });
const GrafanaPanel = z.looseObject({
  id: z.int(),
  type: z.enum(CORE_PANELS),
  title: z.string().min(1),
  gridPos: GridPos,
  datasource: Source.optional(),
  targets: z.array(z.looseObject({ refId: z.string(), datasource: Source, expr: z.string() })).optional(),
});
const GrafanaDashboard = z.looseObject({ uid: z.string(), schemaVersion: z.literal(39), panels: z.array(GrafanaPanel) });

const files = Array.from(dashboardFiles(), ([path, text]) => ({ path, dashboard: GrafanaDashboard.parse(JSON.parse(text)) }));

describe.each(files)("$path", ({ path, dashboard }) => {
  test("is called after the address that it has in Grafana", () => {
    expect(path.endsWith(`/${dashboard.uid}.json`)).toBe(true);
  });

  test("panels have numbers of their own, stay within 24 columns, and lie beside each other", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, gridPos } of panels) expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    const overlaps = panels.flatMap((a, index) =>
      panels
        .slice(index + 1)
        .filter((b) => overlap(a.gridPos, b.gridPos))
        .map((b) => `${a.title} and ${b.title}`),
    );
    expect(overlaps).toEqual([]);
  });

  test("each query has a letter of its own in its panel", () => {
    for (const { title, type, targets = [] } of dashboard.panels) {
      expect([title, new Set(targets.map(({ refId }) => refId)).size, targets.length > 0]).toEqual([title, targets.length, type !== "row"]);
    }
  });
});

function overlap(a: z.infer<typeof GridPos>, b: z.infer<typeof GridPos>): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

test("the folder holds these dashboards and no other", () => {
  const listed = z.object({ configMapGenerator: z.tuple([z.looseObject({ files: z.array(z.string()) })]) });
  const { configMapGenerator } = listed.parse(load(readFileSync(join(ROOT, FOLDER, "kustomization.yaml"), "utf8")));
  const found = readdirSync(join(ROOT, FOLDER)).filter((name) => name.endsWith(".json"));
  expect(found.toSorted()).toEqual(DASHBOARDS.map(({ uid }) => `${uid}.json`).toSorted());
  expect(configMapGenerator[0].files.toSorted()).toEqual(found.toSorted());
});

test("each metric of ours is shown by one of them", () => {
  const all = dashboardQueries()
    .map(({ expr }) => expr)
    .join("\n");
  expect(METRIC_NAMES.filter((name) => name.startsWith("flux_migration_") && !all.includes(name))).toEqual([]);
});

test("a graph of a choice of several clusters names no cluster, so nothing is named after a label that is not there", () => {
  const legends = dashboardQueries().flatMap(({ legend }) => legend ?? []);
  expect(legends.filter((legend) => legend.includes("{{cluster}}"))).toEqual([]);
});

test("the picture shows panels that there are, with numbers in them", () => {
  const drawn = readFileSync(join(ROOT, "docs/dashboard.svg"), "utf8");
  const titles = Array.from(drawn.matchAll(/font-size="12" fill="#ccccdc" font-weight="600">([^<]+)</g), ([, title]) => title);
  const known = DASHBOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.map(({ title }) => title)));
  expect(titles.length).toBeGreaterThan(5);
  expect(drawn).not.toContain("NaN");
  expect(titles.filter((title) => !known.includes(title ?? ""))).toEqual([]);
});

test("variables are put in as Grafana does: a name stands for itself, and what is no variable is found", () => {
  const put = (choice: "All" | string[]) =>
    substituted('x{cluster=~"$cluster"}[$__rate_interval]', { allValue: ".*", choice, rateInterval: "1m" });
  expect(put("All")).toBe('x{cluster=~".*"}[1m]');
  expect(put(["a.b"])).toBe('x{cluster=~"a\\\\.b"}[1m]');
  expect(put(["a", "b"])).toBe('x{cluster=~"(a|b)"}[1m]');
  expect(() => substituted("x[$__range]", { allValue: ".*", choice: "All", rateInterval: "1m" })).toThrow("$__range is no variable");
});

await describeWithTools(["kubectl"], "dashboards as a ConfigMap", ({ kubectl }) => {
  test("kustomize makes one that Grafana's sidecar finds, within what a ConfigMap may hold", async () => {
    const { stdout } = await promisify(execFile)(kubectl, ["kustomize", join(ROOT, FOLDER)], { maxBuffer: 4 * 1024 * 1024 });
    const configMap = z
      .object({
        kind: z.literal("ConfigMap"),
        metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
        data: z.record(z.string(), z.string()),
      })
      .parse(load(stdout));
    expect(configMap.metadata.labels).toEqual({ grafana_dashboard: "1" });
    expect(Object.keys(configMap.data).toSorted()).toEqual(DASHBOARDS.map(({ uid }) => `${uid}.json`).toSorted());
    expect(Buffer.byteLength(stdout)).toBeLessThan(1024 * 1024);
  });
});
