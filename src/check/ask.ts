/** Asks an API server for one thing and tells apart why it did not get it. Judges no answer. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { KubeClient, KubeRequest } from "../kube/client.ts";
import { messageOf, StatusError } from "../kube/errors.ts";
import { collectionPath, type ResourceType } from "../kube/resource.ts";

/** Forbidden stands apart from Unread: where a thing need not be known, the want of a right to see it is no fault. */
export type Asked<T> =
  | { at: "Found"; value: T }
  | { at: "Absent" }
  | { at: "Forbidden"; why: string; serverMessage: string }
  | { at: "Unread"; why: string };

/** A CRD answers 429 for its first second and a half, with Retry-After of 1 s. */
const TRIES = 4;
const LONGEST_WAIT_SECONDS = 2;

/** Objects of one list that are read: what is looked for is one object, or the few that share a label. */
const LIST_OBJECTS = 20;

const List = z.looseObject({ items: z.array(z.unknown()) });

/**
 * By a list, also for one object: the operator's own account has no right to get what it watches.
 *
 * @param selector by name or by label
 * @returns Absent where no such object, or no such kind, is there
 */
export async function askObjects<T>(
  client: KubeClient,
  resource: ResourceType,
  schema: z.ZodType<T>,
  selector: { readonly name: string } | { readonly label: string },
): Promise<Asked<T[]>> {
  const path = collectionPath(resource);
  const chosen = "name" in selector ? { fieldSelector: `metadata.name=${selector.name}` } : { labelSelector: selector.label };
  const asked = await ask(client, { path, query: { limit: LIST_OBJECTS, ...chosen } }, List);
  if (asked.at !== "Found") return asked;
  if (asked.value.items.length === 0) return { at: "Absent" };
  const read = z.array(schema).safeParse(asked.value.items);
  return read.success ? { at: "Found", value: read.data } : { at: "Unread", why: formProblem(path, read.error) };
}

/** As askObjects, for one object of a kind that knows no namespaces. */
export async function askObject<T>(client: KubeClient, resource: ResourceType, schema: z.ZodType<T>, name: string): Promise<Asked<T>> {
  const asked = await askObjects(client, resource, schema, { name });
  if (asked.at !== "Found") return asked;
  const [value] = asked.value;
  return value === undefined ? { at: "Absent" } : { at: "Found", value };
}

/** @returns Absent where the server does not know the path */
export async function ask<T>(client: KubeClient, request: KubeRequest, schema: z.ZodType<T>): Promise<Asked<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const read = schema.safeParse(await client.json(request));
      return read.success ? { at: "Found", value: read.data } : { at: "Unread", why: formProblem(request.path, read.error) };
    } catch (error) {
      const wait = error instanceof StatusError && error.code === 429 && attempt < TRIES ? (error.retryAfterSeconds ?? 1) : undefined;
      if (wait === undefined) return refusal(error);
      await sleep(Math.min(wait, LONGEST_WAIT_SECONDS) * 1000);
    }
  }
}

function refusal(error: unknown): Asked<never> {
  if (error instanceof StatusError && error.code === 404) return { at: "Absent" };
  if (error instanceof StatusError && error.code === 403)
    return { at: "Forbidden", why: messageOf(error), serverMessage: error.serverMessage };
  return { at: "Unread", why: messageOf(error) };
}

function formProblem(path: string, { issues }: z.ZodError): string {
  const [issue] = issues;
  return `${path}: the answer has another form than expected: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`;
}
