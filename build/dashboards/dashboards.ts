/** Both dashboards as files, and every query of theirs for the tests. */
import type { Json } from "../../src/api/generate/custom-resource.ts";
import { CLUSTER_DASHBOARD } from "./cluster-dashboard.ts";
import { FLEET_DASHBOARD } from "./fleet-dashboard.ts";
import { grafanaDashboard } from "./grafana.ts";
import type { Dashboard, Panel, Query } from "./panel.ts";

export const DASHBOARDS: readonly Dashboard[] = [CLUSTER_DASHBOARD, FLEET_DASHBOARD];

/** Where they are imported from, and where the chart takes them from: Helm reads no file outside of its chart. */
const FOLDERS = ["deploy/monitoring/dashboards", "deploy/chart/files/dashboards"];

/** Path in the project, and what belongs there. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    DASHBOARDS.flatMap((dashboard) => {
      const text = `${printed(grafanaDashboard(dashboard))}\n`;
      return FOLDERS.map((folder): [string, string] => [`${folder}/${dashboard.uid}.json`, text]);
    }),
  );
}

export interface ListedQuery extends Query {
  readonly dashboard: string;
  readonly panel: string;
  readonly as: Panel["view"]["as"];
}

export function dashboardQueries(): ListedQuery[] {
  return DASHBOARDS.flatMap(({ title, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map((query) => ({ dashboard: title, panel: panel.title, as: panel.view.as, ...query }))),
    ),
  );
}

/** JSON as the formatter of this project leaves it: a list of words or numbers on one line. */
function printed(value: Json, indent = ""): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => printed(item, deeper))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${printed(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (items.length === 0) return open + close;
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object")) return `[${items.join(", ")}]`;
  return `${open}\n${items.map((item) => deeper + item).join(",\n")}\n${indent}${close}`;
}
