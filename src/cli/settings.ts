/** Every setting: its flag, its environment variable, its meaning. Read once here; below nobody reads the environment. */

import * as z from "zod";
import { DEFAULT_EDITION } from "../data/built-in-data.ts";
import { LONGEST_LEASE_SECONDS } from "../kube/longest-lease.ts";
import { LEASE_NAME } from "../operator/permissions.ts";
import { isDate } from "../timetable/day.ts";
import { EXEC_PLUGINS_DEFAULT, EXEC_PLUGINS_HELP, EXEC_PLUGINS_VALUE } from "./exec-plugins.ts";

/** Environment variables of ours open with this, and one that names no setting is refused. */
const PREFIX = "FLUX_MIGRATION_";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const yesOrNo = () => z.stringbool({ truthy: ["true", "1", "yes"], falsy: ["false", "0", "no"], error: "want true or false" });
const text = () => z.string().min(1, "want a value, or leave the setting out");
const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words, `want ${words.join(" or ")}`);

/** Key of a label, its prefix a DNS name. Lengths stand in the pattern, as helm knows no look-ahead. Source: Kubernetes docs, Labels and Selectors. */
const LABEL_KEY =
  /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

const LEASE_SECONDS = `want seconds from 1 to ${LONGEST_LEASE_SECONDS}, such as 15 or 1.5`;

const address = () =>
  z
    .string()
    .regex(/^[^\s]*:[0-9]{1,5}$/, "want HOST:PORT or :PORT")
    .optional();

/**
 * A setting of the operator. Values come as text, from a flag or from the environment. `schema` makes its schema, which most runs need not.
 * `chart` names the value of the Helm chart that sets it, false where it makes no sense in a pod; without it, that is `settings.NAME`.
 */
export const SETTINGS = {
  kubeconfig: {
    schema: () => text().optional(),
    value: "FILE",
    chart: false,
    help: "kubeconfig to use; default: KUBECONFIG, ~/.kube/config, or the pod's own account",
  },
  context: { schema: () => text().optional(), value: "CONTEXT", chart: false, help: "context of the kubeconfig; default: its current one" },
  execPlugins: {
    schema: () => text().optional(),
    value: EXEC_PLUGINS_VALUE,
    chart: false,
    help: `${EXEC_PLUGINS_HELP}; default: ${EXEC_PLUGINS_DEFAULT}`,
  },
  clusterName: {
    schema: () => text().default("cluster"),
    value: "NAME",
    help: "name that this cluster bears in status.cluster and in metrics",
  },
  edition: { schema: () => text().default(DEFAULT_EDITION), value: "EDITION", help: "edition of the published timetable" },
  dataFolder: {
    schema: () => text().optional(),
    value: "DIR",
    chart: "data.files, data.existingConfigMap",
    help: "folder whose files replace those of config/ by name, for sites without a way out",
  },
  ownerLabel: {
    schema: () => z.string().regex(LABEL_KEY, "want the key of a label, such as team or example.com/team").optional(),
    value: "LABEL",
    help: "label of a namespace that names the owner of an installation",
  },
  healthAddress: {
    schema: address,
    value: "HOST:PORT",
    chart: "always :8081",
    help: "where /healthz and /readyz answer; default: nowhere",
  },
  metricsAddress: {
    schema: address,
    value: "HOST:PORT",
    chart: "metrics.enabled, metrics.port",
    help: "where /metrics answers; default: nowhere",
  },
  leaderElection: {
    schema: () => yesOrNo().default(false),
    chart: "replicas (above 1)",
    help: "several replicas run, of which the holder of a Lease writes",
  },
  leaseNamespace: {
    schema: () => text().optional(),
    value: "NAME",
    chart: "always the release's namespace",
    help: "namespace of the Lease; default: that of the pod's own account",
  },
  leaseName: { schema: () => text().default(LEASE_NAME), value: "NAME", chart: "always the full name", help: "name of the Lease" },
  leaseDuration: {
    schema: () => z.number(LEASE_SECONDS).min(1, LEASE_SECONDS).max(LONGEST_LEASE_SECONDS, LEASE_SECONDS).default(15),
    value: "SECONDS",
    help: "a leader that is not heard for this long is replaced; it stops writing at two thirds of it",
  },
  reflectorSource: {
    schema: () => oneOf(["table", "full"]).default("table"),
    value: "table|full",
    help: "table: names and images are read, and objects whole only where these can be Flux; full: all objects whole",
  },
  awaitStatus: {
    schema: () => yesOrNo().default(false),
    chart: "migrationStatus.create",
    help: "never make MigrationStatus/cluster: a chart or Git brings it, and takes it away",
  },
  installCrds: {
    schema: () => yesOrNo().default(false),
    chart: false,
    help: "apply our CRDs at start, in the form that this server takes",
  },
  at: {
    schema: () =>
      z
        .string()
        .refine(
          (date) => isDate(date.slice(0, 10)) && /^.{10}(T.+(Z|[+-]\d{2}:\d{2}))?$/.test(date) && !Number.isNaN(Date.parse(date)),
          "want a date (2022-11-01) or an instant (2022-11-01T08:00:00Z)",
        )
        .optional(),
    value: "DATE",
    chart: false,
    help: "what would be true then: the clock starts at this date, 00:00 UTC",
  },
  once: { schema: () => yesOrNo().default(false), chart: false, help: "judge once, then end" },
  dryRun: {
    schema: () => yesOrNo().default(false),
    chart: false,
    help: "write nothing, neither CRDs nor a Lease; print what would be written",
  },
  logLevel: { schema: () => oneOf(LOG_LEVELS).default("info"), value: LOG_LEVELS.join("|"), help: "the least grave that is told" },
  logFormat: {
    schema: () => oneOf(["auto", "json", "pretty"]).default("auto"),
    value: "auto|json|pretty",
    help: "auto: pretty on a terminal",
  },
} as const;

export type SettingName = keyof typeof SETTINGS;
/** In the order of the table. */
export const SETTING_NAMES = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);

export const settingsSchema = () =>
  z.strictObject({
    kubeconfig: SETTINGS.kubeconfig.schema(),
    context: SETTINGS.context.schema(),
    execPlugins: SETTINGS.execPlugins.schema(),
    clusterName: SETTINGS.clusterName.schema(),
    edition: SETTINGS.edition.schema(),
    dataFolder: SETTINGS.dataFolder.schema(),
    ownerLabel: SETTINGS.ownerLabel.schema(),
    healthAddress: SETTINGS.healthAddress.schema(),
    metricsAddress: SETTINGS.metricsAddress.schema(),
    leaderElection: SETTINGS.leaderElection.schema(),
    leaseNamespace: SETTINGS.leaseNamespace.schema(),
    leaseName: SETTINGS.leaseName.schema(),
    leaseDuration: SETTINGS.leaseDuration.schema(),
    reflectorSource: SETTINGS.reflectorSource.schema(),
    awaitStatus: SETTINGS.awaitStatus.schema(),
    installCrds: SETTINGS.installCrds.schema(),
    at: SETTINGS.at.schema(),
    once: SETTINGS.once.schema(),
    dryRun: SETTINGS.dryRun.schema(),
    logLevel: SETTINGS.logLevel.schema(),
    logFormat: SETTINGS.logFormat.schema(),
  });
export type Settings = z.infer<ReturnType<typeof settingsSchema>>;

/** Whether a setting has another value than the one that it has unless it is told. */
export function isChanged(settings: Settings, name: "clusterName" | "leaseName"): boolean {
  return settings[name] !== SETTINGS[name].schema().parse(undefined);
}

/** A setting that is unknown, or has a value that cannot be. */
export class WrongSetting extends Error {
  override readonly name = "WrongSetting";
}

/** Value of the Helm chart that sets it; undefined where it makes no sense in a pod. */
export function chartValueOf(name: SettingName): string | undefined {
  const setting = SETTINGS[name];
  if (!("chart" in setting)) return `settings.${name}`;
  return setting.chart === false ? undefined : setting.chart;
}

/** `--cluster-name` */
export function flagOf(name: SettingName): string {
  return `--${words(name).join("-")}`;
}

/** `FLUX_MIGRATION_CLUSTER_NAME` */
export function variableOf(name: SettingName): string {
  return PREFIX + words(name).join("_").toUpperCase();
}

function words(name: SettingName): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}

/** A number where the setting is one and it is written as people write one: JavaScript would take 0x0f and 1e2 as well. */
function valueIn(name: SettingName, given: string | undefined): string | number | undefined {
  const takesNumber = SETTINGS[name].schema().def.innerType instanceof z.ZodNumber;
  return takesNumber && given !== undefined && /^\d{1,15}(\.\d{1,15})?$/.test(given) ? Number(given) : given;
}

/**
 * @param flags values given on the command line; they beat the environment
 * @throws WrongSetting naming the flag or variable, what was found and what was wanted
 */
export function readSettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const known = new Map(SETTING_NAMES.map((name) => [variableOf(name), name]));
  const unknown = Object.keys(environment).filter((variable) => variable.startsWith(PREFIX) && !known.has(variable));
  if (unknown.length > 0) throw new WrongSetting(`${unknown.join(", ")}: no such setting; known: ${[...known.keys()].join(", ")}`);
  const given = Object.fromEntries(SETTING_NAMES.map((name) => [name, valueIn(name, flags[name] ?? environment[variableOf(name)])]));
  const parsed = settingsSchema().safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = SETTING_NAMES.find((candidate) => candidate === issue.path[0]) ?? "edition";
    const place = flags[name] === undefined ? variableOf(name) : flagOf(name);
    return `${place} is ${JSON.stringify(given[name])}: ${issue.message}`;
  });
  throw new WrongSetting(problems.join("\n"));
}
