/** The alerts as files for those who cannot take a PrometheusRule: Prometheus without its operator, and the chart. Writes no alert itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = "deploy/monitoring/prometheus-rule.yaml";
const HEADER = `# Made by npm run generate from ${SOURCE}. Change that.\n`;
const GROUPS = "\n  groups:\n";

/** Path in the project, and what belongs there. */
export function ruleFiles(): ReadonlyMap<string, string> {
  const rule = readFileSync(join(import.meta.dirname, "../..", SOURCE), "utf8");
  const [, groups] = rule.split(GROUPS);
  if (groups === undefined) throw new Error(`${SOURCE}: no line "  groups:"; want spec.groups as the last field`);
  // As text: the comments of the rules are worth as much there.
  return new Map([
    ["deploy/monitoring/rules.yaml", `${HEADER}groups:\n${outdented(groups, 2)}`],
    ["deploy/chart/files/alerts.yaml", HEADER + outdented(groups, 4)],
  ]);
}

function outdented(text: string, columns: number): string {
  return text.replaceAll(new RegExp(`^ {${columns}}`, "gm"), "");
}
