/** Which HelmReleases v1 are translated: what no operator manages, or what would start Flux 1 again, is not. */
import { describe, expect, test } from "@jest/globals";
import { deployment } from "../detect/workload-builder.ts";
import { helmOperator, helmRelease, leftOf, namesOf, only, planned } from "./plan-builder.ts";

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
      reason: "a HelmRelease of this name is there as helm.fluxcd.io/v1, which counts",
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
