/** What the chart renders to, over many values and versions of Kubernetes. Wrong values: chart-values.test.ts; a real cluster: chart-install.test.ts. */
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { CHART_SETTINGS } from "../../build/chart/values-schema.ts";
import { CHECK_SETTINGS } from "../../src/cli/check-options.ts";
import { type Manifest, readManifests } from "../control-plane/manifests.ts";
import { describeWithTools } from "../tools/suite.ts";
import { CHART, NEWEST, only, type Rendering, render, runOnChart, TEST_LIMIT_MS } from "./chart.ts";
import { CASES, EVERYTHING } from "./chart-cases.ts";
import { deploymentOf, expectWhole, flagsOf, podSpecs, settingsOf } from "./chart-objects.ts";

const IMAGE = "ghcr.io/flux-migration/flux-migration-operator";
const VERSION = z.looseObject({ version: z.string() }).parse(JSON.parse(readFileSync("package.json", "utf8"))).version;

const kindsOf = (objects: readonly { kind: string }[]) => objects.map(({ kind }) => kind).toSorted();

const DEFAULT_KINDS = [
  "ClusterRole",
  "ClusterRole",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "CustomResourceDefinition",
  "Deployment",
  "Pod",
  "Service",
  "ServiceAccount",
];

describe("Chart.yaml", () => {
  test("has the version of the program", () => {
    expect(load(readFileSync(join(CHART, "Chart.yaml"), "utf8"))).toMatchObject({ version: VERSION, appVersion: VERSION });
  });
});

jest.setTimeout(TEST_LIMIT_MS);

await describeWithTools(["helm"], "the chart rendered", ({ helm }) => {
  test.each(CASES)("$title: whole, and helm lint --strict finds nothing", async ({ rendering }) => {
    const objects = await render(helm, rendering);
    expectWhole(objects, rendering.kubeVersion ?? NEWEST);
    expect(JSON.stringify(objects)).not.toMatch(/<nil>|%!|map\[/);
    const lint = await runOnChart(helm, ["lint", "--strict", CHART], rendering);
    // What only a cluster can answer, lint cannot.
    if (!rendering.apiVersions) expect([lint.code, lint.stdout]).toEqual([0, expect.stringContaining("0 chart(s) failed")]);
  });

  test("the defaults are what deploy/install.yaml has, but for names and labels of Helm", async () => {
    const chart = await render(helm);
    expect(kindsOf(chart)).toEqual(DEFAULT_KINDS);
    const expected = readDocuments("deploy/install.yaml")
      .filter(({ kind }) => kind !== "Namespace")
      .map(comparable);
    const ours = chart.filter(({ kind }) => kind !== "Pod").map(comparable);
    expect(byName(ours)).toEqual(byName(expected));
  });

  test("everything on", async () => {
    const objects = await render(helm, EVERYTHING);
    expect(new Set(kindsOf(objects))).toEqual(
      new Set([
        ...DEFAULT_KINDS,
        "ConfigMap",
        "MigrationStatus",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PrometheusRule",
        "Role",
        "RoleBinding",
        "ServiceMonitor",
      ]),
    );
  });

  test("everything off: a Deployment, and nothing else but the pod of helm test", async () => {
    const off = { crds: { enabled: false }, rbac: { create: false, aggregate: false }, metrics: { enabled: false } };
    const objects = await render(helm, { values: { ...off, serviceAccount: { create: false, name: "mine" } } });
    expect(kindsOf(objects)).toEqual(["Deployment", "Pod"]);
    expect(settingsOf(objects).metricsAddress).toBeUndefined();
  });

  const images: readonly [string, object, string][] = [
    ["the defaults", {}, `${IMAGE}:${VERSION}`],
    ["a tag", { image: { tag: "main" } }, `${IMAGE}:main`],
    ["a digest beats it", { image: { tag: "main", digest: `sha256:${"a".repeat(64)}` } }, `${IMAGE}@sha256:${"a".repeat(64)}`],
    ["a registry", { image: { registry: "registry.local:5000/mirror", repository: "fmo" } }, `registry.local:5000/mirror/fmo:${VERSION}`],
    [
      "the registry of a parent beats it",
      { global: { imageRegistry: "parent.local" }, image: { registry: "own.local" } },
      `parent.local/flux-migration/flux-migration-operator:${VERSION}`,
    ],
  ];
  const digests = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`);
  test.each([
    ["by itself", {}, `@${digests[0]}`],
    ["of another tag", { tag: "main" }, ":main"],
    ["of another digest", { digest: digests[1] }, `@${digests[1]}`],
  ])("the image of a chart that a release has pinned, %s", async (_title, image, wanted) => {
    const chart = await mkdtemp(join(tmpdir(), "chart-"));
    try {
      await cp(CHART, chart, { recursive: true });
      const text = await readFile(join(chart, "Chart.yaml"), "utf8");
      await writeFile(
        join(chart, "Chart.yaml"),
        text.replace("annotations:\n", `annotations:\n  flux-migration.dev/image-digest: ${digests[0]}\n`),
      );
      const objects = await render(helm, { chart, values: { image } });
      expect(podSpecs(objects).map(({ containers }) => containers[0].image)).toEqual(Array(2).fill(`${IMAGE}${wanted}`));
    } finally {
      await rm(chart, { recursive: true });
    }
  });

  test.each(images)("image: %s", async (_title, values, wanted) => {
    const objects = await render(helm, { values });
    expect(podSpecs(objects).map(({ containers }) => containers[0].image)).toEqual([wanted, wanted]);
  });

  test("each setting that values take reaches the operator by its flag", async () => {
    const given: Record<string, unknown> = {
      clusterName: "prod",
      edition: "2021-06-28",
      ownerLabel: "team",
      leaseDuration: 30,
      reflectorSource: "full",
      logLevel: "debug",
      logFormat: "json",
    };
    expect(Object.keys(given).toSorted()).toEqual([...CHART_SETTINGS].toSorted());
    const settings = settingsOf(await render(helm, { values: { settings: given } }));
    expect(settings).toMatchObject({ ...given, healthAddress: ":8081", metricsAddress: ":8080", leaderElection: false });
  });

  test("where a release makes the MigrationStatus, the operator makes none", async () => {
    expect(settingsOf(await render(helm)).awaitStatus).toBe(false);
    const { apiVersions } = EVERYTHING;
    expect(settingsOf(await render(helm, { apiVersions, values: { migrationStatus: { create: true } } })).awaitStatus).toBe(true);
  });

  test("the check of helm test has the settings of the operator that matter to it", async () => {
    const objects = await render(helm, { ...EVERYTHING, release: "prod" });
    const [operator, check] = podSpecs(objects);
    const flags = flagsOf(check, "check");
    const expected = Object.entries(flagsOf(operator, "operator")).filter(([name]) => CHECK_SETTINGS.some((known) => known === name));
    expect(flags).toEqual(Object.fromEntries(expected));
    expect(Object.keys(flags).toSorted()).toEqual(["clusterName", "dataFolder", "edition", "leaderElection", "leaseName"]);
    expect(flags.leaseName).toBe("prod-flux-migration-operator");
  });

  test("one replica takes turns with its successor; two elect a leader and overlap", async () => {
    const [one, two] = [await render(helm), await render(helm, { values: { replicas: 2 } })];
    expect(deploymentOf(one).spec.strategy).toEqual({ type: "Recreate" });
    expect(settingsOf(one).leaderElection).toBe(false);
    expect(kindsOf(two)).toEqual([...DEFAULT_KINDS, "Role", "RoleBinding"].toSorted());
    expect(deploymentOf(two).spec.strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    expect(settingsOf(two).leaderElection).toBe(true);
    expect(podSpecs(two)[0]?.topologySpreadConstraints).toHaveLength(2);
  });

  test.each([
    { kubeVersion: "1.20.0", cel: false, policy: "policy/v1beta1" },
    { kubeVersion: "1.21.0", cel: false, policy: "policy/v1" },
    { kubeVersion: "v1.24.17-eks-0123456", cel: false, policy: "policy/v1" },
    { kubeVersion: "v1.25.0-gke.100", cel: true, policy: "policy/v1" },
    { kubeVersion: "v1.31.4+k3s1", cel: true, policy: "policy/v1" },
    { kubeVersion: NEWEST, cel: true, policy: "policy/v1" },
  ])("Kubernetes $kubeVersion: CRDs with CEL: $cel, $policy", async ({ kubeVersion, cel, policy }) => {
    const objects = await render(helm, { kubeVersion, values: { podDisruptionBudget: { enabled: true } } });
    const crds = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
    const source = readDocuments(cel ? "crds/crds.yaml" : "crds/crds-legacy.yaml");
    expect(crds.map(({ spec }) => spec)).toEqual(source.map(({ spec }) => spec));
    expect(JSON.stringify(crds).includes("x-kubernetes-validations")).toBe(cel);
    expect(only(objects, "PodDisruptionBudget").apiVersion).toBe(policy);
  });

  test("a Kubernetes that is too old is refused by name", async () => {
    const ran = await runOnChart(helm, ["template", CHART], { kubeVersion: "1.19.16" });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("kubeVersion: >=1.20.0-0")]);
  });

  test.each([true, false])("CRDs are kept at uninstall: %s", async (keep) => {
    const objects = await render(helm, { values: { crds: { keep } } });
    const crds = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
    const policy = keep ? { "helm.sh/resource-policy": "keep" } : undefined;
    expect(crds.map(({ metadata }) => metadata.annotations)).toEqual([policy, policy]);
  });

  const names: readonly [string, Rendering, string][] = [
    ["a release called like the chart", {}, "flux-migration-operator"],
    ["one whose name holds it", { release: "prod-flux-migration-operator" }, "prod-flux-migration-operator"],
    ["another one", { release: "prod" }, "prod-flux-migration-operator"],
    ["nameOverride", { release: "prod", values: { nameOverride: "fmo" } }, "prod-fmo"],
    ["fullnameOverride", { release: "prod", values: { fullnameOverride: "fmo" } }, "fmo"],
    ["the longest release", { release: "r".repeat(53) }, `${"r".repeat(53)}-flux-migr`],
    ["a cut that would end in a dash", { release: "r".repeat(52), values: { nameOverride: "abcdefghi-x" } }, `${"r".repeat(52)}-abcdefghi`],
  ];
  test.each(names)("names: %s", async (_title, rendering, wanted) => {
    const objects = await render(helm, rendering);
    expectWhole(objects, NEWEST);
    expect(only(objects, "Deployment").metadata.name).toBe(wanted);
    expect(only(objects, "ServiceAccount").metadata.name).toBe(wanted);
  });

  test.each([
    ["123", "true"],
    ["on", "null"],
  ])("a release %s and an override %s stay text, as do names of theirs that are digits", async (release, fullnameOverride) => {
    const data = { existingConfigMap: "2024" };
    const values = { ...EVERYTHING.values, fullnameOverride, data, serviceAccount: { name: "1234" } };
    const objects = await render(helm, { ...EVERYTHING, release, values });
    expectWhole(objects, NEWEST);
    expect(only(objects, "Deployment").metadata).toMatchObject({
      name: fullnameOverride,
      labels: { "app.kubernetes.io/instance": release },
    });
    const volumes = [{ name: "data", configMap: { name: "2024" } }];
    expect(podSpecs(objects)).toMatchObject(Array.from({ length: 2 }, () => ({ serviceAccountName: "1234", volumes })));
  });

  test("labels of the values reach every object, and change no label that selects", async () => {
    const commonLabels = { team: "platform", "app.kubernetes.io/name": "theirs", "app.kubernetes.io/part-of": "theirs" };
    const objects = await render(helm, { ...EVERYTHING, values: { ...EVERYTHING.values, commonLabels } });
    expectWhole(objects, NEWEST);
    const without = objects.filter(({ metadata }) => !JSON.stringify(metadata.labels).includes('"team":"platform"'));
    expect(without.map(({ kind }) => kind)).toEqual([]);
    expect(JSON.stringify(objects)).not.toContain('"theirs"');
    expect(deploymentOf(objects).spec.template.metadata.labels).toMatchObject({ team: "platform" });
  });

  test("labels of the values for one object beat those for every object, and neither beats the chart's own", async () => {
    const labels = { release: "kps", "app.kubernetes.io/name": "theirs" };
    const values = {
      commonLabels: { release: "common", team: "platform" },
      podLabels: labels,
      metrics: { service: { labels }, serviceMonitor: { enabled: true, labels } },
      prometheusRule: { enabled: true, labels },
      dashboards: { enabled: true, labels },
    };
    const objects = await render(helm, { values });
    const special = objects.filter(({ kind }) => ["ConfigMap", "PrometheusRule", "Service", "ServiceMonitor"].includes(kind));
    expect(new Set(kindsOf(special)).size).toBe(4);
    const wanted = { release: "kps", team: "platform", "app.kubernetes.io/name": "flux-migration-operator" };
    for (const { metadata } of [...special, deploymentOf(objects).spec.template]) expect(metadata.labels).toMatchObject(wanted);
    expect(only(objects, "Deployment").metadata.labels).toMatchObject({ ...wanted, release: "common" });
  });

  test("data files go where config/ has them", async () => {
    const files = { "flux-releases.json": '{"a": "{{ not a template }}"}\n', "timetable/2021-06-28.yaml": "edition: x\n" };
    const objects = await render(helm, { values: { data: { files } } });
    const { data, metadata } = only(objects, "ConfigMap");
    expect(data).toEqual({ "flux-releases.json": files["flux-releases.json"], "timetable.2021-06-28.yaml": "edition: x\n" });
    const items = [
      { key: "flux-releases.json", path: "flux-releases.json" },
      { key: "timetable.2021-06-28.yaml", path: "timetable/2021-06-28.yaml" },
    ];
    for (const spec of podSpecs(objects)) expect(spec.volumes).toEqual([{ name: "data", configMap: { name: metadata.name, items } }]);
    expect(settingsOf(objects).dataFolder).toBe("/data");
    const theirs = await render(helm, { values: { data: { existingConfigMap: "mine", items: items.slice(0, 1) } } });
    expect(podSpecs(theirs)[0]?.volumes).toEqual([{ name: "data", configMap: { name: "mine", items: items.slice(0, 1) } }]);
  });
});

function readDocuments(path: string): Manifest[] {
  return readManifests(readFileSync(path, "utf8")).flatMap((read) => (read.readable ? read.manifest : []));
}

/** Put there by Helm's conventions; and what says the default of the API server. */
const HELM_KEYS = [
  "helm.sh/chart",
  "helm.sh/resource-policy",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
  "app.kubernetes.io/version",
];

function comparable(object: Manifest): Manifest {
  const text = JSON.stringify(object, (key, value: unknown) => (HELM_KEYS.includes(key) || key === "imagePullPolicy" ? undefined : value));
  return JSON.parse(text.replaceAll(',"annotations":{}', "").replaceAll(/"flux-migration(-operator)?-(view|edit)"/g, '"$2"'));
}

function byName(objects: readonly Manifest[]): Manifest[] {
  const name = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  return objects.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}
