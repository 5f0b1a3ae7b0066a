/**
 * Reads one namespace for somebody who may read no more. Presence is stated, absence only for this namespace: the status says so itself,
 * as it does for a namespaceSelector.
 */
import * as z from "zod";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import type { Look, Unreadable } from "../assess/look.ts";
import type { Data } from "../data/read-data.ts";
import { type DetectedComponent, detectWorkload } from "../detect/component.ts";
import { type NamespaceFacts, readNamespace } from "../detect/namespace.ts";
import { nameOf } from "../detect/template.ts";
import { WORKLOAD_KINDS } from "../detect/workload-kind.ts";
import { getObject } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import { messageOf, StatusError } from "../kube/errors.ts";
import { collectionPath, NAMESPACES, resourceName } from "../kube/resource.ts";
import { malformed } from "../operator/workload-watch.ts";
import { judgeLook } from "./judge-look.ts";
import type { ScanOptions } from "./scan-options.ts";

/** Objects in one page of a list, as kubectl asks for them. Source: kubectl get --help, --chunk-size. */
const PAGE_OBJECTS = 500;

/** Kubernetes sets it on every namespace since 1.21. */
const NAME_LABEL = "kubernetes.io/metadata.name";

const Page = z.looseObject({ items: z.array(z.unknown()), metadata: z.looseObject({ continue: z.string().optional() }).optional() });

/**
 * @returns the status, and what could not be read of the namespace
 * @throws Error where it is not there
 */
export async function judgeNamespace(
  client: KubeClient,
  data: Data,
  options: ScanOptions,
  namespace: string,
): Promise<{ status: MigrationStatusStatus; unreadable: string[] }> {
  const facts = await namespaceFacts(client, namespace);
  const read = await Promise.all(WORKLOAD_KINDS.map((workload) => readKind(client, data, workload, namespace)));
  const unreadable = read.flatMap((found) => found.unreadable);
  const look: Look = {
    components: read.flatMap((found) => found.components),
    crds: [],
    crdsLeftOut: true,
    objects: new Map(),
    namespaces: new Map([[namespace, { ...facts, labels: { ...facts.labels, [NAME_LABEL]: namespace } }]]),
    unreadable,
  };
  const spec = { namespaceSelector: { matchLabels: { [NAME_LABEL]: namespace } } };
  const status = judgeLook(look, { clusterName: client.name, data, options, spec });
  return { status, unreadable: unreadable.map(({ message }) => `${client.name}: ${message}`) };
}

/** @throws Error for a namespace that is not there: nothing would be found in it. Whoever gets no answer is believed: the lists say why. */
async function namespaceFacts(client: KubeClient, namespace: string): Promise<NamespaceFacts> {
  const found = await getObject(client, { resource: NAMESPACES, name: namespace }, readNamespace);
  if (found.at === "Absent") throw new Error(`there is no namespace ${namespace}`);
  const read = found.at === "Found" && found.value.at === "Read" ? found.value.namespace : undefined;
  return read ?? { name: namespace, labels: {}, annotations: {} };
}

async function readKind(client: KubeClient, data: Data, workload: (typeof WORKLOAD_KINDS)[number], namespace: string) {
  const components: DetectedComponent[] = [];
  const unreadable: Unreadable[] = [];
  const resource = resourceName(workload.resource);
  const path = collectionPath(workload.resource, namespace);
  try {
    let next: string | undefined;
    do {
      const { items, metadata } = Page.parse(await client.json({ path, query: { limit: PAGE_OBJECTS, continue: next } }));
      for (const item of items) {
        const reading = detectWorkload(item, workload.kind, data.catalogue, data.managers);
        if (reading.at === "Read") components.push(...reading.components);
        else unreadable.push(malformed(resource, { object: `${namespace}/${nameOf(item)}`, problem: reading.problem }));
      }
      next = metadata?.continue || undefined;
    } while (next !== undefined);
  } catch (error) {
    const reason = error instanceof StatusError && error.code === 403 ? "Forbidden" : "Unavailable";
    unreadable.push({ resource, verb: "list", reason, message: messageOf(error) });
  }
  return { components, unreadable };
}
