/** Installations of Flux that tools other than Flux declare; and what only looks like one. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { builtInFiles } from "../../../src/data/read-data.ts";
import { parseDeclaredInstalls } from "../../../src/detect/declared-installs-file.ts";
import { data, scan } from "./scanned.ts";

/** `fluxd 1.25.4 flux/flux HelmChart a.yaml:1`; what was skipped, with its reason. */
function declared(text: string, file = "a.yaml"): string[] {
  const { status, skipped } = scan({ [file]: text });
  const components = (status.inventory?.components ?? []).map(
    ({ name, version, namespace, workload, source }) =>
      `${name} ${version} ${namespace}/${workload.name} ${workload.kind} ${source?.file}:${source?.line}`,
  );
  return [...components, ...skipped.map(({ why }) => `skipped ${why}`)];
}

const k3s = (spec: string) =>
  `apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: x, namespace: kube-system}\nspec:\n  ${spec.replaceAll("\n", "\n  ")}\n`;
const argo = (sources: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x, namespace: argocd}\nspec:\n  destination: {namespace: flux}\n  ${sources}\n`;
const FLUX = "repo: https://charts.fluxcd.io\nchart: flux\nversion: 1.6.0";

describe("what Crossplane and Cluster API install", () => {
  const crossplane = (more = "") =>
    `apiVersion: helm.crossplane.io/v1beta1\nkind: Release\nmetadata: {name: x}\nspec:\n  forProvider:\n    namespace: flux\n    chart: {name: flux, repository: https://charts.fluxcd.io, version: 1.6.0}\n${more}`;
  const proxy = (more = "") =>
    `apiVersion: addons.cluster.x-k8s.io/v1alpha1\nkind: HelmChartProxy\nmetadata: {name: x, namespace: default}\nspec: {repoURL: "https://charts.fluxcd.io", chartName: flux, version: 1.6.0, namespace: flux, releaseName: gitops${more}}\n`;
  test.each([
    [crossplane(), "fluxd 1.21.0 flux/x Release a.yaml:5"],
    [crossplane("    values: {image: {tag: 1.24.3}}\n"), "fluxd 1.24.3 flux/x Release a.yaml:5"],
    [crossplane("    set: [{name: image.tag, valueFrom: {configMapKeyRef: {name: x}}}]\n"), "fluxd Unknown flux/x Release a.yaml:5"],
    [proxy(), "fluxd 1.21.0 flux/gitops HelmChartProxy a.yaml:1"],
    [proxy(', valuesTemplate: "image: {tag: {{ .Cluster.metadata.name }}}"'), "fluxd Unknown flux/gitops HelmChartProxy a.yaml:1"],
  ])("%j", (text, wanted) => expect(declared(text)).toEqual([wanted]));
});

describe("a HelmChart of k3s", () => {
  test.each([
    [FLUX, "fluxd 1.21.0 kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\ntargetNamespace: flux`, "fluxd 1.21.0 flux/x HelmChart a.yaml:1"],
    [`${FLUX}\nset: {image.tag: 1.25.4}`, "fluxd 1.25.4 kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\nvaluesContent: |\n  image: {tag: 1.24.3}`, "fluxd 1.24.3 kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\nset: {image.tag: 1.25.4}\nvaluesContent: "{image: {tag: 1.24.3}}"`, "fluxd 1.25.4 kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\nvaluesContent: "{image: {tag:"`, "fluxd Unknown kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\nvaluesContent: ""`, "fluxd 1.21.0 kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\nvaluesSecrets: [{name: x}]`, "fluxd Unknown kube-system/x HelmChart a.yaml:1"],
    [`${FLUX}\nvaluesSecrets: []`, "fluxd 1.21.0 kube-system/x HelmChart a.yaml:1"],
    ["chart: https://charts.fluxcd.io/helm-operator-1.2.0.tgz", "helm-operator 1.2.0 kube-system/x HelmChart a.yaml:1"],
  ])("%j", (spec, wanted) => expect(declared(k3s(spec))).toEqual([wanted]));
  test("names the toolkit by where an OCI registry holds it", () => {
    const { status } = scan({ a: k3s("chart: oci://ghcr.io/fluxcd-community/charts/flux2\nversion: 2.1.1") });
    expect(status.inventory?.instances).toMatchObject([{ release: "v0.37.0", managedBy: "HelmChart", namespace: "kube-system" }]);
  });
  test("tells by its values what a fluxd is used for", () => {
    const features = (spec: string) => scan({ a: k3s(spec) }).status.inventory?.components?.[0]?.features;
    expect(features(FLUX)).toEqual(["ImageAutomation"]);
    expect(features(`${FLUX}\nvaluesContent: "git: {readonly: true}"`)).toEqual(["ReadOnly"]);
    expect(features(`${FLUX}\nset: {git.readonly: "true"}`)).toEqual(["ReadOnly"]);
  });
  test.each([
    FLUX.replace("charts.fluxcd.io", "charts.example.com/fluxcd.io"),
    FLUX.replace("chart: flux", "chart: podinfo"),
    FLUX.replace("chart: flux", "chart: [flux]"),
    FLUX.replace("chart: flux", "chart: null"),
  ])("%j is something else", (spec) => expect(declared(k3s(spec))).toEqual([]));
  test("of somebody else's group is something else", () => {
    expect(declared(k3s(FLUX).replace("helm.cattle.io", "helm.example.com"))).toEqual([]);
  });
  test("a chart whose repository is not said leaves the question open", () => {
    expect(declared(k3s("chart: fluxcd/flux"))).toEqual([
      "skipped HelmChart kube-system/x names a chart flux, and its repository is not in what was read: it may be Flux",
    ]);
  });
});

describe("Argo CD", () => {
  const helm = "repoURL: https://charts.fluxcd.io, chart: helm-operator, targetRevision: 1.2.0";
  test("an Application of one source, or of several, with the line of each", () => {
    expect(declared(argo(`source: {${helm}}`))).toEqual(["helm-operator 1.2.0 flux/x Application a.yaml:6"]);
    const several = `sources:\n  - {repoURL: https://git.example.com/values, ref: values}\n  - {${helm}}\n  - {repoURL: https://github.com/fluxcd/flux, path: deploy, targetRevision: 1.25.4}`;
    expect(declared(argo(several))).toEqual([
      "fluxd 1.25.4 flux/x Application a.yaml:9",
      "helm-operator 1.2.0 flux/x Application a.yaml:8",
    ]);
  });
  test.each([
    ["valuesObject: {image: {tag: 1.4.4}}", "1.4.4"],
    ['valuesObject: {image: {tag: 1.4.4}}, values: "image: {tag: 1.0.0}"', "1.4.4"],
    ['values: "image: {tag: 1.4.3}"', "1.4.3"],
    ['values: "image: {tag: 1.4.3}", parameters: [{name: image.tag, value: 1.4.4}]', "1.4.4"],
    ["parameters: [{name: image.tag, value: 1.4.4}], valueFiles: [a.yaml]", "1.4.4"],
    ["valueFiles: [a.yaml]", "Unknown"],
    ['valueFiles: [a.yaml], values: "image: {tag: 1.4.3}"', "1.4.3"],
    ['fileParameters: [{name: x, path: a}], values: "image: {tag: 1.4.3}"', "Unknown"],
    ["parameters: [{value: 1.4.4}, null]", "1.2.0"],
  ])("values %s", (values, version) => {
    expect(declared(argo(`source: {${helm}, helm: {${values}}}`))).toEqual([`helm-operator ${version} flux/x Application a.yaml:6`]);
  });
  test("a chart of an OCI registry, by its whole address", () => {
    const { status } = scan({ a: argo("source: {repoURL: oci://ghcr.io/fluxcd-community/charts/flux2, path: ., targetRevision: v2.1.1}") });
    expect(status.inventory?.instances).toMatchObject([{ release: "v0.37.0", namespace: "flux" }]);
  });
  test("an ApplicationSet, whose template is left open", () => {
    const set = `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: x, namespace: argocd}\nspec:\n  template:\n    spec:\n      destination: {namespace: "{{namespace}}"}\n      source: {${helm}}\n`;
    expect(declared(set)).toEqual(["helm-operator 1.2.0 {{namespace}}/x ApplicationSet a.yaml:8"]);
  });
  test("a folder that holds a chart of ours", () => {
    const at = (path: string, tag = "") => declared(argo(`source: {repoURL: https://github.com/fluxcd/flux, path: ${path}${tag}}`));
    expect(at("chart/flux", ", targetRevision: 1.25.4")).toEqual(["fluxd 1.25.4 flux/x Application a.yaml:6"]);
    expect(at("chart/flux")).toEqual(["fluxd Unknown flux/x Application a.yaml:6"]);
  });
  test("a folder that is none of ours, and a source without one, install nothing", () => {
    expect(declared(argo("source: {repoURL: https://github.com/fluxcd/flux, path: chart}"))).toEqual([]);
    expect(declared(argo("source: {repoURL: https://github.com/fluxcd/flux}"))).toEqual([]);
    for (const nothing of ["null", "[]", "[null]", "[[]]", "text", "{path: deploy}"])
      expect(declared(argo(`sources: ${nothing}`))).toEqual([]);
  });
});

describe("files that do not say what they are", () => {
  const dependencies = (repository: string, name = "flux") =>
    `dependencies:\n- name: podinfo\n  repository: https://charts.fluxcd.io\n- {name: ${name}, version: 1.6.0, repository: "${repository}"}\n`;
  const chart = (...given: Parameters<typeof dependencies>) => `apiVersion: v2\nname: platform\n${dependencies(...given)}`;
  test("dependencies of a chart, whose values stand elsewhere", () => {
    const named = "default/platform Chart platform/Chart.yaml:6";
    expect(declared(chart("https://charts.fluxcd.io"), "platform/Chart.yaml")).toEqual([`fluxd Unknown ${named}`]);
    const requirements = declared(dependencies("https://charts.fluxcd.io"), "platform\\requirements.yaml");
    expect(requirements).toEqual(["fluxd Unknown default/flux Chart platform\\requirements.yaml:4"]);
  });
  test("are set aside by an annotation of the chart", () => {
    const text = `annotations: {flux-migration.dev/ignore: "until=2027-01-31; moves"}\n${chart("https://charts.fluxcd.io")}`;
    expect(scan({ "Chart.yaml": text }).status.inventory?.components).toMatchObject([
      { ignored: { until: "2027-01-31", reason: "moves" } },
    ]);
  });
  test("in a file of another name they are nothing", () => {
    for (const file of ["chart.yaml", "a/xChart.yaml", "Chart.yaml/a.yaml"])
      expect(declared(chart("https://charts.fluxcd.io"), file)).toEqual([]);
  });
  test.each(["@fluxcd", "alias:fluxcd", "file://../flux", ""])("a repository %j is not in what was read", (repository) => {
    const text = `apiVersion: v2\nname: platform\ndependencies: [{name: flux, version: 1.6.0, repository: "${repository}"}]\n`;
    expect(declared(text, "Chart.yaml")).toEqual([
      "skipped Chart default/platform names a chart flux, and its repository is not in what was read: it may be Flux",
    ]);
  });
  test("an object in such a file is what it says", () => {
    const object = k3s(FLUX).replace("kind: HelmChart", "kind: Chart").replace("helm.cattle.io", "helm.example.com");
    expect(declared(`${object}dependencies: [{name: flux, repository: "https://charts.fluxcd.io"}]\n`, "Chart.yaml")).toEqual([]);
  });
  test("a list, a text and nothing are no chart", () => {
    for (const text of ["[fluxcd.io]", "fluxcd.io", "# fluxcd.io", "dependencies: fluxcd.io"])
      expect(declared(text, "Chart.yaml")).toEqual([]);
  });
  test("a bundle of Fleet", () => {
    const text = "defaultNamespace: flux\nhelm:\n  repo: https://charts.fluxcd.io\n  chart: flux\n  version: 1.6.0\n";
    expect(declared(text, "fleet.yaml")).toEqual(["fluxd 1.21.0 flux/flux Fleet fleet.yaml:2"]);
    const values = `${text}  values: {image: {tag: 1.25.4}}\n`;
    expect(declared(values, "fleet.yaml")).toEqual(["fluxd 1.25.4 flux/flux Fleet fleet.yaml:2"]);
    expect(declared(`${values}  valuesFiles: [a.yaml]\n`, "fleet.yaml")).toEqual(["fluxd Unknown flux/flux Fleet fleet.yaml:2"]);
  });
  test("charts of a component of kustomize", () => {
    const text = `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nhelmCharts: [{name: flux, repo: "https://charts.fluxcd.io", version: 1.6.0}]\n`;
    expect(declared(text)).toEqual(["fluxd 1.21.0 default/flux Component a.yaml:3"]);
  });
  test("charts of a kustomization, beside its resources", () => {
    const text =
      "resources: [github.com/fluxcd/helm-operator//deploy?ref=v1.4.4]\nhelmCharts:\n- name: flux\n  repo: https://charts.fluxcd.io\n  version: 1.6.0\n  releaseName: mine\n  namespace: team\n  valuesInline: {git: {readonly: true}}\n";
    expect(declared(text, "a/kustomization.yaml")).toEqual([
      "fluxd 1.21.0 team/mine Kustomization a/kustomization.yaml:3",
      "helm-operator 1.4.4 flux/helm-operator Deployment a/kustomization.yaml:1",
    ]);
  });
});

describe("what somebody hostile writes is read in a moment", () => {
  /** What took time by the square would take minutes. */
  const LIMIT_MS = 30_000;

  test(
    "a chart's name of 400 KB",
    () => {
      for (const name of [`${"-1".repeat(200_000)}.tgz`, `${"/".repeat(400_000)}x`, "a-".repeat(200_000)])
        expect(declared(k3s(`chart: "https://charts.fluxcd.io/${name}"`))).toHaveLength(0);
    },
    LIMIT_MS,
  );
  test(
    "sources by the ten thousand",
    () => {
      const source = "\n  - {repoURL: https://charts.example.com/fluxcd.io, chart: redis, targetRevision: 1.0.0}";
      expect(declared(argo(`sources:${source.repeat(10_000)}`))).toEqual([]);
    },
    LIMIT_MS,
  );
  test(
    "one text of values for all of two thousand sources",
    () => {
      const lines = Array.from({ length: 2_000 }, (_, index) => `      key${index}: value`).join("\n");
      const source = "{<<: *source}, ".repeat(44);
      const apps = "*apps, ".repeat(44);
      const text = `text: &text |\n${lines}\nsource: &source {repoURL: https://charts.fluxcd.io, chart: flux, helm: {values: *text}}\napps: &apps {apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: x}, spec: {sources: [${source}]}}\napiVersion: v1\nkind: List\nitems: [${apps}]\n`;
      expect(declared(text).length).toBeGreaterThan(100);
    },
    LIMIT_MS,
  );
  test(
    "two thousand clusters, each with its own sources",
    () => {
      const from = (name: string) =>
        `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {url: "https://git.example.com/${name}"}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {path: ./, sourceRef: {kind: GitRepository, name: flux-system}}\n`;
      const files = Object.fromEntries(
        Array.from({ length: 2_000 }, (_, index) => [`clusters/c${index}/flux-system/gotk-sync.yaml`, from(`${index}`)]),
      );
      expect(scan(files).status.summary?.toolkit).toBe("None");
    },
    LIMIT_MS,
  );
});

test("whatever stands in the fields of a release, the scan goes on", () => {
  const field = fc.oneof(
    fc.constantFrom("flux", "helm-operator", "flux2", "https://charts.fluxcd.io", "oci://ghcr.io/fluxcd-community/charts/flux2"),
    fc.jsonValue(),
  );
  const paths = (row: (typeof data.declaredInstalls.releases)[number]) => {
    const of = [row.chart, row.repository, row.version, row.path, row.settings, ...(row.values ?? []), ...row.beneath, ...row.elsewhere];
    const relative = of.filter((path) => path !== undefined);
    return [
      row.name,
      row.namespace,
      ...(row.each ?? [""]).flatMap((place) => relative.map((path) => (place === "" ? path : `${place}.${path}`))),
    ];
  };
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  const put = (object: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void => {
    const standing = object[key];
    const inner = isObject(standing) ? standing : {};
    if (rest.length > 0) put(inner, rest, value);
    object[key] = rest.length > 0 ? inner : value;
  };
  fc.assert(
    fc.property(fc.constantFrom(...data.declaredInstalls.releases), fc.array(field, { minLength: 12, maxLength: 12 }), (row, values) => {
      const [kind, ...group] = row.kind.split(".");
      const object: Record<string, unknown> =
        row.files.length > 0 ? {} : { apiVersion: `${group.join(".")}/v1`, kind, metadata: { name: "x" } };
      for (const [index, path] of paths(row).entries()) if (path !== undefined) put(object, path.split("."), values[index % values.length]);
      expect(scan({ [row.files[0] ?? "a.yaml"]: JSON.stringify(object) }).unread).toEqual([]);
    }),
  );
});

describe("the data", () => {
  test("may say nothing of other tools, as it did once", () => {
    const { releases: _, ...before } = data.declaredInstalls;
    expect(parseDeclaredInstalls(before, "x").releases).toEqual([]);
  });
  test("a new tool is a row", () => {
    const file = builtInFiles().get("declared-installs.yaml");
    const row =
      "- kind: Chart.helm.k0sproject.io\n    chart: spec.chartName\n    repository: spec.repository.url\n    version: spec.version\n    source: x";
    const installs = parseDeclaredInstalls(file?.read(`${file.text().trimEnd()}\n  ${row}\n`), "x");
    expect(installs.releases.at(-1)).toMatchObject({ kind: "Chart.helm.k0sproject.io", name: "metadata.name", files: [], elsewhere: [] });
  });
  test.each([
    [{ kind: "helmchart.helm.cattle.io" }, 'releases[0].kind is "helmchart.helm.cattle.io"; want a kind, and its group'],
    [{ chart: "spec..chart" }, 'releases[0].chart is "spec..chart"; want the path of a field (spec.chart)'],
    [{ files: ["../Chart.yaml"] }, 'releases[0].files[0] is "../Chart.yaml"; want the name of a file (Chart.yaml)'],
  ])("a mistake %j names its field", (wrong, said) => {
    const [first] = data.declaredInstalls.releases;
    expect(() => parseDeclaredInstalls({ ...data.declaredInstalls, releases: [{ ...first, ...wrong }] }, "x")).toThrow(said);
  });
});
