/** What kustomize lays over another object is passed over; what may be a broken Flux is not. */
import { describe, expect, test } from "@jest/globals";
import { scan } from "./scanned.ts";

describe("a patch of kustomize is no object that cannot be read", () => {
  const metadata = { name: "source-controller", annotations: { "fluxcd.io/automated": "true" } };
  const crd = { name: "helmreleases.helm.toolkit.fluxcd.io" };
  test.each([
    ["replicas", "apps/v1", "Deployment", { metadata, spec: { replicas: 3 } }],
    ["nodes", "apps/v1", "StatefulSet", { metadata, spec: { template: { spec: { nodeSelector: { a: "b" } } } } }],
    ["labels", "apps/v1", "Deployment", { metadata, spec: { selector: { matchLabels: { app: "source-controller" } } } }],
    ["an account", "apps/v1", "Deployment", { metadata, spec: { template: { spec: { serviceAccountName: "source-controller" } } } }],
    ["limits", "apps/v1", "Deployment", { metadata, spec: { template: { spec: { containers: [{ name: "manager", resources: {} }] } } } }],
    ["an end", "apps/v1", "Deployment", { $patch: "delete", metadata }],
    ["an annotation of a CRD", "apiextensions.k8s.io/v1", "CustomResourceDefinition", { metadata: { ...metadata, ...crd } }],
  ])("of %s", (_, apiVersion, kind, parts) => {
    expect(scan({ "a.yaml": JSON.stringify({ apiVersion, kind, ...parts }) })).toMatchObject({ unread: [], skipped: [] });
  });
});

describe("what holds an image of Flux is no patch, wherever that stands", () => {
  const containers = [{ name: "flux", image: "fluxcd/flux:1.25.4" }];
  const selector = { matchLabels: { name: "flux" } };
  test.each([
    ["containers beside their spec", { spec: { template: { containers } } }, "spec.template.spec is nothing"],
    ["a mistyped list", { spec: { template: { spec: { container: containers } } } }, "spec.template.spec.containers is nothing"],
    ["a template beside the spec", { spec: { replicas: 1 }, template: { spec: { containers } } }, "spec.template is nothing"],
    ["a template in the selector", { spec: { selector: { ...selector, template: { spec: { containers } } } } }, "spec.template is nothing"],
    ["a spec in the metadata", { metadata: { name: "flux", spec: { template: { spec: { containers } } } } }, "spec is nothing"],
    [
      "a forgotten space",
      { spec: { template: { spec: { container: ["image:fluxcd/flux:1.25.4"] } } } },
      "spec.template.spec.containers is",
    ],
  ])("%s", (_, parts, why) => {
    const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "flux" }, ...parts };
    expect(scan({ "a.yaml": JSON.stringify(object) }).unread).toMatchObject([{ why: expect.stringContaining(why) }]);
  });

  test("nor does an alias that leads back to itself go on without end", () => {
    const text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: source-controller}, spec: &a {template: {again: *a}}}";
    expect(scan({ "a.yaml": text }).unread).toEqual([]);
  });
});
