/** The alerts as data, read from the rules that are shipped. */
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import * as z from "zod";

/** For Prometheus without its operator; what promtool reads. */
export const RULES_FILE = "deploy/monitoring/rules.yaml";

const AlertRule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
export type AlertRule = z.infer<typeof AlertRule>;

const RuleGroups = z.array(z.strictObject({ name: z.string(), interval: z.string(), rules: z.array(AlertRule) }));
export type RuleGroups = z.infer<typeof RuleGroups>;

const RulesFile = z.strictObject({ groups: RuleGroups });
const PrometheusRule = z.looseObject({ spec: z.strictObject({ groups: RuleGroups }) });

export function rulesFile(): RuleGroups {
  return RulesFile.parse(load(readFileSync(RULES_FILE, "utf8"))).groups;
}

export function prometheusRule(): RuleGroups {
  return PrometheusRule.parse(load(readFileSync("deploy/monitoring/prometheus-rule.yaml", "utf8"))).spec.groups;
}

export function chartGroups(): RuleGroups {
  return RuleGroups.parse(load(readFileSync("deploy/chart/files/alerts.yaml", "utf8")));
}

export function alertRules(): AlertRule[] {
  return rulesFile().flatMap(({ rules }) => rules);
}
