/** Objects for the suites of the operator, in the form in which the API server takes them. Workloads come from the unit tests' builders. */
import * as z from "zod";

const Workload = z.looseObject({
  spec: z.looseObject({ template: z.looseObject({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }) }) }),
});

/** A workload of the unit tests has no selector, which only the server asks for; any other object stays as it is. */
export function manifest(object: object): object {
  const workload = Workload.safeParse(object);
  if (!workload.success || !("kind" in object)) return object;
  const { spec } = workload.data;
  return { ...object, spec: { ...spec, selector: { matchLabels: { app: spec.template.metadata.labels.app } } } };
}

/** A CRD that takes any object. @param name `helmreleases.helm.fluxcd.io` */
export function crdManifest(name: string, kind: string, version = "v1") {
  const [plural = "", ...group] = name.split(".");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: {
      group: group.join("."),
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}

export const HELM_RELEASES = "helmreleases.helm.fluxcd.io";
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const deployments = (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;

export function helmRelease(name: string) {
  return { apiVersion: "helm.fluxcd.io/v1", kind: "HelmRelease", metadata: { name, namespace: "default" }, spec: {} };
}

export function timetable(name: string, spec: object) {
  return { apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationTimetable", metadata: { name }, spec };
}
