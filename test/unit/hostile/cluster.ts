/** A cluster that holds one hostile text wherever text is free, as the operator sees it. Judges nothing. */
import type { Look, Unreadable } from "../../../src/assess/look.ts";
import type { Subject } from "../../../src/assess/subject.ts";
import { detectWorkload, type WorkloadKind } from "../../../src/detect/component.ts";
import { readCrd } from "../../../src/detect/crd.ts";
import { readNamespace } from "../../../src/detect/namespace.ts";
import { StatusError } from "../../../src/kube/errors.ts";
import { malformed } from "../../../src/operator/workload-watch.ts";
import { crdManifest, HELM_RELEASES } from "../../integration/operator/manifests.ts";
import { data, subject } from "../assess/subject-builder.ts";
import { daemonSet, deployment, statefulSet } from "../detect/workload-builder.ts";

const OWNER = "team";

/** Workloads that are Flux, or look as if, with the text in one place each. */
export function hostileWorkloads(text: string) {
  const labels = { "app.kubernetes.io/version": text, "app.kubernetes.io/part-of": "flux", "helm.sh/chart": text, [text]: text };
  const flux = "docker.io/fluxcd/flux:1.25.4";
  return [
    deployment("a", "tag", { image: `docker.io/fluxcd/flux:${text}` }),
    deployment("a", "registry", { image: `${text}/fluxcd/flux:1.25.4` }),
    deployment("a", "whole", { image: text }),
    deployment("a", "digest", { image: `docker.io/fluxcd/flux:1.25.4@sha256:${text}` }),
    statefulSet("a", "container", { image: flux, container: text }),
    daemonSet("a", "arguments", { image: flux, args: [text, `--git-url=${text}`, `--${text}`], command: ["fluxd", text] }),
    deployment("a", "shell", { image: flux, command: ["sh", "-c", `exec fluxd ${text}`] }),
    deployment("a", "labels", { image: "ghcr.io/fluxcd/source-controller:latest", labels, annotations: { [text]: text, a: text } }),
    deployment("a", text, { image: "docker.io/fluxcd/helm-operator:1.4.4", uid: text }),
    deployment(text, "namespace", { image: "ghcr.io/fluxcd/kustomize-controller:v1.7.0", labels }),
  ];
}

const Resources: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "deployments.apps",
  StatefulSet: "statefulsets.apps",
  DaemonSet: "daemonsets.apps",
};

function look(text: string): Look {
  const readings = hostileWorkloads(text).map((object) => ({
    object,
    reading: detectWorkload(object, object.kind, data.catalogue, data.managers),
  }));
  const broken = readings.flatMap(({ object, reading }): Unreadable[] =>
    reading.at === "Malformed"
      ? [
          malformed(Resources[object.kind], {
            object: `a/${object.metadata.namespace === "a" ? "some" : "other"}`,
            problem: reading.problem,
          }),
        ]
      : [],
  );
  const refusal = new StatusError({ request: "GET /", code: 403, reason: "Forbidden", serverMessage: text });
  const refused: Unreadable = { resource: "daemonsets.apps", verb: "list", reason: "Forbidden", message: refusal.message };
  const crd = readCrd(
    {
      ...crdManifest(HELM_RELEASES, text),
      metadata: { name: HELM_RELEASES, labels: { "app.kubernetes.io/version": text } },
      status: { storedVersions: [text], conditions: [{ type: "Established", status: "True" }] },
    },
    data.catalogue,
  );
  const namespaces = ["a", text].flatMap((name) => {
    const read = readNamespace({
      metadata: {
        name,
        labels: { [OWNER]: text },
        annotations: { "flux-migration.dev/managed-by": text, [`flux-migration.dev/${text}`]: text },
      },
    });
    return read.at === "Read" ? [[read.namespace.name, read.namespace] as const] : [];
  });
  return {
    components: readings.flatMap(({ reading }) => (reading.at === "Read" ? reading.components : [])),
    crds: crd.at === "Read" ? [crd.crd] : [],
    objects: new Map(),
    namespaces: new Map(namespaces),
    unreadable: [...broken, refused],
    kubernetesVersion: "v1.36.3",
  };
}

/** What is judged. The words of an administrator, such as the cluster's name, are hostile in no cluster of theirs. */
export function hostileSubject(text: string): Subject {
  const base = subject({
    ownerLabel: OWNER,
    spec: {
      ignore: [
        { namespace: "b", reason: text },
        { namespace: "a", name: "tag", reason: text },
      ],
    },
  });
  return { ...base, look: look(text) };
}

/** Every text in a value, keys as well. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([key, part]) => [key, ...textsIn(part)]);
  return [];
}
