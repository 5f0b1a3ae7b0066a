/** Writes and reads single objects: server-side apply, create, get. Decides nothing about what is written, and never retries a refusal. */

import * as z from "zod";
import type { KubeClient, KubeRequest } from "./client.ts";
import { Conflict, messageOf, StatusError, TooLarge } from "./errors.ts";
import { type Lookup, unreadable } from "./lookup.ts";
import { collectionPath, type ObjectAddress, objectPath } from "./resource.ts";

const MERGE = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const APPLY = "application/apply-patch+yaml"; // JSON is YAML

/** A whole object or the part of it that we own. It names its own apiVersion, kind and metadata.name. */
export interface ApplyBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface ApplyRequest extends ObjectAddress {
  readonly fieldManager: string;
  readonly body: ApplyBody;
}

/** The object as the server has it after a write. */
export interface Written {
  readonly resourceVersion: string;
  readonly object: unknown;
}

const written = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

/**
 * Applies the status of an object that exists. The write is fenced: a paused process that wakes up late holds an old version, and is refused.
 *
 * @param request.resourceVersion the version that the written status was computed from
 * @throws Conflict where the object is at another version, TooLarge where the server cannot store it, else as client.json does
 */
export function applyStatus(client: KubeClient, request: ApplyRequest & { readonly resourceVersion: string }): Promise<Written> {
  const { body, resourceVersion } = request;
  return apply(client, request, objectPath(request, "status"), { ...body, metadata: { ...body.metadata, resourceVersion } });
}

/**
 * Applies an object, which is created where it is not there, whatever version it is at.
 *
 * @throws as applyStatus does
 */
export function applyObject(client: KubeClient, request: ApplyRequest): Promise<Written> {
  return apply(client, request, objectPath(request), request.body);
}

/** A change of the status of an object that exists, other than by apply. */
export type StatusChange = Omit<ApplyRequest, "body"> & { readonly resourceVersion: string; readonly status: object };

/**
 * Changes single fields of the status of an object that exists; all others stay, whoever wrote them.
 *
 * @throws as applyStatus does
 */
export async function mergeStatus(client: KubeClient, request: StatusChange): Promise<void> {
  const { resourceVersion, status, fieldManager } = request;
  await patch(client, objectPath(request, "status"), { fieldManager }, MERGE, { metadata: { resourceVersion }, status });
}

/**
 * Replaces the status of an object whole, also what others wrote there: an apply leaves fields that it does not name to who owns them.
 *
 * @throws as applyStatus does
 */
export function replaceStatus(client: KubeClient, request: StatusChange): Promise<Written> {
  const { resourceVersion, status, fieldManager } = request;
  return patch(client, objectPath(request, "status"), { fieldManager }, JSON_PATCH, [
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    { op: "replace", path: "/status", value: status },
  ]);
}

function apply(client: KubeClient, { fieldManager }: ApplyRequest, path: string, body: ApplyBody): Promise<Written> {
  return patch(client, path, { fieldManager, force: true }, APPLY, body);
}

async function patch(
  client: KubeClient,
  path: string,
  query: NonNullable<KubeRequest["query"]>,
  contentType: string,
  body: unknown,
): Promise<Written> {
  try {
    const object = await client.json({ method: "PATCH", path, query, contentType, body });
    return { resourceVersion: written.parse(object).metadata.resourceVersion, object };
  } catch (error) {
    throw typedRefusal(error);
  }
}

/** What became of a create. */
export type Creation = { at: "Created"; value: unknown } | { at: "AlreadyExists" };

/**
 * Creates an object.
 *
 * @param address resource, namespace and name; the body holds the same
 * @throws TooLarge where the server cannot store it, else as client.json does
 */
export async function createObject(
  client: KubeClient,
  address: ObjectAddress,
  body: ApplyBody,
  fieldManager: string,
  signal?: AbortSignal,
): Promise<Creation> {
  try {
    const path = collectionPath(address.resource, address.namespace);
    return { at: "Created", value: await client.json({ method: "POST", path, query: { fieldManager }, body, signal }) };
  } catch (error) {
    if (error instanceof StatusError && error.reason === "AlreadyExists") return { at: "AlreadyExists" };
    throw typedRefusal(error);
  }
}

/**
 * Reads one object.
 *
 * @param read makes of the object what the caller needs; where it throws, the answer is Unreadable
 * @returns Absent where the object or its whole kind is not there. Never throws, but for an aborted signal.
 */
export async function getObject<T>(
  client: KubeClient,
  address: ObjectAddress,
  read: (object: unknown) => T,
  signal?: AbortSignal,
): Promise<Lookup<T>> {
  try {
    return { at: "Found", value: read(await client.json({ path: objectPath(address), signal })) };
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof StatusError && error.code === 404) return { at: "Absent" };
    return unreadable(error);
  }
}

/** Words by which etcd and the API server refuse an object for its size. They come as 500: who retries a 500 would loop for ever. */
const TOO_LARGE = /request is too large|ResourceExhausted|message larger than max|request entity too large|limit is \d+/i;

function typedRefusal(error: unknown): unknown {
  if (!(error instanceof StatusError)) return error;
  if (error.code === 413 || (error.code >= 500 && TOO_LARGE.test(error.serverMessage))) {
    return new TooLarge(`the server cannot store it: ${messageOf(error)}`, { cause: error });
  }
  if (error.code === 409 && error.reason !== "AlreadyExists") return new Conflict(messageOf(error), { cause: error });
  return error;
}
