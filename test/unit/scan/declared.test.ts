/** Installations of Flux that are declared in Git and have no workload there; and everything that only looks like one. */
import { describe, expect, test } from "@jest/globals";
import { readAddress, readChart, readInstance } from "../../../src/detect/declared-install.ts";
import { parseDeclaredInstalls } from "../../../src/detect/declared-installs-file.ts";
import { data, scan } from "./scanned.ts";

const installs = data.declaredInstalls;

const repository = (url: string, name = "fluxcd", namespace = "flux-system", kind = "HelmRepository") =>
  `apiVersion: source.toolkit.fluxcd.io/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {url: "${url}"}\n`;
const release = (chart: string, version: string, ref = "{kind: HelmRepository, name: fluxcd}") =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x, namespace: flux-system}\nspec:\n  chart:\n    spec: {chart: ${chart}, version: "${version}", sourceRef: ${ref}}\n`;

/** `fluxd 1.13.1 HelmRelease a.yaml:6`; of a toolkit, its installation. */
function declared(...files: string[]): string[] {
  const { status, skipped } = scan(Object.fromEntries(files.map((text, index) => [`${"abc"[index]}.yaml`, text])));
  const flux1 = (status.inventory?.components ?? []).filter(({ track }) => track === "Flux1");
  const toolkits = (status.inventory?.instances ?? []).filter(({ track }) => track === "GitOpsToolkit");
  return [
    ...flux1.map(({ name, version, workload, source }) => `${name} ${version} ${workload.kind} ${source?.file}:${source?.line}`),
    ...toolkits.map(
      ({ release: found, support, managedBy, source }) => `toolkit ${found} ${support} ${managedBy} ${source?.file}:${source?.line}`,
    ),
    ...skipped.map(({ why }) => `skipped ${why}`),
  ];
}

describe("charts", () => {
  test("of a HelmRelease, wherever its HelmRepository stands", () => {
    const [chart, from] = [release("flux", "0.10.2"), repository("https://charts.fluxcd.io")];
    expect(declared(chart, from)).toEqual(["fluxd 1.13.1 HelmRelease a.yaml:1"]);
    expect(declared(`${from}---\n${chart}`)).toEqual(["fluxd 1.13.1 HelmRelease a.yaml:6"]);
  });
  test("a version that the data does not hold is none", () => {
    expect(declared(release("flux", "9.9.9"), repository("https://charts.fluxcd.io/"))).toEqual(["fluxd Unknown HelmRelease a.yaml:1"]);
  });
  test("the same name from somebody else is something else", () => {
    expect(declared(release("flux", "1.0.0"), repository("https://charts.example.com/bitnami"))).toEqual([]);
    expect(declared(release("helm-operator", "1.0.0"), repository("https://charts.fluxcd.io.example.com"))).toEqual([]);
  });
  test("a chart of that name can be another component, by its repository", () => {
    expect(declared(release("flux", "1.0.3"), repository("oci://registry-1.docker.io/bitnamicharts"))).toEqual([
      "toolkit v2.1.1 EndOfSupport HelmChart a.yaml:1",
    ]);
  });
  test("the first charts of fluxd brought a Helm Operator, if asked to", () => {
    const from = repository("https://weaveworks.github.io/flux");
    const of = (version: string, values: string) => declared(`${release("flux", version)}  values: ${values}\n`, from);
    expect(of("0.8.0", "{helmOperator: {create: true, tag: 0.7.1}}")).toEqual([
      "fluxd 1.11.1 HelmRelease a.yaml:1",
      "helm-operator 0.7.1 HelmRelease a.yaml:1",
    ]);
    expect(of("0.8.0", "{helmOperator: {create: true}}")).toContain("helm-operator Unknown HelmRelease a.yaml:1");
    for (const [version, values] of [
      ["0.8.0", "{helmOperator: {create: false, tag: 0.7.1}}"],
      ["0.8.0", "{helmOperator: {create: {toString: 1}}}"],
      ["1.0.0", "{helmOperator: {create: true, tag: 0.7.1}}"],
      [">=0.8.0", "{helmOperator: {create: true, tag: 0.7.1}}"],
    ] as const)
      expect(of(version, values)).toHaveLength(1);
  });
  test("of the Flux Operator, whose values name the release", () => {
    const chart = (values: string) =>
      declared(`${release("flux-instance", "0.20.0")}  values: {instance: {distribution: {version: ${values}}}}\n`);
    expect(chart("2.6.4")).toEqual(["toolkit v2.6.4 EndOfSupport FluxInstance a.yaml:1"]);
    expect(chart("2.6.x")).toEqual(["toolkit 2.6 EndOfSupport FluxInstance a.yaml:1"]);
    expect(chart("2.x")).toEqual(["toolkit Unknown Unknown FluxInstance a.yaml:1"]);
    const few = "{instance: {distribution: {version: 2.6.4}, components: [source-controller, helm-controller]}}";
    const { status } = scan({ a: `${release("flux-instance", "0.20.0")}  values: ${few}\n` });
    expect(status.inventory?.components?.map(({ name }) => name)).toEqual(["source-controller", "helm-controller"]);
  });
  test("a repository that was not read leaves the question open, and says so", () => {
    expect(declared(release("flux", "1.0.0"))).toEqual([
      "skipped HelmRelease flux-system/x names a chart flux, and its repository is not in what was read: it may be Flux",
    ]);
    expect(declared(release("podinfo", "1.0.0"))).toEqual([]);
  });
  test("flux2 is a toolkit, and its chart's version is not Flux's", () => {
    expect(declared(release("flux2", "2.1.1"))).toEqual(["toolkit v0.37.0 EndOfSupport HelmChart a.yaml:1"]);
    expect(declared(release("flux2", "2.6.4"))).toEqual(["toolkit Unknown Unknown HelmChart a.yaml:1"]);
  });
  test("of the Helm Operator's own HelmRelease", () => {
    const own = `apiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata: {name: x, namespace: flux}\nspec:\n  chart: {repository: "https://charts.fluxcd.io", name: helm-operator, version: 1.2.0}\n`;
    expect(declared(own)).toEqual(["helm-operator 1.2.0 HelmRelease a.yaml:1"]);
  });
  test("a chart in a repository of Flux, by its folder", () => {
    const own = (chart: string) =>
      declared(`apiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata: {name: x, namespace: flux}\nspec:\n  chart: ${chart}\n`);
    expect(own("{git: 'https://github.com/fluxcd/flux', path: chart/flux, ref: 1.25.4}")).toEqual(["fluxd 1.25.4 HelmRelease a.yaml:1"]);
    expect(own("{git: 'git@git.example.com:a/flux', path: chart/flux}")).toEqual([]);
    const withValues = own("{git: 'https://github.com/fluxcd/flux', path: chart/flux, ref: 1.25.4}\n  values: {image: {tag: 1.19.0}}");
    expect(withValues).toEqual(["fluxd Unknown HelmRelease a.yaml:1"]);
    const source = (url: string) =>
      `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: charts, namespace: flux-system}\nspec: {url: "${url}"}\n`;
    const byFolder = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: x, namespace: flux-system}
spec: {chart: {spec: {chart: ./charts/flux2, sourceRef: {kind: GitRepository, name: charts}}}}
`;
    expect(declared(byFolder, source("https://github.com/fluxcd-community/helm-charts"))).toEqual([
      "toolkit Unknown Unknown HelmChart a.yaml:1",
    ]);
    expect(declared(byFolder, source("https://git.example.com/charts"))).toEqual([]);
  });
  test("a release that sets the image's tag says the version by it, whatever its chart's is", () => {
    const from = repository("https://charts.fluxcd.io");
    const setting = (values: string) => declared(`${release("flux", "0.10.2")}  values: ${values}\n`, from);
    const shows = (version: string) => [`fluxd ${version} HelmRelease a.yaml:1`];
    const elsewhere = "{replicas: 1}\n  valuesFrom: [{kind: ConfigMap, name: tag}]";
    expect(setting(elsewhere)).toEqual(shows("Unknown"));
    expect(setting(elsewhere.replace("replicas: 1", 'image: {tag: "1.25.4"}'))).toEqual(shows("1.25.4"));
    expect(setting('{image: {repository: registry.example.com/flux, tag: "1.25.4"}}')).toEqual(shows("1.25.4"));
    expect(setting("{image: {tag: v1.25.4-fips}}")).toEqual(shows("1.25.4"));
    for (const other of ["master-a1b2c3d", "1.25", '"$FLUX_TAG"']) expect(setting(`{image: {tag: ${other}}}`)).toEqual(shows("Unknown"));
    for (const none of ["{}", "[]", "null", "{image: text}", "{image: {tag: null}}", '{image: {tag: ""}}', "{image: {tag: {}}}"])
      expect(setting(none)).toEqual(shows("1.13.1"));
    const own = `apiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata: {name: x, namespace: flux}\nspec:\n  chart: {repository: "https://charts.fluxcd.io", name: helm-operator}\n  values: {image: {tag: 1.4.4}}\n`;
    expect(declared(own)).toEqual(["helm-operator 1.4.4 HelmRelease a.yaml:1"]);
  });
  test.each([
    ["", ["ImageAutomation"]],
    ["{git: {url: x, readonly: true}}", ["ReadOnly", "SyncRepository"]],
    ["{git: {readonly: false}, registry: {disableScanning: true}}", undefined],
    ["{syncGarbageCollection: {enabled: true}, manifestGeneration: true}", ["ImageAutomation", "GarbageCollection", "ManifestGeneration"]],
    ["{additionalArgs: [--git-readonly, 5]}", ["ImageAutomation"]],
    ["{additionalArgs: [--git-readonly]}", ["ReadOnly"]],
    ["{git: [readonly], additionalArgs: x}", ["ImageAutomation"]],
  ])("values %s say what a fluxd is used for, as flags do", (values, features) => {
    const own = `${release("flux", "0.10.2")}  values: ${values}\n---\n${repository("https://charts.fluxcd.io")}`;
    expect(scan({ a: own }).status.inventory?.components?.[0]?.features).toEqual(features);
  });
  test("image updates that no value turns off are no reason to move while Flux 2 cannot do them", () => {
    const files = { a: release("flux", "0.10.2"), b: repository("https://charts.fluxcd.io") };
    expect(scan(files, { now: "2021-03-01" }).status.summary).toMatchObject({ action: "TestImageAutomation", severity: "Info" });
  });
  test("of an OCIRepository", () => {
    const from = repository("oci://ghcr.io/fluxcd-community/charts/flux2", "flux2", "flux-system", "OCIRepository").replace("}\n", "}\n");
    const to = `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x, namespace: flux-system}\nspec: {chartRef: {kind: OCIRepository, name: flux2}}\n`;
    expect(declared(to, from)).toEqual(["toolkit Unknown Unknown HelmChart a.yaml:1"]);
  });
  test("of a HelmChart, which a HelmRelease names", () => {
    const chart = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: daemon, namespace: flux-system}\nspec: {chart: flux, version: 1.6.0, sourceRef: {kind: HelmRepository, name: fluxcd}}\n`;
    const to = `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x, namespace: flux-system}\nspec: {targetNamespace: flux, chartRef: {kind: HelmChart, name: daemon}}\n`;
    const from = repository("https://charts.fluxcd.io");
    expect(declared(to, chart, from)).toEqual(["fluxd 1.21.0 HelmRelease a.yaml:1"]);
    const elsewhere = to.replace("namespace: flux-system", "namespace: apps").replace("daemon", "daemon, namespace: flux-system");
    expect(declared(elsewhere, chart, from)).toEqual(["fluxd 1.21.0 HelmRelease a.yaml:1"]);
    expect(declared(to)).toEqual([]);
    expect(declared(to.replace("daemon", "helm-operator"))).toEqual([
      "skipped HelmRelease flux/x takes its chart from helm-operator, which is not in what was read: it may be Flux",
    ]);
  });
  test("a source of one name in several folders is the nearest, and each where it could be either", () => {
    const [ours, theirs] = [repository("https://charts.fluxcd.io"), repository("https://charts.example.com")];
    const seen = (files: Record<string, string>) => {
      const { status, skipped } = scan(files);
      return [...(status.inventory?.components ?? []).map(({ source }) => source?.file), ...skipped.map(({ file }) => `skipped ${file}`)];
    };
    const both = { "clusters/prod/sources/a.yaml": ours, "clusters/dev/sources/a.yaml": theirs };
    expect(seen({ ...both, "clusters/prod/x.yaml": release("flux", "1.6.0"), "clusters/dev/x.yaml": release("flux", "1.6.0") })).toEqual([
      "clusters/prod/x.yaml",
    ]);
    expect(seen({ ...both, "apps/x.yaml": release("flux", "1.6.0") })).toEqual(["apps/x.yaml"]);
    expect(seen({ "apps/x.yaml": release("flux", "1.6.0"), "clusters/a.yaml": ours, "other/a.yaml": ours })).toEqual(["apps/x.yaml"]);
    expect(seen({ "x.yaml": `${release("flux", "1.6.0")}---\n${theirs}`, "a.yaml": ours })).toEqual([]);
  });
  test("a name that an object has by nature is no chart", () => {
    for (const chart of ["constructor", "__proto__", "toString"])
      expect(readChart({ chart, version: "__proto__" }, installs).at).toBe("NotFlux");
    expect(readChart({ chart: "flux2", version: "__proto__" }, installs)).toMatchObject({ at: "Install" });
  });
});

describe("FluxInstance", () => {
  const instance = (version: string, components = "") =>
    `apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, namespace: flux-system}\nspec:\n  distribution: {version: "${version}"}\n${components}`;
  test.each([
    ["2.6.4", "toolkit v2.6.4 EndOfSupport FluxInstance a.yaml:1"],
    ["v2.9.4", "toolkit v2.9.4 Current FluxInstance a.yaml:1"],
    ["2.6.x", "toolkit 2.6 EndOfSupport FluxInstance a.yaml:1"],
    ["2.x", "toolkit Unknown Unknown FluxInstance a.yaml:1"],
  ])("version %s", (version, wanted) => expect(declared(instance(version))).toEqual([wanted]));
  test("brings the controllers that it names, else those of the data", () => {
    const names = (text: string) => scan({ a: text }).status.inventory?.components?.map(({ name }) => name);
    expect(names(instance("2.9.4"))).toEqual(installs.toolkit);
    expect(names(instance("2.9.4", "  components: [source-controller, helm-controller, x]\n"))).toEqual([
      "source-controller",
      "helm-controller",
    ]);
    expect(readInstance({ version: "2.9.4", components: [] }, installs)).toEqual([]);
  });
});

describe("kustomizations", () => {
  const base = (resource: string, kind = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n") =>
    scan({ "dir/kustomization.yaml": `${kind}namespace: flux\nresources:\n- a.yaml\n- ${resource}\n` });
  test.each([
    ["github.com/fluxcd/flux//deploy?ref=1.25.4", "1.25.4"],
    ["https://github.com/fluxcd/flux.git//deploy?ref=1.25.4", "1.25.4"],
    ["git@github.com:fluxcd/flux//deploy/?ref=1.25.4", "1.25.4"],
    ["https://raw.githubusercontent.com/fluxcd/flux/1.25.4/deploy/flux-deployment.yaml", "1.25.4"],
    ["https://github.com/fluxcd/flux/raw/refs/tags/1.25.4/deploy/flux-deployment.yaml", "1.25.4"],
    ["github.com/fluxcd/flux//deploy", "Unknown"],
    ["github.com/fluxcd/flux//deploy?ref=master", "Unknown"],
  ])("%s is fluxd %s, with its line, and nothing is fetched", (resource, version) => {
    const [component] = base(resource).status.inventory?.components ?? [];
    expect([component?.name, component?.version, component?.namespace, component?.source]).toEqual([
      "fluxd",
      version,
      "flux",
      { file: "dir/kustomization.yaml", line: 6 },
    ]);
  });
  test.each([
    ["", "flux/flux"],
    ["namespace: team-a\nnamePrefix: a-\nnameSuffix: -b\n", "team-a/a-flux-b"],
  ])("what can be acted on is the Deployment that it makes: %j", (fields, name) => {
    const text = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${fields}resources:\n- github.com/fluxcd/flux//deploy?ref=1.25.4\n`;
    const { status } = scan({ "kustomization.yaml": text });
    expect(status.summary?.message).toContain(`Move ${name} to Flux 2.`);
    expect(status.inventory?.components).toMatchObject([{ workload: { kind: "Deployment" }, features: ["ImageAutomation"] }]);
  });
  test("of the toolkit each controller has its own name", () => {
    const { status } = scan({ "kustomization.yaml": "resources: [github.com/fluxcd/flux2/manifests/install?ref=v2.6.4]\n" });
    const names = status.inventory?.components?.map(({ namespace, workload }) => `${namespace}/${workload.name}`);
    expect(names).toEqual(installs.toolkit.map((name) => `flux-system/${name}`));
  });
  test("a kustomization need not say what it is", () => {
    const [address, said] = ["github.com/fluxcd/helm-operator//deploy?ref=v1.4.4", "helm-operator 1.4.4 Deployment"];
    expect(base(address, "").status.summary?.helmOperator).toBe("1.4.4");
    expect(scan({ "a/Kustomization": `resources: ["${address}"]` }).status.summary?.helmOperator).toBe("1.4.4");
    const component = `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: ["${address}"]`;
    expect(declared(component)).toEqual([`${said} a.yaml:3`]);
  });
  test.each([
    "https://github.com/fluxcd/flux2/releases/download/v2.6.4/install.yaml",
    "github.com/fluxcd/flux2/manifests/install?ref=v2.6.4",
    "https://github.com/fluxcd/flux2.git//manifests/install?timeout=9&ref=v2.6.4",
  ])("%s is a toolkit", (resource) => {
    expect(base(resource).status.summary?.toolkit).toBe("2.6");
  });
  test.each([
    "github.com/fluxcd/flux-get-started?ref=1.0.0",
    "github.com/fluxcd/fluxx",
    "github.com.example.com/fluxcd/flux",
    "github.com/fluxcd/flagger",
    "github.com/fluxcd/flux?ref=1.25.4",
    "github.com/fluxcd/flux//chart?ref=1.25.4",
    "github.com/fluxcd/flux//deploy/memcache-dep.yaml?ref=1.25.4",
    "github.com/fluxcd/flux2//manifests/crds?ref=v2.6.4",
    "github.com/fluxcd/flux2//manifests/install/../crds?ref=v2.6.4",
    "github.com/fluxcd/flux2//manifests/bases/<controller>/labels.yaml?ref=v2.6.4",
    "https://github.com/fluxcd/flux2/releases/download/v2.6.4/crds.yaml",
    "https://github.com/fluxcd/helm-operator/raw/1.2.0/deploy/crds.yaml",
    "https://raw.githubusercontent.com/fluxcd/helm-operator/1.2.0/deploy/crds.yaml",
  ])("%s is something else", (resource) => {
    expect(readAddress({ address: resource }, installs)).toEqual([]);
  });
  test("a base of the toolkit is that controller alone", () => {
    const { status } = base("github.com/fluxcd/flux2//manifests/bases/source-controller?ref=v2.6.4");
    expect(status.inventory?.components?.map(({ name }) => name)).toEqual(["source-controller"]);
    expect(status.summary?.toolkit).toBe("2.6");
  });
  test("the newest release is a toolkit of no known version", () => {
    expect(base("https://github.com/fluxcd/flux2/releases/latest/download/install.yaml").status.summary?.toolkit).toBe("Present");
  });
  test("of the toolkit, with its source", () => {
    const from = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: flux, namespace: flux-system}\nspec: {url: "oci://ghcr.io/fluxcd/flux-manifests", ref: {tag: v2.6.4}}\n`;
    const to = `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux, namespace: flux-system}\nspec: {sourceRef: {kind: OCIRepository, name: flux}}\n`;
    expect(declared(to, from)).toEqual(["toolkit v2.6.4 EndOfSupport Unknown a.yaml:1"]);
    expect(declared(to)).toEqual([]);
  });
  test("of two clusters in one repository, both", () => {
    const source = (tag: string) =>
      `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux2, namespace: flux-system}\nspec: {url: "https://github.com/fluxcd/flux2", ref: {tag: ${tag}}}\n`;
    const to = `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux, namespace: flux-system}\nspec: {path: manifests/install, sourceRef: {kind: GitRepository, name: flux2}}\n`;
    const { status } = scan({ "infra/prod/a.yaml": source("v2.3.0"), "infra/dev/a.yaml": source("v2.4.0"), "apps/b.yaml": to });
    expect(status.summary?.toolkit).toBe("2.3..2.4");
    expect(scan({ "a.yaml": `${source("v2.3.0")}---\n${to}---\n${source("v2.4.0")}` }).status.summary?.toolkit).toBe("2.3..2.4");
  });
  test("of the toolkit, with a tag by its whole name", () => {
    const from = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux, namespace: flux-system}\nspec: {url: "https://github.com/fluxcd/flux", ref: {name: refs/tags/1.25.4}}\n`;
    const to = `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux, namespace: flux-system}\nspec: {path: deploy, sourceRef: {kind: GitRepository, name: flux}}\n`;
    expect(declared(to, from)).toEqual(["fluxd 1.25.4 Kustomization a.yaml:1"]);
    expect(declared(to, from.replace("tags", "heads"))).toEqual(["fluxd Unknown Kustomization a.yaml:1"]);
  });
  test.each([
    ["flux2", "v2.6.4", "./manifests/install", ["toolkit v2.6.4 EndOfSupport Unknown a.yaml:1"]],
    ["flux2", "v2.6.4", "/manifests/install/", ["toolkit v2.6.4 EndOfSupport Unknown a.yaml:1"]],
    ["flux", "1.25.4", "./deploy", ["fluxd 1.25.4 Kustomization a.yaml:1"]],
    // The guide to monitoring of fluxcd.io for 2.3.
    ["flux2", "v2.3.0", "./manifests/monitoring/kube-prometheus-stack", []],
    ["flux2", "v2.3.0", "./", []],
  ])("of %s at %s, path %s, with its source", (repo, tag, path, wanted) => {
    const from = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux, namespace: flux-system}\nspec: {url: "https://github.com/fluxcd/${repo}", ref: {tag: ${tag}}}\n`;
    const to = `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux, namespace: flux-system}\nspec: {path: ${path}, sourceRef: {kind: GitRepository, name: flux}}\n`;
    expect(declared(to, from)).toEqual(wanted);
  });
  test("a path that could match no address is refused by its name", () => {
    for (const path of ["./deploy", "/deploy", "deploy/", "a/../b", ""]) {
      const wrong = { ...installs, addresses: installs.addresses.map((row) => ({ ...row, paths: [path] })) };
      expect(() => parseDeclaredInstalls(wrong, "x.yaml")).toThrow(/x\.yaml: addresses\[0\]\.paths\[0\] .*want a folder or file/);
    }
  });
});
