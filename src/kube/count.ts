/** Counts the objects of a resource without reading them. Keeps nothing; the count is of one moment. */

import * as z from "zod";
import type { KubeClient } from "./client.ts";
import { StatusError } from "./errors.ts";
import { type Lookup, unreadable } from "./lookup.ts";
import { collectionPath, type ResourceType, resourceName } from "./resource.ts";
import { refusalSentence } from "./trouble.ts";

/** A Table counts what remains on each release since 1.20; a list of metadata only on newer ones. */
const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";

const table = z.looseObject({
  kind: z.literal("Table"),
  metadata: z.looseObject({ continue: z.string().optional(), remainingItemCount: z.number().int().nonnegative().optional() }).optional(),
  rows: z.array(z.unknown()).nullish(),
});

/** Forbidden stands apart from Unreadable: a missing right is a thing to mend, where other trouble passes. */
export type Counted = Lookup<number> | { at: "Forbidden"; why: string };

/**
 * Counts all objects of a resource, in all namespaces, with one request.
 *
 * @returns Absent where the resource is not served. Kubernetes calls the number an estimate: it is for people, not for decisions on one object.
 */
export async function countObjects(client: KubeClient, resource: ResourceType, signal?: AbortSignal): Promise<Counted> {
  try {
    const answer = await client.json({ path: collectionPath(resource), query: { limit: 1, includeObject: "None" }, accept: TABLE, signal });
    const read = table.safeParse(answer);
    if (!read.success) return { at: "Unreadable", why: `${resourceName(resource)}: the answer is no Table` };
    const { metadata, rows } = read.data;
    const remaining = metadata?.remainingItemCount;
    if (metadata?.continue && remaining === undefined) {
      return { at: "Unreadable", why: `${resourceName(resource)}: the server does not say how many there are` };
    }
    return { at: "Found", value: (rows?.length ?? 0) + (remaining ?? 0) };
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof StatusError && error.code === 404) return { at: "Absent" };
    if (error instanceof StatusError && error.code === 403) return { at: "Forbidden", why: refusalSentence(resource, "list", error) };
    return unreadable(error);
  }
}
