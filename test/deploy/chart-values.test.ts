/** Wrong values of the chart: helm refuses each, and names it. What right ones render to: chart-render.test.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { chartFiles } from "../../build/chart/chart-files.ts";
import { JsonSchema, schemaAt } from "../../build/chart/json-schema.ts";
import { valuesComments } from "../../build/chart/values-comments.ts";
import { CHART_SETTINGS } from "../../build/chart/values-schema.ts";
import { chartValueOf, SETTING_NAMES } from "../../src/cli/settings.ts";
import { describeWithTools } from "../tools/suite.ts";
import { CHART, RELEASE, runOnChart, TEST_LIMIT_MS } from "./chart.ts";

const defaults = readFileSync(join(CHART, "values.yaml"), "utf8");

interface WrongValues {
  /** What the answer must hold. */
  readonly named: readonly string[];
  readonly values: object;
}

const digest = `sha256:${"0".repeat(64)}`;

/** By the schema. */
const WRONG: readonly WrongValues[] = [
  { named: ["replicaCount"], values: { replicaCount: 2 } },
  { named: ["replicas", "integer"], values: { replicas: "2" } },
  { named: ["replicas", "0"], values: { replicas: -1 } },
  { named: ["image", "tagg"], values: { image: { tagg: "0.1.0" } } },
  { named: ["image", "tag"], values: { image: { tag: `0.1.0@${digest}` } } },
  { named: ["image", "digest"], values: { image: { digest: "0".repeat(64) } } },
  { named: ["image", "registry"], values: { image: { registry: "https://registry.local" } } },
  { named: ["image", "pullPolicy", "IfNotPresent"], values: { image: { pullPolicy: "Sometimes" } } },
  { named: ["imagePullSecrets", "0"], values: { imagePullSecrets: ["pull"] } },
  { named: ["fullnameOverride"], values: { fullnameOverride: "Flux_Migration" } },
  { named: ["settings", "clustername"], values: { settings: { clustername: "prod" } } },
  { named: ["settings", "clusterName", "string"], values: { settings: { clusterName: 7 } } },
  { named: ["settings", "edition"], values: { settings: { edition: "latest" } } },
  { named: ["settings", "leaseDuration", "600"], values: { settings: { leaseDuration: 3600 } } },
  { named: ["settings", "logLevel", "debug"], values: { settings: { logLevel: "loud" } } },
  // Those that have a value of their own, or make no sense in a pod.
  ...SETTING_NAMES.filter((name) => !CHART_SETTINGS.includes(name)).map((setting) => ({
    named: ["settings", setting],
    values: { settings: { [setting]: "true" } },
  })),
  { named: ["extraArgs"], values: { extraArgs: "--log-level=debug" } },
  { named: ["extraEnv", "0", "name"], values: { extraEnv: [{ value: "x" }] } },
  { named: ["data", "files", "release.json"], values: { data: { files: { "release.json": "{}" } } } },
  { named: ["migrationStatus", "spec", "suspended"], values: { migrationStatus: { spec: { suspended: true } } } },
  { named: ["migrationStatus", "ignore", "reason"], values: { migrationStatus: { spec: { ignore: [{ namespace: "flux" }] } } } },
  { named: ["crds", "keep", "boolean"], values: { crds: { keep: "yes" } } },
  { named: ["metrics", "port"], values: { metrics: { port: 70_000 } } },
  { named: ["metrics", "port"], values: { metrics: { port: 8081 } } },
  { named: ["serviceMonitor", "interval"], values: { metrics: { serviceMonitor: { interval: "often" } } } },
  { named: ["prometheusRule", "runbookUrl"], values: { prometheusRule: { runbookUrl: "wiki" } } },
  { named: ["networkPolicy", "apiServer", "cidrs", "0"], values: { networkPolicy: { apiServer: { cidrs: ["10.0.0.1"] } } } },
  { named: ["podDisruptionBudget", "maxUnavailable"], values: { podDisruptionBudget: { maxUnavailable: "half" } } },
  { named: ["podAnnotations", "string"], values: { podAnnotations: { scrape: true } } },
  { named: ["image"], values: { image: null } },
];

/** By the templates, as they contradict each other. */
const CONTRADICTIONS: readonly WrongValues[] = [
  { named: ["data.existingConfigMap", "data.files"], values: { data: { files: { "images.yaml": "x" }, existingConfigMap: "mine" } } },
  { named: ["metrics.serviceMonitor.enabled"], values: { metrics: { enabled: false, serviceMonitor: { enabled: true } } } },
  { named: ["serviceAccount.name"], values: { serviceAccount: { create: false } } },
  { named: ["migrationStatus.create", "replicas=0"], values: { migrationStatus: { create: true } } },
  { named: ["prometheusRule", '"Flux1Presnt"', "Flux1Present"], values: { prometheusRule: { severities: { Flux1Presnt: "info" } } } },
  { named: ["prometheusRule", '"Flux1Absent"', "Flux1Present"], values: { prometheusRule: { disabled: ["Flux1Absent"] } } },
];

jest.setTimeout(TEST_LIMIT_MS);

await describeWithTools(["helm"], "wrong values of the chart", ({ helm }) => {
  const cases = [...WRONG, ...CONTRADICTIONS].map(({ values, named }) => [JSON.stringify(values), named, values] as const);
  test.each(cases)("%s is refused, and %j named", async (_title, named, values) => {
    const ran = await runOnChart(helm, ["template", RELEASE, CHART], { values });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    for (const word of named) expect(ran.stderr).toContain(word);
  });

  test("the condition and the globals of a parent chart are no wrong values", async () => {
    const ran = await runOnChart(helm, ["template", RELEASE, CHART], { values: { enabled: true, global: { storageClass: "fast" } } });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
  });
});

describe("files of the chart that are made", () => {
  const [schema, readme] = ["deploy/chart/values.schema.json", "deploy/chart/README.md"].map((path) => chartFiles().get(path) ?? "");

  test("the schema is one, takes the defaults, and knows each of them", () => {
    // A date has its pattern too.
    const ajv = new Ajv({ strict: true, formats: { date: true } });
    const valid = ajv.compile(JSON.parse(schema ?? ""));
    expect([valid(load(defaults)), valid.errors]).toEqual([true, null]);
  });

  test("the README has a row for each value", () => {
    const rows = new Set((readme ?? "").match(/(?<=^\| `)[\w.]+(?=`)/gm));
    const described = (path: string, value: unknown): string[] => {
      if (rows.has(path)) return [];
      const tree = typeof value === "object" && value !== null && !Array.isArray(value);
      return tree ? Object.entries(value).flatMap(([key, below]) => described(path === "" ? key : `${path}.${key}`, below)) : [path];
    };
    expect(described("", load(defaults))).toEqual([]);
    expect(rows.size).toBeGreaterThan(60);
  });

  test("values that the table of settings names are there", () => {
    const named = SETTING_NAMES.flatMap((name) => chartValueOf(name)?.match(/\b[a-z][a-zA-Z]*(\.[a-z][a-zA-Z]*)+/g) ?? []);
    const known = (path: string) => schemaAt(JsonSchema.parse(JSON.parse(schema ?? "")), path) !== undefined;
    expect(named.length).toBeGreaterThan(CHART_SETTINGS.length);
    expect(named.filter((path) => !known(path))).toEqual([]);
  });

  test("comments are read with the path of the key below them", () => {
    const text = [
      "# No value.",
      "a:",
      "  # -- Said of b",
      "  # in two lines.",
      "  b: 1",
      "  c: 2",
      "# -- Of d.",
      "d:",
      "  - # -- no key",
    ].join("\n");
    expect([...valuesComments(text)]).toEqual([
      ["a.b", "Said of b in two lines."],
      ["d", "Of d."],
    ]);
  });
});
