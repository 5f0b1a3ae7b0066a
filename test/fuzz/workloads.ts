/** Random workloads, CRDs, namespaces and declarations, mostly of the right shape. Holds no property. */
import fc from "fast-check";
import { anyValue, hostileText } from "./texts.ts";

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("flux", "helm-operator", "source-controller", "a") },
  { weight: 1, arbitrary: anyValue },
);
const texts = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      "app.kubernetes.io/version",
      "app.kubernetes.io/part-of",
      "app.kubernetes.io/component",
      "helm.sh/chart",
      "flux-migration.dev/ignore",
      "flux-migration.dev/managed-by",
      "__proto__",
      "constructor",
    ),
    hostileText,
  ),
  anyValue,
  { maxKeys: 4 },
);
const metadata = fc.record({ name, namespace: name, labels: texts, annotations: texts }, { requiredKeys: ["name"] });
const list = fc.oneof({ weight: 5, arbitrary: fc.array(hostileText, { maxLength: 4 }) }, { weight: 1, arbitrary: anyValue });
const container = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({ name, image: fc.oneof(hostileText, anyValue), command: list, args: list }, { requiredKeys: ["image"] }),
  },
  { weight: 1, arbitrary: anyValue },
);
const workload = fc.record({
  apiVersion: fc.constantFrom("apps/v1", "apps/v1beta1", "extensions/v1beta1"),
  kind: fc.constantFrom("Deployment", "StatefulSet", "DaemonSet"),
  metadata,
  spec: fc.record(
    {
      replicas: fc.oneof(fc.nat(3), anyValue),
      template: fc.record({
        metadata: fc.record({ labels: texts }),
        spec: fc.record({ containers: fc.array(container, { maxLength: 3 }) }),
      }),
    },
    { requiredKeys: ["template"] },
  ),
});
const version = fc.record({ name: fc.constantFrom("v1", "v1beta1", "v2beta2", "x"), served: fc.boolean(), storage: fc.boolean() });
const crd = fc.record({
  apiVersion: fc.constant("apiextensions.k8s.io/v1"),
  kind: fc.constant("CustomResourceDefinition"),
  metadata: fc.record({
    name: fc.constantFrom("helmreleases.helm.fluxcd.io", "helmreleases.helm.toolkit.fluxcd.io", "x.image.toolkit.fluxcd.io", "a.b"),
    labels: texts,
  }),
  spec: fc.record({
    group: fc.constantFrom("helm.fluxcd.io", "helm.toolkit.fluxcd.io"),
    names: fc.record({ kind: hostileText, plural: hostileText }),
    scope: fc.constantFrom("Namespaced", "Cluster", "x"),
    versions: fc.array(version, { maxLength: 3 }),
  }),
});
const declaration = fc.oneof(
  fc.record({
    apiVersion: fc.constantFrom("helm.toolkit.fluxcd.io/v2", "helm.fluxcd.io/v1"),
    kind: fc.constant("HelmRelease"),
    metadata,
    spec: fc.record({
      chart: fc.oneof(
        fc.record({ name: fc.constantFrom("flux", "helm-operator", "flux2", "__proto__"), repository: hostileText, version: anyValue }),
        fc.record({
          spec: fc.record({
            chart: fc.constantFrom("flux", "flux2", "constructor"),
            version: anyValue,
            sourceRef: fc.record({ kind: name, name }),
          }),
        }),
        anyValue,
      ),
    }),
  }),
  fc.record({
    apiVersion: fc.constant("fluxcd.controlplane.io/v1"),
    kind: fc.constant("FluxInstance"),
    metadata,
    spec: fc.record({
      distribution: fc.record({ version: fc.oneof(fc.constantFrom("2.x", "2.6.x", "2.9.4"), hostileText) }),
      components: list,
    }),
  }),
  fc.record({
    apiVersion: fc.constant("kustomize.config.k8s.io/v1beta1"),
    kind: fc.constant("Kustomization"),
    namespace: anyValue,
    resources: fc.array(
      fc.oneof(
        fc.constantFrom(
          "github.com/fluxcd/flux//deploy?ref=1.25.4",
          "GitHub.com/FluxCD/Flux2/manifests/install?ref=v2.6.4",
          "git@github.com:fluxcd/helm-operator.git//deploy",
        ),
        hostileText,
      ),
      { maxLength: 4 },
    ),
  }),
);

/** Objects of one set of manifests. */
export const objects = fc.array(
  fc.oneof({ weight: 6, arbitrary: workload }, { weight: 1, arbitrary: crd }, { weight: 2, arbitrary: declaration }),
  { minLength: 1, maxLength: 3 },
);
