/**
 * Reads one namespace for somebody who may read no more. Presence is stated, absence only for this namespace: the status says so itself,
 * as it does for a namespaceSelector.
 */
import * as z from "zod";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { CRD_RESOURCE, type Look, type Unreadable } from "../assess/look.ts";
import type { Data } from "../data/read-data.ts";
import { type DetectedComponent, detectWorkload } from "../detect/component.ts";
import { WORKLOAD_KINDS } from "../detect/workload-kind.ts";
import type { KubeClient } from "../kube/client.ts";
import { messageOf, StatusError } from "../kube/errors.ts";
import { collectionPath, resourceName } from "../kube/resource.ts";
import { judgeLook } from "./judge-look.ts";
import type { ScanOptions } from "./scan-options.ts";

/** Objects in one page of a list, as kubectl asks for them. Source: kubectl get --help, --chunk-size. */
const PAGE_OBJECTS = 500;

/** Kubernetes sets it on every namespace since 1.21. */
const NAME_LABEL = "kubernetes.io/metadata.name";

const Page = z.looseObject({ items: z.array(z.unknown()), metadata: z.looseObject({ continue: z.string().optional() }).optional() });

/** @returns the status, and what could not be read of the namespace */
export async function judgeNamespace(
  client: KubeClient,
  data: Data,
  options: ScanOptions,
  namespace: string,
): Promise<{ status: MigrationStatusStatus; unreadable: string[] }> {
  const read = await Promise.all(WORKLOAD_KINDS.map((workload) => readKind(client, data, workload, namespace)));
  const unreadable = read.flatMap((found) => found.unreadable);
  const crds: Unreadable = {
    resource: CRD_RESOURCE,
    verb: "list",
    reason: "Forbidden",
    message: `only namespace ${namespace} was read, and no CRD`,
  };
  const look: Look = {
    components: read.flatMap((found) => found.components),
    crds: [],
    objects: new Map(),
    namespaces: new Map([[namespace, { name: namespace, labels: { [NAME_LABEL]: namespace }, annotations: {} }]]),
    unreadable: [...unreadable, crds],
  };
  const spec = { namespaceSelector: { matchLabels: { [NAME_LABEL]: namespace } } };
  const status = judgeLook(look, { clusterName: client.name, data, options, spec });
  return { status, unreadable: unreadable.map(({ message }) => `${client.name}: ${message}`) };
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
        else
          unreadable.push({
            resource,
            verb: "parse",
            reason: "InvalidObject",
            message: `${resource}: ${reading.problem.field} is ${reading.problem.found}`,
          });
      }
      next = metadata?.continue || undefined;
    } while (next !== undefined);
  } catch (error) {
    const reason = error instanceof StatusError && error.code === 403 ? "Forbidden" : "Unavailable";
    unreadable.push({ resource, verb: "list", reason, message: messageOf(error) });
  }
  return { components, unreadable };
}
