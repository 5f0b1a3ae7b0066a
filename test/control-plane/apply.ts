/**
 * Applies manifests to a control plane as kubectl would, and plays the controller that says how many replicas are ready. For tests and the
 * demo only: the product itself never changes a workload.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Answer } from "./admin-client.ts";
import type { ControlPlane } from "./control-plane.ts";
import { pathOf, resourceOf } from "./discovery.ts";
import { type Manifest, readManifests } from "./manifests.ts";

const FIELD_MANAGER = "test";

/** A CRD is served about 0.1 s after it was applied; for some 1.5 s more its objects can get 429 or 503. */
const CRD_SERVED_MS = 30_000;
const POLL_MS = 50;
const TRIES_WHILE_BUSY = 10;

/** Put there by a server; a manifest that was read out of a cluster holds them, and would be refused as stale or as another object. */
const SERVER_FIELDS = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

export interface ApplyResult {
  /** "Deployment flux/fluxd", in the order applied: namespaces, CRDs, then the rest as in the text. */
  readonly applied: string[];
  readonly refused: Refusal[];
}

export interface Refusal {
  /** "Deployment flux/fluxd (file doc 3)"; only "file doc 3" where that much could not be read. */
  readonly what: string;
  readonly why: string;
}

/**
 * Server-side applies each document of a multi-document YAML text; lists count as their items. CRDs and Namespaces go first, and missing
 * namespaces are made. A document that is refused does not stop the rest.
 * @param options.defaultNamespace of namespaced objects that name none; "flux-system" where not given
 */
export async function applyManifests(
  controlPlane: ControlPlane,
  text: string,
  options: { readonly defaultNamespace?: string } = {},
): Promise<ApplyResult> {
  const result: ApplyResult = { applied: [], refused: [] };
  const applier: Applier = { controlPlane, defaultNamespace: options.defaultNamespace ?? "flux-system", namespaces: new Set() };
  const wanted: Wanted[] = [];
  for (const read of readManifests(text)) {
    if (read.readable) wanted.push({ where: read.where, manifest: read.manifest });
    else result.refused.push({ what: read.where, why: read.why });
  }
  // toSorted is stable: what ranks the same stays in the order of the text.
  for (const { manifest, where } of wanted.toSorted((a, b) => rank(a.manifest) - rank(b.manifest))) {
    const done = await applyOne(applier, manifest);
    if (done.ok) result.applied.push(done.what);
    else result.refused.push({ what: `${done.what} (${where})`, why: done.why });
  }
  return result;
}

interface Wanted {
  readonly where: string;
  readonly manifest: Manifest;
}

interface Applier {
  readonly controlPlane: ControlPlane;
  readonly defaultNamespace: string;
  /** Those that are known to be there. */
  readonly namespaces: Set<string>;
}

type Outcome = { readonly ok: true; readonly what: string } | { readonly ok: false; readonly what: string; readonly why: string };

function rank(manifest: Manifest): number {
  if (manifest.apiVersion === "v1" && manifest.kind === "Namespace") return 0;
  return isCrd(manifest) ? 1 : 2;
}

function isCrd(manifest: Manifest): boolean {
  return manifest.kind === "CustomResourceDefinition" && manifest.apiVersion.startsWith("apiextensions.k8s.io/");
}

async function applyOne(applier: Applier, manifest: Manifest): Promise<Outcome> {
  const { apiVersion, kind, metadata } = manifest;
  const { controlPlane } = applier;
  const resource = await resourceOf(controlPlane, apiVersion, kind);
  if (resource === undefined) {
    return { ok: false, what: `${kind} ${metadata.name}`, why: `the API server knows no kind ${kind} in ${apiVersion}` };
  }
  const namespace = resource.namespaced ? metadata.namespace || applier.defaultNamespace : undefined;
  const what = namespace === undefined ? `${kind} ${metadata.name}` : `${kind} ${namespace}/${metadata.name}`;
  try {
    if (namespace !== undefined) await ensureNamespace(applier, namespace);
    const path = pathOf(apiVersion, resource, namespace, metadata.name);
    await applyObject(controlPlane, path, withPortProtocols(withoutServerFields(manifest, namespace)));
    if (isCrd(manifest)) await crdServed(controlPlane, path);
    return { ok: true, what };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, what, why: error.message };
    throw error;
  }
}

/** The API server said no; anything else that goes wrong is a fault of the test or of the machine, and is thrown on. */
class Refused extends Error {
  override readonly name = "Refused";
}

const Status = z.object({ message: z.string() });

function refusal(answer: Answer): Refused {
  const status = Status.safeParse(answer.body);
  return new Refused(status.success ? status.data.message : `the API server answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

function withoutServerFields(manifest: Manifest, namespace: string | undefined): Manifest {
  const metadata = Object.entries(manifest.metadata).filter(([field]) => !SERVER_FIELDS.includes(field) && field !== "namespace");
  const name = manifest.metadata.name;
  return { ...manifest, metadata: { ...Object.fromEntries(metadata), name, ...(namespace === undefined ? {} : { namespace }) } };
}

const ServiceSpec = z.looseObject({ ports: z.array(z.looseObject({ protocol: z.string().default("TCP") })) });

/** Ports of a Service are told apart by number and protocol, and before 1.21 a server-side apply knows no default for the second. */
function withPortProtocols(manifest: Manifest): Manifest {
  if (manifest.apiVersion !== "v1" || manifest.kind !== "Service") return manifest;
  const spec = ServiceSpec.safeParse(manifest.spec);
  return spec.success ? { ...manifest, spec: spec.data } : manifest;
}

async function ensureNamespace(applier: Applier, name: string): Promise<void> {
  if (applier.namespaces.has(name)) return;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  // Created, not applied: an apply of the bare name would take away the labels that an earlier manifest applied.
  const answer = await applier.controlPlane.request("POST", `/api/v1/namespaces?fieldManager=${FIELD_MANAGER}`, namespace);
  if (answer.status !== 201 && answer.status !== 409) throw refusal(answer);
  applier.namespaces.add(name);
}

async function applyObject(controlPlane: ControlPlane, path: string, manifest: Manifest): Promise<void> {
  const url = `${path}?fieldManager=${FIELD_MANAGER}&force=true`;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await controlPlane.request("PATCH", url, manifest, "application/apply-patch+yaml");
    if (answer.status === 200 || answer.status === 201) return;
    const busy = answer.status === 429 || answer.status === 503;
    if (!busy || attempt === TRIES_WHILE_BUSY) throw refusal(answer);
    await sleep((answer.retryAfterSeconds ?? 0.2) * 1000);
  }
}

const CrdCondition = z.object({ type: z.string(), status: z.string(), message: z.string().default("") });

const Crd = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
  }),
  // Missing or null in the first moment after a CRD was made.
  status: z.object({ conditions: z.array(CrdCondition).nullish() }).nullish(),
});

/** Waits until the CRD is Established and discovery lists its kind: only then can its objects be applied. */
async function crdServed(controlPlane: ControlPlane, path: string): Promise<void> {
  const start = performance.now();
  let conditions = "it has no condition yet";
  while (performance.now() - start < CRD_SERVED_MS) {
    const answer = await controlPlane.request("GET", path);
    if (answer.status !== 200) throw refusal(answer);
    const crd = Crd.parse(answer.body);
    const found = crd.status?.conditions ?? [];
    const established = found.some(({ type, status }) => type === "Established" && status === "True");
    if (established && (await allVersionsListed(controlPlane, crd))) return;
    const rejected = found.find(({ type, status }) => type === "NamesAccepted" && status === "False");
    if (rejected !== undefined) throw new Refused(`its names are not accepted: ${rejected.message}`);
    if (found.length > 0) conditions = found.map(({ type, status }) => `${type}=${status}`).join(", ");
    await sleep(POLL_MS);
  }
  throw new Refused(`it is not served ${CRD_SERVED_MS / 1000} s after it was applied: ${conditions}`);
}

async function allVersionsListed(controlPlane: ControlPlane, crd: z.infer<typeof Crd>): Promise<boolean> {
  for (const version of crd.spec.versions.filter(({ served }) => served)) {
    if ((await resourceOf(controlPlane, `${crd.spec.group}/${version.name}`, crd.spec.names.kind)) === undefined) return false;
  }
  return true;
}

export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet";

/**
 * Sets how many replicas a workload wants, and reports as many as running and ready: there is no controller that would. A DaemonSet wants
 * what its nodes say, so only its status is written.
 * @throws where the API server refuses, with its reason
 */
export async function setReplicas(
  controlPlane: ControlPlane,
  namespace: string,
  name: string,
  replicas: number,
  kind: WorkloadKind = "Deployment",
): Promise<void> {
  const resource = { plural: `${kind.toLowerCase()}s`, namespaced: true };
  const path = pathOf("apps/v1", resource, namespace, name);
  const what = `${kind} ${namespace}/${name}`;
  if (kind !== "DaemonSet") await mergePatch(controlPlane, path, { spec: { replicas } }, what);
  await mergePatch(controlPlane, `${path}/status`, { status: replicaStatus(kind, replicas) }, what);
}

function replicaStatus(kind: WorkloadKind, replicas: number): Record<string, number> {
  if (kind !== "DaemonSet") return { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return {
    desiredNumberScheduled: replicas,
    currentNumberScheduled: replicas,
    updatedNumberScheduled: replicas,
    numberReady: replicas,
    numberAvailable: replicas,
    numberMisscheduled: 0,
  };
}

async function mergePatch(controlPlane: ControlPlane, path: string, patch: unknown, what: string): Promise<void> {
  const answer = await controlPlane.request("PATCH", `${path}?fieldManager=${FIELD_MANAGER}`, patch, "application/merge-patch+json");
  if (answer.status !== 200) throw new Error(`${what}: ${refusal(answer).message}`);
}
