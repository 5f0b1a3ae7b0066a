/**
 * The types of the chart's values: values.schema.json, by which helm refuses a wrong value and names it. What a value is for, and its
 * default, stand in values.yaml; values that contradict each other are refused by templates/_checks.tpl.
 */
import * as z from "zod";
import { MigrationStatusSpec } from "../../src/api/migration-status.ts";
import { SETTING_NAMES, SETTINGS, type SettingName } from "../../src/cli/settings.ts";
import { BUILT_IN } from "../../src/data/built-in.ts";
import { forHelm, JsonSchema } from "./json-schema.ts";

/** Those that `settings` of the values takes: the others have a value of their own, or make no sense in a pod. */
export const CHART_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter((name) => !("chart" in SETTINGS[name]));

const text = z.string();
const strings = z.record(z.string(), z.string());
/** Kubernetes judges what is in it. */
const open = z.looseObject({});
const name = text.max(63).regex(/^([a-z]([a-z0-9-]*[a-z0-9])?)?$/);
const port = z.int().min(1).max(65535);
/** As Prometheus writes it. */
const DURATION = "([0-9]+(ms|s|m|h|d|w|y))";

/** Which editions there are, the operator knows: one may come in a mounted file. */
const EDITION = { pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" };

const Settings = z.strictObject(
  Object.fromEntries(
    CHART_SETTINGS.map((setting) => {
      const { schema, help, value } = { value: "true or false", ...SETTINGS[setting] };
      return [
        setting,
        schema()
          .optional()
          .meta({ title: value, description: help, ...(setting === "edition" ? EDITION : {}) }),
      ];
    }),
  ),
);

/** Paths in config/, and of editions any that could be there. */
function dataFileName(): RegExp {
  const files = [...BUILT_IN.keys()].filter((path) => /^config\/[^/]+$/.test(path)).map((path) => path.slice("config/".length));
  const known = files.map((file) => file.replaceAll(".", "\\.")).join("|");
  return new RegExp(`^(${known}|timetable/(after|[0-9]{4}-[0-9]{2}-[0-9]{2})\\.yaml)$`);
}

const Values = z.strictObject({
  enabled: z.boolean().optional().meta({ description: "Not read here: a parent chart can use it as the condition of this one." }),
  global: z.looseObject({ imageRegistry: text }),
  image: z.strictObject({
    registry: text.regex(/^[a-zA-Z0-9.-]+(:[0-9]+)?(\/[a-zA-Z0-9._-]+)*$/),
    repository: text.regex(/^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/),
    tag: text.regex(/^([a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})?$/),
    digest: text.regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]),
  }),
  imagePullSecrets: z.array(z.strictObject({ name: text.min(1) })),
  nameOverride: name,
  fullnameOverride: name,
  replicas: z.int().min(0),
  settings: Settings,
  extraArgs: z.array(text),
  extraEnv: z.array(z.looseObject({ name: text.min(1) })),
  data: z.strictObject({
    files: z.record(text.regex(dataFileName()), text.min(1)),
    existingConfigMap: text,
    items: z.array(z.strictObject({ key: text.min(1), path: text.min(1) })),
  }),
  migrationStatus: z.strictObject({ create: z.boolean(), spec: MigrationStatusSpec }),
  crds: z.strictObject({ enabled: z.boolean(), keep: z.boolean() }),
  serviceAccount: z.strictObject({ create: z.boolean(), name: text, annotations: strings }),
  rbac: z.strictObject({ create: z.boolean(), aggregate: z.boolean() }),
  metrics: z.strictObject({
    enabled: z.boolean(),
    port: port.meta({ not: { const: 8081 } }),
    service: z.strictObject({ annotations: strings, labels: strings }),
    serviceMonitor: z.strictObject({
      enabled: z.boolean(),
      interval: text.regex(new RegExp(`^${DURATION}+$`)),
      scrapeTimeout: text.regex(new RegExp(`^${DURATION}*$`)),
      labels: strings,
      relabelings: z.array(open),
      metricRelabelings: z.array(open),
    }),
  }),
  prometheusRule: z.strictObject({
    enabled: z.boolean(),
    labels: strings,
    severities: z.record(z.string(), text.min(1)),
    disabled: z.array(text),
    runbookUrl: text.regex(/^(https?:\/\/.+)?$/),
  }),
  dashboards: z.strictObject({ enabled: z.boolean(), labels: strings, annotations: strings }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    apiServer: z.strictObject({ cidrs: z.array(text.regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/)), ports: z.array(port).min(1) }),
    metricsFrom: z.array(open),
  }),
  podDisruptionBudget: z.strictObject({ enabled: z.boolean(), maxUnavailable: z.union([z.int().min(0), text.regex(/^[0-9]{1,3}%$/)]) }),
  // A null takes away the default of these.
  resources: open.optional(),
  podSecurityContext: open.optional(),
  securityContext: open.optional(),
  nodeSelector: strings.optional(),
  tolerations: z.array(open),
  affinity: open,
  topologySpreadConstraints: z.array(open),
  priorityClassName: text,
  podAnnotations: strings,
  podLabels: strings,
  commonLabels: strings,
});

/** @param meanings description by path (`image.tag`) */
export function valuesSchema(meanings: ReadonlyMap<string, string>): JsonSchema {
  const schema = JsonSchema.parse(z.toJSONSchema(Values, { target: "draft-7", io: "input" }));
  return forHelm(schema, "", meanings);
}
