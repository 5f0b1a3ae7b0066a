/**
 * Reads from a cluster what a plan is made from, by lists alone and with the caller's own rights. Asks for no Secret and no ConfigMap.
 * What may not be read is said. Plans nothing (src/plan).
 */
import * as z from "zod";
import type { Look, Unreadable } from "../assess/look.ts";
import { type Asked, ask, askObjects } from "../check/ask.ts";
import type { Data } from "../data/read-data.ts";
import { type CrdFacts, readCrd } from "../detect/crd.ts";
import { type NamespaceFacts, readNamespace } from "../detect/namespace.ts";
import { WORKLOAD_KINDS } from "../detect/workload-kind.ts";
import type { KubeClient } from "../kube/client.ts";
import { serverVersion } from "../kube/discovery.ts";
import { collectionPath, NAMESPACES, type ResourceType, resourceName } from "../kube/resource.ts";
import { refusalSentence } from "../kube/trouble.ts";
import { CRDS } from "../operator/crd-watch.ts";
import { GENERATED_KINDS } from "../plan/target.ts";

export interface LiveObjects {
  readonly objects: readonly unknown[];
  readonly crds: readonly CrdFacts[];
  readonly namespaces: Look["namespaces"];
  readonly unreadable: readonly Unreadable[];
  readonly kubernetesVersion?: string;
}

/** Objects in one page: 160 KB each fit into the longest answer that the client reads. */
const PAGE_OBJECTS = 100;
const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

const List = z.looseObject({
  metadata: z.looseObject({ continue: z.string().nullish() }).nullish(),
  // null in an empty list of metadata.
  items: z
    .array(z.looseObject({}))
    .nullish()
    .transform((items) => items ?? []),
});

/** v1 since Kubernetes 1.21. */
const CRON_JOBS = ["v1", "v1beta1"].map((version) => ({ group: "batch", version, plural: "cronjobs" }));
const HELM_RELEASES = [
  [{ group: "helm.fluxcd.io", version: "v1", plural: "helmreleases" }, "HelmRelease"],
  [{ group: "flux.weave.works", version: "v1beta1", plural: "helmreleases" }, "HelmRelease"],
  [{ group: "helm.integrations.flux.weave.works", version: "v1alpha2", plural: "fluxhelmreleases" }, "FluxHelmRelease"],
] as const;

/** A word that stands in each workload of Flux, and in each one that an annotation of it steers. */
const FLUX = "flux";

export async function readLiveObjects(client: KubeClient, { catalogue, reference }: Data): Promise<LiveObjects> {
  const look = new LiveLook(client);
  const version = await serverVersion(client);
  const needles = [FLUX, ...catalogue.needles];
  const isFlux = (item: unknown) => {
    const text = JSON.stringify(item);
    return needles.some((needle) => text.includes(needle));
  };
  const objects: unknown[] = [];
  for (const { resource, kind } of WORKLOAD_KINDS) objects.push(...(await look.all(resource, { kind, keep: isFlux })));
  for (const resource of CRON_JOBS) {
    const found = await look.list(resource, { kind: "CronJob", keep: isFlux });
    if (found.at === "Absent") continue;
    objects.push(...look.taken(resource, found));
    break;
  }
  for (const [resource, kind] of HELM_RELEASES) objects.push(...(await look.all(resource, { kind })));
  const crds = await look.crds([...reference.apis.crds.map(({ crd }) => crd), ...FLUX1_CRDS], catalogue);
  for (const { group, storage, plural, kind } of crds.filter((crd) => crd.track === "GitOpsToolkit" && isGenerated(crd.kind)))
    objects.push(...(await look.all({ group, version: storage, plural }, { kind, accept: METADATA })));
  return {
    objects,
    crds,
    namespaces: await look.namespaces(),
    unreadable: look.unreadable,
    ...(version.at === "Found" ? { kubernetesVersion: version.value.gitVersion } : {}),
  };
}

const FLUX1_CRDS = ["helmreleases.helm.fluxcd.io", "helmreleases.flux.weave.works"];

function isGenerated(kind: string): boolean {
  return GENERATED_KINDS.some((each) => each === kind);
}

interface Reading {
  readonly kind: string;
  readonly accept?: string;
  readonly keep?: (item: unknown) => boolean;
}

class LiveLook {
  readonly unreadable: Unreadable[] = [];
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** None where the kind is not served. */
  async all(resource: ResourceType, reading: Reading): Promise<unknown[]> {
    return this.taken(resource, await this.list(resource, reading));
  }

  taken(resource: ResourceType, asked: Asked<unknown[]>): unknown[] {
    if (asked.at === "Found") return asked.value;
    if (asked.at !== "Absent") this.#blind(resource, asked);
    return [];
  }

  /** Page by page; where a page is gone meanwhile, from the start, once. Items of a list do not say what they are. */
  async list(resource: ResourceType, reading: Reading): Promise<Asked<unknown[]>> {
    const first = await this.#pages(resource, reading);
    return first.at === "Unread" ? await this.#pages(resource, reading) : first;
  }

  async #pages(resource: ResourceType, { kind, accept, keep = () => true }: Reading): Promise<Asked<unknown[]>> {
    const apiVersion = `${resource.group}/${resource.version}`;
    const found: unknown[] = [];
    let next: string | undefined;
    do {
      const query = { limit: PAGE_OBJECTS, continue: next };
      const asked = await ask(this.#client, { path: collectionPath(resource), query, accept }, List);
      if (asked.at !== "Found") return asked;
      found.push(...asked.value.items.map((item) => ({ ...item, apiVersion, kind })).filter(keep));
      next = asked.value.metadata?.continue || undefined;
    } while (next !== undefined);
    return { at: "Found", value: found };
  }

  /** One by one: a list of all CRDs of a cluster has many megabytes. */
  async crds(names: readonly string[], catalogue: Data["catalogue"]): Promise<CrdFacts[]> {
    const found: CrdFacts[] = [];
    for (const name of names) {
      const asked = await askObjects(this.#client, CRDS, z.unknown(), { name });
      if (asked.at === "Forbidden" || asked.at === "Unread") {
        this.#blind(CRDS, asked);
        break;
      }
      for (const object of asked.at === "Found" ? asked.value : []) {
        const reading = readCrd(object, catalogue);
        if (reading.at === "Read") found.push(reading.crd);
      }
    }
    return found;
  }

  /** They only tell who manages a toolkit: without the right, the sentence about its upgrade is more general. */
  async namespaces(): Promise<ReadonlyMap<string, NamespaceFacts>> {
    const asked = await this.list(NAMESPACES, { kind: "Namespace", accept: METADATA });
    const read = (asked.at === "Found" ? asked.value : []).map(readNamespace);
    return new Map(read.flatMap((each) => (each.at === "Read" ? [[each.namespace.name, each.namespace]] : [])));
  }

  #blind(resource: ResourceType, asked: Extract<Asked<unknown>, { why: string }>): void {
    const denied = asked.at === "Forbidden";
    this.unreadable.push({
      resource: resourceName(resource),
      verb: "list",
      reason: denied ? "Forbidden" : "Unavailable",
      message: denied ? refusalSentence(resource, "list", { code: 403, serverMessage: asked.serverMessage }) : asked.why,
    });
  }
}
