/**
 * Writes a dashboard as Grafana's JSON, schema 39 (Grafana 10.4 and later migrate it themselves). Only panels that every Grafana has. Knows
 * no metric.
 */
import type { JsonObject } from "../../src/api/generate/custom-resource.ts";
import type { Colour, Column, Dashboard, Panel, Query, Row, Step, View, Words } from "./panel.ts";

const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const ROW_HEIGHT = 1;

/** Marks both dashboards, so that each lists the other. */
const TAG = "flux-migration";
const REPOSITORY = "https://github.com/flux-migration/flux-migration-operator";

/** Chosen in the dashboard: whoever imports it has a data source of another name. */
const DATA_SOURCE = { type: "prometheus", uid: "$datasource" };

/** Which dashboard the cell of a cluster opens. */
export const CLUSTER_UID = "flux-migration-cluster";

export function grafanaDashboard(dashboard: Dashboard): JsonObject {
  return {
    uid: dashboard.uid,
    title: dashboard.title,
    description: dashboard.description,
    tags: [TAG],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    // Dates of the timetable hold from 00:00 UTC; a browser's own time zone would move them by a day.
    timezone: "utc",
    time: { from: dashboard.from, to: "now" },
    refresh: "1m",
    annotations: { list: [] },
    links: [
      link({
        title: "Flux migration",
        type: "dashboards",
        tags: [TAG],
        asDropdown: true,
        keepTime: true,
        includeVars: true,
        icon: "dashboard",
      }),
      link({
        title: "What the actions mean",
        type: "link",
        url: `${REPOSITORY}/blob/main/docs/actions.md`,
        targetBlank: true,
        icon: "doc",
      }),
    ],
    templating: { list: [dataSourceVariable(), clusterVariable(dashboard.severalClusters)] },
    panels: placed(dashboard.rows),
  };
}

function link(parts: JsonObject): JsonObject {
  return { asDropdown: false, includeVars: false, keepTime: false, tags: [], targetBlank: false, tooltip: "", ...parts };
}

function dataSourceVariable(): JsonObject {
  return {
    name: "datasource",
    label: "Data source",
    type: "datasource",
    query: "prometheus",
    current: { text: "default", value: "default" },
    hide: 0,
    refresh: 1,
  };
}

/** Its "All" also takes series without the label, so the dashboards work in a Prometheus that knows one cluster and gives it no name. */
function clusterVariable(several: boolean): JsonObject {
  const definition = "label_values(flux_migration_build_info, cluster)";
  return {
    name: "cluster",
    label: "Cluster",
    type: "query",
    datasource: DATA_SOURCE,
    definition,
    query: { query: definition, refId: "PrometheusVariableQueryEditor-VariableQuery" },
    current: { text: "All", value: "$__all" },
    includeAll: true,
    allValue: ".*",
    multi: several,
    refresh: 2,
    sort: 1,
    hide: 0,
  };
}

/** From left to right, and on below where the width is used up. */
function placed(rows: readonly Row[]): JsonObject[] {
  const panels: JsonObject[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: ROW_HEIGHT },
      panels: [],
    });
    y += ROW_HEIGHT;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += height;
        height = 0;
      }
      panels.push({ id: panels.length + 1, ...grafanaPanel(panel), gridPos: { x, y, w: panel.width, h: panel.height } });
      x += panel.width;
      height = Math.max(height, panel.height);
    }
    y += height;
  }
  return panels;
}

function grafanaPanel(panel: Panel): JsonObject {
  const { view } = panel;
  return {
    type: TYPES[view.as],
    title: panel.title,
    description: panel.description,
    datasource: DATA_SOURCE,
    targets: panel.queries.map((query, index) => target(query, index, view)),
    ...shown(panel),
  };
}

const TYPES = { Table: "table", Graph: "timeseries", Number: "stat", Bars: "bargauge" } as const satisfies Record<View["as"], string>;

/** A graph asks for a range, all others for now. */
function target({ expr, legend }: Query, index: number, view: View): JsonObject {
  const range = view.as === "Graph";
  return {
    refId: refId(index),
    datasource: DATA_SOURCE,
    editorMode: "code",
    expr,
    format: view.as === "Table" ? "table" : "time_series",
    instant: !range,
    range,
    ...(legend === undefined ? {} : { legendFormat: legend }),
  };
}

function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function shown({ view, queries }: Panel): JsonObject {
  switch (view.as) {
    case "Table":
      return table(
        view,
        queries.map((_, index) => refId(index)),
      );
    case "Graph":
      return graph(view);
    case "Number":
      return {
        fieldConfig: {
          defaults: { unit: view.unit ?? "none", decimals: view.decimals ?? 0, noValue: "None", ...colouredBy(view.steps) },
          overrides: [],
        },
        options: { colorMode: "value", graphMode: "none", justifyMode: "center", textMode: "value", reduceOptions: LAST },
      };
    case "Bars":
      return {
        fieldConfig: {
          defaults: { unit: "none", decimals: 0, min: 0, noValue: "None", color: { mode: "fixed", fixedColor: "blue" } },
          overrides: Object.entries(view.words ?? {}).map(([word, colour]) => override(word, [fixedColour(colourOf(colour))])),
        },
        options: { displayMode: "basic", orientation: "horizontal", showUnfilled: false, valueMode: "text", reduceOptions: LAST },
      };
    default:
      return view satisfies never;
  }
}

const LAST = { calcs: ["lastNotNull"], fields: "", values: false };

/** Labels and values become columns in the order given; values that no column shows are left out. */
function table({ columns, sortBy }: View & { as: "Table" }, refIds: readonly string[]): JsonObject {
  const each = <T>(value: (column: Column, index: number) => T) =>
    Object.fromEntries(columns.flatMap((column, index) => fieldNames(column.from).map((name) => [name, value(column, index)])));
  const fields = new Set(columns.flatMap(({ from }) => fieldNames(from)));
  const hidden = ["Time", "Value", ...refIds.map((id) => `Value #${id}`)].filter((name) => !fields.has(name));
  return {
    transformations: [
      { id: "merge", options: {} },
      {
        id: "organize",
        options: {
          excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
          indexByName: each((_, index) => index),
          renameByName: each(({ title }) => title),
        },
      },
    ],
    fieldConfig: {
      defaults: { custom: { filterable: true, cellOptions: { type: "auto" } }, noValue: "None", ...colouredBy(undefined) },
      overrides: columns.map((column) => override(column.title, propertiesOf(column))).filter(({ properties }) => properties.length > 0),
    },
    options: {
      showHeader: true,
      cellHeight: "sm",
      ...(sortBy === undefined ? {} : { sortBy: [{ displayName: sortBy.title, desc: sortBy.desc }] }),
    },
  };
}

/** Grafana calls the answer of a panel's only query "Value", and of several "Value #A" and on. */
function fieldNames(from: string): string[] {
  if (from === "Value") return ["Value", "Value #A"];
  return [from.replace(/^Value (?=[A-Z]$)/, "Value #")];
}

function propertiesOf({ words, unit, decimals, width, steps, opensCluster }: Column): JsonObject[] {
  const url = `/d/${CLUSTER_UID}?\${datasource:queryparam}&var-cluster=\${__value.text}`;
  return [
    ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
    ...(decimals === undefined ? [] : [{ id: "decimals", value: decimals }]),
    ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
    ...(words === undefined ? [] : [{ id: "mappings", value: mappings(words) }]),
    ...(steps === undefined ? [] : Object.entries(colouredBy(steps)).map(([id, value]) => ({ id, value }))),
    ...(words === undefined && steps === undefined ? [] : [{ id: "custom.cellOptions", value: { type: "color-text" } }]),
    ...(opensCluster ? [{ id: "links", value: [{ title: "Open this cluster", url }] }] : []),
  ];
}

function mappings(words: Words): JsonObject[] {
  const options = Object.entries(words).map(([word, shownAs], index): [string, JsonObject] => [
    word,
    typeof shownAs === "string" ? { color: shownAs, index } : { color: shownAs.colour, index, text: shownAs.text },
  ]);
  return [{ type: "value", options: Object.fromEntries(options) }];
}

function graph({ unit, stacked, bars, atLeastZero }: View & { as: "Graph" }): JsonObject {
  return {
    fieldConfig: {
      defaults: {
        unit,
        color: { mode: "palette-classic" },
        ...(atLeastZero === false ? {} : { min: 0 }),
        custom: {
          drawStyle: bars ? "bars" : "line",
          lineWidth: 1,
          fillOpacity: bars ? 80 : 10,
          showPoints: "never",
          spanNulls: false,
          stacking: { mode: stacked ? "normal" : "none", group: "A" },
        },
      },
      overrides: [],
    },
    options: {
      legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

/** Without steps everything has the colour of letters: Grafana's own default is green, which says that all is well. */
function colouredBy(steps: readonly Step[] | undefined): JsonObject {
  const all = [{ from: null, colour: "text" }, ...(steps ?? [])].map(({ from, colour }) => ({ value: from, color: colour }));
  return { color: { mode: "thresholds" }, thresholds: { mode: "absolute", steps: all } };
}

function override(title: string, properties: JsonObject[]) {
  return { matcher: { id: "byName", options: title }, properties };
}

function fixedColour(colour: Colour): JsonObject {
  return { id: "color", value: { mode: "fixed", fixedColor: colour } };
}

function colourOf(word: Words[string]): Colour {
  return typeof word === "string" ? word : word.colour;
}
