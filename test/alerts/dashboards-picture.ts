/** `node test/alerts/dashboards-picture.ts`: draws docs/dashboard.svg from what a real Prometheus says of the six clusters. Judges nothing. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLUSTER_DASHBOARD } from "../../build/dashboards/cluster-dashboard.ts";
import { FLEET_DASHBOARD } from "../../build/dashboards/fleet-dashboard.ts";
import type { Dashboard, Panel } from "../../build/dashboards/panel.ts";
import { type Answered, picture, type Sheet } from "../../build/dashboards/picture.ts";
import { findTool } from "../tools/find-tool.ts";
import { sixClusters } from "../unit/assess/six-clusters.ts";
import { statusOf } from "../unit/assess/subject-builder.ts";
import { startJudged } from "./dashboards-fleet.ts";
import { type Prometheus, startPrometheus } from "./dashboards-prometheus.ts";
import { type Choice, substituted } from "./dashboards-variables.ts";

const FILE = join(import.meta.dirname, "../../docs/dashboard.svg");

function panelOf(dashboard: Dashboard, title: string): Panel {
  const found = dashboard.rows.flatMap(({ panels }) => panels).find((panel) => panel.title === title);
  if (found === undefined) throw new Error(`${dashboard.title} has no panel ${title}`);
  return found;
}

async function sheet(prometheus: Prometheus, dashboard: Dashboard, choice: Choice, lines: readonly (readonly string[])[]): Promise<Sheet> {
  const answered = async (title: string): Promise<Answered> => {
    const panel = panelOf(dashboard, title);
    const exprs = panel.queries.map(({ expr }) => substituted(expr, { allValue: ".*", choice, rateInterval: "5s" }));
    return { panel, answers: await Promise.all(exprs.map((expr) => prometheus.now(expr))) };
  };
  return {
    title: dashboard.title,
    cluster: choice === "All" ? "All" : choice.join(" + "),
    lines: await Promise.all(lines.map((titles) => Promise.all(titles.map(answered)))),
  };
}

const program = await findTool("prometheus", (line) => void process.stderr.write(`${line}\n`));
const exporters = await Promise.all(Object.values(sixClusters).map((cluster) => startJudged(cluster.name, statusOf(cluster))));
const prometheus = await startPrometheus({ program, honorLabels: true, targets: exporters.map(({ port }) => ({ port })) });
try {
  const sheets = [
    await sheet(prometheus, FLEET_DASHBOARD, "All", [
      ["Clusters", "With Flux 1", "Migrated", "Not fully known", "Upgrade blocked", "Lost"],
      ["Clusters by phase of Flux 1", "Clusters by migration", "Clusters by support"],
      ["Clusters, the gravest first"],
    ]),
    await sheet(prometheus, CLUSTER_DASHBOARD, ["stage-eu-1"], [["Conditions", "Next dates"], ["Installations"]]),
  ];
  writeFileSync(FILE, picture(sheets, "The Grafana dashboards: a fleet of six clusters, and one of them"));
} finally {
  await prometheus.stop();
  for (const exporter of exporters) await exporter.stop();
}
