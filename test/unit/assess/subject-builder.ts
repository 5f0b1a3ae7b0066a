/** Builds what the assessment is given, naming only what a test is about. */

import type { MigrationStatusSpec, MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import { type Assessment, assess } from "../../../src/assess/assess.ts";
import type { Look, Unreadable } from "../../../src/assess/look.ts";
import type { Subject } from "../../../src/assess/subject.ts";
import { builtInData, DEFAULT_EDITION } from "../../../src/data/built-in-data.ts";
import { editionNamed } from "../../../src/data/load.ts";
import { detectWorkload, type WorkloadKind } from "../../../src/detect/component.ts";
import type { CrdFacts } from "../../../src/detect/crd.ts";
import { deployment, type WorkloadParts } from "../detect/workload-builder.ts";

export const data = builtInData();

export interface ClusterParts {
  workloads?: { kind: WorkloadKind }[];
  crds?: CrdFacts[];
  objects?: Record<string, number>;
  namespaces?: Record<string, { labels?: Record<string, string>; annotations?: Record<string, string> }>;
  unreadable?: Unreadable[];
  kubernetes?: string;
  spec?: MigrationStatusSpec;
  edition?: string;
  dates?: Record<string, string>;
  name?: string;
  ownerLabel?: string;
  previous?: MigrationStatusStatus;
  problem?: Subject["problem"];
  now?: string;
}

export const day = (date: string): Date => new Date(date.includes("T") ? date : `${date}T00:00:00Z`);

export function subject(parts: ClusterParts): Subject {
  const edition = editionNamed(parts.edition ?? DEFAULT_EDITION, data.editions, "edition");
  return {
    look: look(parts),
    edition,
    data: data.reference,
    spec: parts.spec ?? {},
    generation: 1,
    settings: {
      clusterName: parts.name ?? "test",
      operatorVersion: "0.1.0",
      ...(parts.ownerLabel === undefined ? {} : { ownerLabel: parts.ownerLabel }),
    },
    ...(parts.previous === undefined ? {} : { previous: parts.previous }),
    ...(parts.problem === undefined ? {} : { problem: parts.problem }),
    now: day(parts.now ?? "2026-11-23"),
  };
}

function look(parts: ClusterParts): Look {
  const components = (parts.workloads ?? []).flatMap((object) => {
    const reading = detectWorkload(object, object.kind, data.catalogue, data.managers);
    if (reading.at === "Malformed") throw new Error(`malformed: ${JSON.stringify(reading.problem)}`);
    return reading.components;
  });
  const namespaces = Object.entries(parts.namespaces ?? {}).map(
    ([name, { labels = {}, annotations = {} }]) => [name, { name, labels, annotations }] as const,
  );
  return {
    components,
    crds: parts.crds ?? [],
    objects: new Map(Object.entries(parts.objects ?? {})),
    namespaces: new Map(namespaces),
    unreadable: parts.unreadable ?? [],
    kubernetesVersion: parts.kubernetes ?? "v1.36.3",
    clusterUid: "5e2f0a30-0000-4000-8000-000000000001",
  };
}

export function assessed(parts: ClusterParts): Assessment {
  return assess(subject(parts));
}

/** The status of an assessment, with its parts that every status has. */
type Always = "summary" | "conditions" | "inventory";
export type WholeStatus = Omit<MigrationStatusStatus, Always> & { [Part in Always]: NonNullable<MigrationStatusStatus[Part]> };

export function statusOf(parts: ClusterParts): WholeStatus {
  const { status } = assessed(parts);
  if (!status.summary || !status.conditions) throw new Error("a status without summary or conditions");
  // Left out where nothing is in it.
  return { ...status, summary: status.summary, conditions: status.conditions, inventory: status.inventory ?? {} };
}

/** `True/FluxdPresent: sentence`, by type of the condition. */
export function told(status: Pick<MigrationStatusStatus, "conditions">): Record<string, string> {
  return Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason, message }) => [type, `${value}/${reason}: ${message}`]),
  );
}

const READ_ONLY = ["--git-url=git@example.com:fleet/prod", "--git-readonly"];
const AUTOMATING = ["--git-url=git@example.com:fleet/prod", "--sync-garbage-collection"];

export const fluxd = (parts: WorkloadParts & { readOnly?: boolean; namespace?: string } = {}) =>
  deployment(parts.namespace ?? "flux", "flux", {
    image: "docker.io/fluxcd/flux:1.25.4",
    args: parts.readOnly ? READ_ONLY : AUTOMATING,
    ...parts,
  });

export const helmOperator = (parts: WorkloadParts & { namespace?: string } = {}) =>
  deployment(parts.namespace ?? "flux", "helm-operator", { image: "docker.io/fluxcd/helm-operator:1.4.4", ...parts });

export interface ToolkitParts {
  namespace?: string;
  /** Without it, the workloads carry no label of the distribution. */
  label?: boolean;
  labels?: Record<string, string>;
  replicas?: number;
  image?: boolean;
}

export const BOOTSTRAP = { "kustomize.toolkit.fluxcd.io/name": "flux-system", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" };
export const FLUX_INSTANCE = { "app.kubernetes.io/managed-by": "flux-operator", "fluxcd.controlplane.io/name": "flux" };

/** The workloads of one toolkit, with the controller versions of that release. */
export function toolkit(release: string, parts: ToolkitParts = {}) {
  const found = data.reference.releases.releases.find((candidate) => candidate.version === release);
  if (!found) throw new Error(`release ${release} is not in the data`);
  const namespace = parts.namespace ?? "flux-system";
  return Object.entries(found.components)
    .filter(([name]) => name !== "source-watcher" && (parts.image !== false || !name.startsWith("image-")))
    .map(([name, version]) =>
      deployment(namespace, name, {
        image: `ghcr.io/fluxcd/${name}:${version}`,
        labels: {
          "app.kubernetes.io/part-of": "flux",
          "app.kubernetes.io/component": name,
          ...(parts.label === false ? {} : { "app.kubernetes.io/version": release }),
          ...(parts.labels ?? BOOTSTRAP),
        },
        replicas: parts.replicas ?? 1,
      }),
    );
}

export function crd(name: string, parts: Partial<CrdFacts> = {}): CrdFacts {
  const [plural = "", ...rest] = name.split(".");
  const group = rest.join(".");
  return {
    name,
    group,
    kind: plural,
    plural,
    scope: "Namespaced",
    track: group.includes("toolkit") || group.includes("extensions") ? "GitOpsToolkit" : "Flux1",
    served: ["v1"],
    storage: "v1",
    stored: ["v1"],
    established: true,
    ...parts,
  };
}

/** The toolkit's CRDs as a release installs them, without those that came later; `stored` adds versions in which objects still lie. */
export function toolkitCrds(release: string, stored: Record<string, string[]> = {}): CrdFacts[] {
  const minor = (version: string) => Number(version.split(".")[1]);
  const { from, crds } = data.reference.apis;
  return crds.flatMap((entry) => {
    const since = entry.since.findLast(({ flux }) => flux === from || minor(flux) <= minor(release));
    if (since === undefined) return [];
    const storage = since.versions.find((version) => version.storage)?.name ?? "v1";
    const served = since.versions.filter((version) => version.served).map((version) => version.name);
    return [crd(entry.crd, { release, served, storage, stored: stored[entry.crd] ?? [storage] })];
  });
}
