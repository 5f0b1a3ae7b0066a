import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import { matchImage, needles } from "../../../src/detect/catalogue.ts";
import { COMPONENTS } from "../../../src/detect/component.ts";
import { parseImageReference } from "../../../src/detect/image-reference.ts";
import { catalogue, catalogueOf, configFile, deployment, detect } from "./workload-builder.ts";

const images = z.looseObject({ forms: z.array(z.unknown()) }).parse(configFile("images.yaml"));
const controllers = COMPONENTS.filter((name) => name.endsWith("-controller") || name === "source-watcher");
const fluxLabels = (component: string) => ({ "app.kubernetes.io/part-of": "flux", "app.kubernetes.io/component": component });

function nameOf(image: string, labels: Record<string, string> = {}, words: readonly string[] = []): string {
  const ref = parseImageReference(image);
  if ("problem" in ref) throw new Error(`${image}: ${ref.problem}`);
  return matchImage(ref, { labels: [new Map(Object.entries(labels))], words }, catalogue)?.component ?? "not Flux";
}

describe("an image is a component by the last two segments, whatever stands before them", () => {
  test.each([
    ["fluxcd/flux:1.25.4", "fluxd"],
    ["docker.io/fluxcd/flux", "fluxd"],
    ["fluxcd/flux-prerelease:master-abc1234", "fluxd"],
    ["quay.io/weaveworks/flux:1.8.1", "fluxd"],
    ["harbor.local/proxy/docker.io/fluxcd/flux:1.25.4", "fluxd"],
    ["quay.io/weaveworks/fluxd:0.1.0", "fluxd"],
    ["raspbernetes/flux:1.19.0", "fluxd"],
    ["docker.io/onedr0p/flux:latest", "fluxd"],
    ["fluxcd/helm-operator:1.4.4", "helm-operator"],
    ["raspbernetes/helm-operator:v1.0.0-rc9", "helm-operator"],
    ["onedr0p/helm-operator:1.0.0-rc4", "helm-operator"],
    ["weaveworks/helm-operator:0.9.1", "helm-operator"],
    ["ghcr.io/fluxcd/flux-cli:v2.9.4", "flux-cli"],
    ["fluxcd/source-controller:v1.9.4", "source-controller"],
    ["registry1.dso.mil/ironbank/fluxcd/source-controller:v1.3.0", "source-controller"],
    ["mcr.microsoft.com/oss/fluxcd/kustomize-controller:v1.1.1", "kustomize-controller"],
    ["localhost:5000/fluxcd/source-watcher", "source-watcher"],
  ])("%s is %s", (image, component) => expect(nameOf(image)).toBe(component));
});

describe("vendors rename the last segment, for every controller", () => {
  test.each(controllers)("%s", (controller) => {
    const renamed = [
      `cgr.dev/chainguard/flux-${controller}:latest`,
      `cgr.dev/chainguard-private/flux-${controller}-fips`,
      `docker.io/bitnami/fluxcd-${controller}:1.3.0-debian-12-r0`,
      `gsoci.azurecr.io/giantswarm/fluxcd-${controller}:v1.3.0`,
      `tanzu/fluxcd-${controller}-fips`,
      `flux-${controller}`,
      `ghcr.io/controlplaneio-fluxcd/alpine/${controller}:v1.3.0`,
      `mirror.local/ghcr/controlplaneio-fluxcd/distroless-fips/${controller}`,
    ];
    expect(renamed.map((image) => nameOf(image))).toEqual(renamed.map(() => controller));
  });
});

describe("other products are not Flux", () => {
  test.each([
    "influxdata/influxdb:2.7",
    "influxdata/flux:0.1",
    "runonflux/fluxd:latest",
    "runonflux/flux",
    "myteam/flux:1.0",
    "flux:1.0",
    "registry.local/flux:1.25.4",
    "fluxcd.io/flux:1.25.4",
    "flux-framework/flux-core",
    "fluxrm/flux-sched",
    "rancher/helm-controller:v0.15.4",
    "openshift/source-controller",
    "helm-operator:1.4.4",
    "operator-framework/helm-operator:v1.34",
    "notfluxcd/flux:1.0",
    "fluxcd/flux/flux",
    "fluxcd/flux2",
    "fluxcd/flagger:1.0",
    "ghcr.io/controlplaneio-fluxcd/flux-operator:v0.10.0",
    "ghcr.io/controlplaneio-fluxcd/source-controller",
    "ghcr.io/controlplaneio-fluxcd/a/b/source-controller",
    "bitnami/fluxcd-source-controller-exporter",
    "bitnami/xfluxcd-source-controller",
    "chainguard/flux-source-controller-fips-fips",
    "chainguard/flux-helm-operator",
    "memcached:1.6.10-alpine",
  ])("%s", (image) => expect(nameOf(image)).toBe("not Flux"));
});

describe("a flattened mirror needs both labels, of the same controller", () => {
  const image = "registry.local/source-controller:v1.3.0";
  test("with both", () => expect(nameOf(image, fluxLabels("source-controller"))).toBe("source-controller"));
  test("without any", () => expect(nameOf(image)).toBe("not Flux"));
  test("with one", () => expect(nameOf(image, { "app.kubernetes.io/part-of": "flux" })).toBe("not Flux"));
  test("of another controller", () => expect(nameOf(image, fluxLabels("helm-controller"))).toBe("not Flux"));
  test("of another product", () =>
    expect(nameOf(image, { ...fluxLabels("source-controller"), "app.kubernetes.io/part-of": "openshift" })).toBe("not Flux"));
  test("on the pod template", () => {
    const onTemplate = deployment("flux-system", "source-controller", { image, templateLabels: fluxLabels("source-controller") });
    expect(detect(onTemplate).map(({ name }) => name)).toEqual(["source-controller"]);
  });
  test("the labels of fluxd's own manifests prove nothing, as they name no project", () => {
    expect(nameOf("registry.local/flux:1.25.4", { name: "flux", app: "flux" })).toBe("not Flux");
  });
  test("those of a controller before 0.35 had no component", () => {
    const labels = { "app.kubernetes.io/part-of": "flux", "control-plane": "controller", app: "source-controller" };
    expect(nameOf("harbor.local/platform/source-controller:v0.25.5", labels)).toBe("source-controller");
    expect(nameOf("harbor.local/platform/helm-controller:v0.25.5", labels)).toBe("not Flux");
  });
});

describe("Flux 1 under a name that others may have needs its chart, or a flag that it alone has", () => {
  const rebuilt = "registry.corp/platform/flux:1.21.1-gcloud";
  const operator = "registry.corp:5000/helm-operator:1.2.0";
  test.each<[string, Record<string, string>, string[], string]>([
    [rebuilt, { chart: "flux-1.6.0" }, [], "fluxd"],
    [rebuilt, { "helm.sh/chart": "flux-1.13.3" }, [], "fluxd"],
    [rebuilt, {}, ["--git-url=git@example.com:a/b", "--ssh-keygen-dir=/var/fluxd/keygen"], "fluxd"],
    [rebuilt, {}, ["fluxd", "--memcached-service="], "fluxd"],
    ["registry.corp/tools/fluxd:1.25.4", {}, ["--git-sync-tag", "flux-sync"], "fluxd"],
    [rebuilt, { chart: "influx-1.0.0" }, ["--git-url=git@example.com:a/b"], "not Flux"],
    [rebuilt, {}, ["--ssh-keygen-directory=/x"], "not Flux"],
    ["flux:1.25.4", { chart: "flux-1.6.0" }, [], "not Flux"],
    ["corp/flux:2.6.4", { "helm.sh/chart": "flux-operator-0.24.0" }, [], "not Flux"],
    ["corp/flux:2.6.4", { chart: "flux-sync-1.0.0" }, ["flux", "reconcile"], "not Flux"],
    ["quay.io/operator-framework/helm-operator:v1.34.1", { chart: "helm-operator-sdk-0.1.0" }, [], "not Flux"],
    [rebuilt, {}, ["sh", "-c", "exec fluxd --ssh-keygen-dir=/x --git-poll-interval=5m"], "fluxd"],
    ["registry.corp/influx:1.25.4", { chart: "flux-1.6.0" }, [], "not Flux"],
    [operator, { chart: "helm-operator-1.2.0" }, [], "helm-operator"],
    [operator, { "helm.sh/chart": "helm-operator-1.2.0" }, [], "helm-operator"],
    [operator, {}, ["--enabled-helm-versions=v3"], "helm-operator"],
    ["quay.io/operator-framework/helm-operator:v1.34.1", {}, ["run", "--leader-election-id=x"], "not Flux"],
    ["registry.corp/fluxcd-flux:1.25.4", {}, [], "fluxd"],
    ["registry.corp/fluxcd-helm-operator:1.4.4", {}, [], "helm-operator"],
    ["corp/dhi-fluxcd-source-controller:1.7.1", {}, [], "source-controller"],
  ])("%s %j %j is %s", (image, labels, words, name) => expect(nameOf(image, labels, words)).toBe(name));
});

describe("needles", () => {
  test("are few and plain", () => {
    expect(needles(catalogue)).toEqual([
      "/flux",
      "/helm-operator",
      "fluxcd-flux",
      "fluxcd-helm-operator",
      "helm-controller",
      "image-automation-controller",
      "image-reflector-controller",
      "kustomize-controller",
      "notification-controller",
      "source-controller",
      "source-watcher",
    ]);
  });

  test("one of them is in the JSON of every workload that matches", () => {
    const prefix = fc.array(fc.constantFrom("ghcr.io", "oss", "mirror", "a.b", "v2", "x__y"), { maxLength: 3 });
    const tail = fc.constantFrom(
      ...[...catalogue.patterns.values()].flat().map(({ segments }) => segments.map((part) => part ?? "any.one").join("/")),
      "myteam/flux",
      "influxdata/influxdb",
    );
    const end = fc.constantFrom("", ":v1.2.3", ":latest", `@sha256:${"a".repeat(64)}`);
    let matched = 0;
    fc.assert(
      fc.property(prefix, tail, end, fc.constantFrom(...COMPONENTS), (before, repository, after, label) => {
        const workload = deployment("n", "w", { image: `${[...before, repository].join("/")}${after}`, labels: fluxLabels(label) });
        if (detect(workload).length === 0) return;
        matched += 1;
        const json = JSON.stringify(workload);
        expect(needles(catalogue).filter((needle) => json.includes(needle))).not.toEqual([]);
      }),
      { numRuns: 1000 },
    );
    expect(matched).toBeGreaterThan(100);
  });
});

describe("a mirror or a vendor is one row of data", () => {
  const withForm = {
    ...images,
    forms: [...images.forms, { path: "mirrored.fluxcd-<controller>", optionalSuffixes: ["-lts"], source: "a test" }],
  };
  const added = catalogueOf(withForm);
  test("matches, and has its needle", () => {
    const ref = parseImageReference("rancher/mirrored.fluxcd-helm-controller-lts:v1.0.0");
    expect("path" in ref && matchImage(ref, { labels: [], words: [] }, added)).toEqual({
      component: "helm-controller",
      track: "GitOpsToolkit",
    });
    expect(needles(added)).toEqual(needles(catalogue));
  });
});

describe("a wrong data file says where", () => {
  const row = { repository: "fluxcd/flux", component: "fluxd", track: "Flux1", source: "a test" };
  test.each([
    [
      { ...images, repositories: [{ ...row, repository: "flux" }] },
      'repositories[0].repository is "flux"; want two path segments, fluxcd/flux: one alone would match other products',
    ],
    [
      { ...images, repositories: [row, { ...row, repository: "a/b", track: "GitOpsToolkit" }] },
      'repositories[1].track is "GitOpsToolkit"; want Flux1',
    ],
    [{ ...images, repositories: [row, row] }, 'repositories[1].repository is "fluxcd/flux"; want each once'],
    [
      { ...images, forms: [{ path: "<any>", source: "x" }] },
      'forms[0].path is "<any>"; want segments of small letters, digits and <any>, and <controller> once, in the last one',
    ],
    [
      { ...images, forms: [{ path: "acme-<controller>", source: "x" }] },
      'forms[0].path is "acme-<controller>"; want two segments, a name with flux in it, or labels or flags beside it',
    ],
    [{ ...images, forms: [{ path: "<any>/flux", component: "fluxd", source: "x" }] }, 'forms[0].path is "<any>/flux"; want two segments'],
    [
      { ...images, forms: [{ path: "<any>/<any>/flux", component: "fluxd", source: "x" }] },
      'forms[0].path is "<any>/<any>/flux"; want two segments',
    ],
    [{ ...images, forms: [{ path: "influx-<controller>", source: "x" }] }, 'forms[0].path is "influx-<controller>"; want two segments'],
    [{ ...images, forms: [{ path: "a/flux", source: "x" }] }, 'forms[0].path is "a/flux"; want segments'],
    [
      { ...images, forms: [{ path: "<any>/flux", component: "fluxd", labels: { chart: { startsWith: "x" } }, source: "x" }] },
      "forms[0].labels.chart is a mapping; want a value, or {chart: NAME}",
    ],
    [
      { ...images, forms: [{ path: "<any>/flux", component: "fluxd", flags: ["--git-url"], source: "x" }] },
      'forms[0].flags[0] is "--git-url"; want a flag without its dashes',
    ],
    ["text", 'the whole is "text"; want a mapping'],
  ])("%#", (input, message) => expect(() => catalogueOf(input)).toThrow(`config/images.yaml: ${message}`));
});
