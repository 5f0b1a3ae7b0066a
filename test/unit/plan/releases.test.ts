/** Which HelmReleases v1 are translated: what no operator manages, or what would start Flux 1 again, is not. */
import { describe, expect, test } from "@jest/globals";
import { stepsOf } from "../../../src/plan/steps.ts";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, helmOperator, helmRelease, leftOf, namesOf, only, planned } from "./plan-builder.ts";

describe("flux.weave.works/v1beta1, which operators before 1.0 read, with Helm 2 alone", () => {
  const old = (spec: Record<string, unknown> = {}) => helmRelease(spec, {}, "flux.weave.works/v1beta1");
  const oldOperator = deployment("flux", "helm-operator", { image: "docker.io/fluxcd/helm-operator:0.10.1" });

  test("an operator from 1.0 on does not look after it", () => {
    for (const version of ["1.0.0-rc1", "1.4.4"]) {
      const operator = deployment("flux", "helm-operator", { image: `docker.io/fluxcd/helm-operator:${version}` });
      expect(leftOf(planned([operator, old()], { leftovers: false }))).toEqual([
        "the whole object: no Helm Operator looks after it; --leftovers translates it",
      ]);
    }
  });

  test("nor an older one after the newer kind", () => {
    expect(planned([oldOperator, helmRelease({ helmVersion: "v3" })], { leftovers: false }).releases.translated).toBe(0);
    expect(leftOf(planned([oldOperator, old()], { leftovers: false }))[0]).toMatch(/^spec.helmVersion: /);
  });

  test("without helmVersion it is one of Helm 2, whatever the operator runs now", () => {
    const made = planned([helmOperator(), old()]);
    expect(namesOf(made)).toEqual([]);
    expect(leftOf(made)[0]).toMatch(/^spec.helmVersion: absent/);
    expect(made.chores.find(({ step }) => step === "Prepare")?.text).toContain("write the object as `helm.fluxcd.io/v1`");
  });

  test("it is the same to Flux 2 where it says v3, and counts once beside the newer kind", () => {
    expect(only(planned([helmOperator(), old({ helmVersion: "v3" })]), "HelmRelease").spec.releaseName).toBe("shop-cart");
    const both = planned([helmOperator(), old({ helmVersion: "v3" }), helmRelease({ releaseName: "newer" })]);
    expect(only(both, "HelmRelease").spec.releaseName).toBe("newer");
    expect(both.untranslated).toContainEqual({
      subject: "HelmRelease shop/cart (flux.weave.works/v1beta1)",
      field: "the whole object",
      reason: "a HelmRelease of this name is there as helm.fluxcd.io/v1, which counts. Nothing of this object is translated",
    });
  });
});

test.each([
  ["a chart of a repository without version", { repository: "https://charts.example.com", name: "cart" }],
  ["a chart in Git without path", { git: "git@git.example.com:shop/charts", path: "" }],
  ["nothing", {}],
])("what the Helm Operator refuses to release, Flux 2 is not told to: %s", (_title, chart) => {
  const made = planned([helmOperator(), helmRelease({ chart })]);
  expect(namesOf(made)).toEqual([]);
  expect(leftOf(made)).toEqual([
    "spec.chart: it names neither repository, name and version nor git and path, without which the Helm Operator releases nothing. Nothing of this object is translated",
  ]);
});

test("a chart in Git without path beside a whole one of a repository: the operator takes that", () => {
  const chart = { git: "git@git.example.com:shop/charts", repository: "https://charts.example.com", name: "cart", version: "1.0.0" };
  const made = planned([helmOperator(), helmRelease({ chart })]);
  expect(only(made, "HelmRelease").spec.chart).toMatchObject({ spec: { sourceRef: { kind: "HelmRepository" } } });
  expect(leftOf(made)).toEqual(["spec.chart.git: it is for charts in Git"]);
});

describe("releases of Flux 1 itself, which Flux 2 would start again", () => {
  const chart = (name: string, repository = "https://charts.fluxcd.io") => ({ chart: { repository, name, version: "1.4.4" } });
  const operatorOfChart = (annotations: Record<string, string>) =>
    deployment("flux", "helm-operator", { image: "mirror.example.com/fluxcd/helm-operator:1.4.4", annotations });

  test.each(["flux", "helm-operator"])("chart %s: listed, and uninstalled at the end", (name) => {
    const release = helmRelease({ ...chart(name), releaseName: name }, { name, namespace: "flux" });
    const made = planned([helmOperator(), release, helmRelease()]);
    expect(namesOf(made)).toEqual(["HelmRepository shop/charts-example-com", "HelmRelease shop/cart"]);
    expect(leftOf(made)[0]).toMatch(/^the whole object: it installs Flux 1 itself, .* Nothing of this object is translated$/);
    expect(made.chores.find(({ step }) => step === "RemoveWorkloads")?.commands).toEqual([`helm -n flux uninstall ${name}`]);
    expect(made.chores.some(({ step }) => step === "StopFluxd")).toBe(name === "flux");
    const unseen = (plan: typeof made) => plan.chores.some(({ text }) => text.includes("is not in this plan"));
    expect([unseen(made), unseen(planned([fluxd([]), helmOperator(), release]))]).toEqual([name === "flux", false]);
    const elsewhere = helmRelease({ ...chart(name), releaseName: name }, { name, namespace: "team" });
    expect(unseen(planned([fluxd([]), helmOperator(), elsewhere]))).toBe(name === "flux");
    expect(stepsOf(made).at(-1)?.parts[0]?.text).not.toContain("not translated");
  });

  test("one of Helm 2 as well, and one that no operator looks after", () => {
    for (const input of [{ leftovers: true }, { leftovers: false }]) {
      const made = planned([helmRelease({ ...chart("flux"), helmVersion: "v2" })], input);
      expect(made.releases).toEqual({ seen: 1, translated: 0, ofFlux1: 1 });
    }
  });

  test("whatever its chart is called, where the Helm Operator wrote its name on the daemon", () => {
    const operator = operatorOfChart({ "helm.fluxcd.io/antecedent": "shop:helmrelease/cart" });
    const made = planned([operator, helmRelease({ ...chart("platform", "https://charts.example.com"), helmVersion: "v3" })]);
    expect(made.releases.ofFlux1).toBe(1);
    expect(namesOf(made)).toEqual([]);
  });

  test("a chart of another project of the same name is translated", () => {
    const made = planned([operatorOfChart({}), helmRelease({ ...chart("flux", "https://charts.example.com"), helmVersion: "v3" })]);
    expect(made.releases).toEqual({ seen: 1, translated: 1, ofFlux1: 0 });
  });

  test("of none the images are followed, nor those of what is listed; only what is written has controllers and waits", () => {
    const followed = { annotations: { "fluxcd.io/automated": "true" } };
    const images = { values: { image: "r.example.com/a:1" } };
    const made = planned([
      fluxd([], followed),
      helmOperator(["--enabled-helm-versions=v3", "--helm-repository-import=v3:/r.yaml"]),
      helmRelease({ ...chart("helm-operator"), ...images }, { name: "helm-operator", namespace: "flux", ...followed }),
      { ...helmRelease(images, { name: "secret", ...followed }), sops: {} },
      helmRelease(
        { ...images, helmVersion: "v2", valuesFrom: [{ externalSourceRef: { url: "https://h/x" } }] },
        { name: "old", ...followed },
      ),
      helmRelease({ ...images, chart: { repository: "https://charts.example.com", name: "x" } }, { name: "refused", ...followed }),
    ]);
    expect(namesOf(made)).toEqual(["GitRepository flux-system/fleet", "Kustomization flux-system/fleet"]);
    expect(leftOf(made)).toContainEqual("fluxcd.io/automated: it is of Flux 1 itself, which is not moved");
    expect(made.marks.size).toBe(0);
    expect(made.chores.filter(({ step }) => step === "ApplyReleases" || step === "ImageAutomation")).toEqual([]);
    expect(stepsOf(made).map(({ name }) => name)).not.toContain("ApplyReleases");
    expect(made.chores.map(({ text }) => text).join()).not.toMatch(/repositories\.yaml|takes values/);
    expect(stepsOf(made)[0]?.parts[0]?.text).not.toContain("image-");
  });

  test("a name that no command can hold stands in none", () => {
    const made = planned([helmOperator(), helmRelease({ ...chart("flux"), releaseName: "a\nb; rm" })]);
    expect(made.chores.find(({ step }) => step === "RemoveWorkloads")?.commands).toEqual([]);
  });
});

test("what SOPS has encrypted has no values that could be copied", () => {
  const encrypted = { ...helmRelease({ values: { password: "ENC[AES256_GCM,data:abcd,type:str]" } }), sops: { version: "3.5.0" } };
  const made = planned([helmOperator(), encrypted]);
  expect(namesOf(made)).toEqual([]);
  expect(leftOf(made)).toEqual([
    "sops: SOPS has encrypted the object: decrypt its file, or plan from the cluster. Nothing of this object is translated",
  ]);
});

test("settings of an operator that has nothing to release have their reason", () => {
  expect(leftOf(planned([helmOperator()]))).toEqual(["--enabled-helm-versions: no HelmRelease is translated"]);
});

describe("one Helm release that two objects ask for", () => {
  test("which the Helm Operator let one of them have: neither is translated", () => {
    const [one, other] = [helmRelease({ releaseName: "web" }), helmRelease({ releaseName: "web" }, { name: "copy" })];
    const made = planned([helmOperator(), one, other, helmRelease({}, { name: "third" })]);
    expect(namesOf(made)).toContain("HelmRelease shop/third");
    expect(made.releases).toEqual({ seen: 3, translated: 1, ofFlux1: 0 });
    expect(leftOf(made)[0]).toMatch(
      /^the whole object: 2 objects ask for the Helm release shop\/web \(HelmRelease shop\/cart .* and .*copy/,
    );
    expect(new Set(leftOf(made)).size).toBe(1);
  });

  test.each([
    [{ releaseName: "web" }, { releaseName: "web", targetNamespace: "other" }],
    [{}, {}],
    [{ releaseName: "web", helmVersion: "v2" }, { releaseName: "web" }],
  ])("in another namespace, of another name, or of Helm 2, it is another one: %j and %j", (one, other) => {
    const made = planned([helmOperator(), helmRelease(one), helmRelease(other, { name: "copy" })]);
    expect(leftOf(made).join()).not.toContain("antecedent");
    expect(made.releases.translated).toBeGreaterThan(0);
  });

  test("the default name counts, and the namespace that a release is for", () => {
    const made = planned([
      helmOperator(),
      helmRelease(),
      helmRelease({ releaseName: "shop-cart", targetNamespace: "shop" }, { namespace: "x" }),
    ]);
    expect(made.releases.translated).toBe(0);
  });
});

describe("two objects of one name", () => {
  test("that differ rule each other out, and are named by their files", () => {
    const [staging, prod] = [helmRelease({ values: { env: "staging" } }), helmRelease({ values: { env: "prod" } })];
    const places = new Map([
      [staging, "a/hr.yaml:1"],
      [prod, "b/hr.yaml:7"],
    ]);
    const made = planned([helmOperator(), staging, prod], { places });
    expect(namesOf(made)).toEqual([]);
    expect(made.releases).toEqual({ seen: 1, translated: 0, ofFlux1: 0 });
    expect(leftOf(made)).toEqual([
      "the whole object: 2 objects of this name were read, and differ (a/hr.yaml:1 and b/hr.yaml:7): plan one environment at a time. Nothing of this object is translated",
    ]);
  });

  test("that are the same count once", () => {
    const made = planned([helmOperator(), helmRelease({ values: { a: 1, b: [2] } }), helmRelease({ values: { b: [2], a: 1 } })]);
    expect(made.releases).toEqual({ seen: 1, translated: 1, ofFlux1: 0 });
    expect(leftOf(made)).toEqual([]);
  });
});
