/**
 * Reads a resource as whole objects, or as their metadata: lists and watches as streams of bytes, of which only those frames are parsed
 * that can be ours or concern what is kept. Decides no retries and keeps no set.
 */

import * as z from "zod";
import type { KubeClient } from "./client.ts";
import { messageOf, statusErrorOf } from "./errors.ts";
import { createFilter, type FrameFilter } from "./filter.ts";
import { FrameError, LineSplitter, ListSplitter } from "./frames.ts";
import { type Kept, keyOf } from "./kept-set.ts";
import type { KubeLog } from "./log.ts";
import type { Listed, ListStart, ReflectorMetrics, Source, WatchSink, WatchStart } from "./reflector-source.ts";
import { collectionPath, type ResourceType, resourceName } from "./resource.ts";
import { guardSilence, type SilenceTimings } from "./silence.ts";

export interface FullSourceOptions<T> {
  readonly client: KubeClient;
  readonly resource: ResourceType;
  readonly form: "Object" | "Metadata";
  readonly fieldSelector: string | undefined;
  readonly namespace: string | undefined;
  readonly needles: readonly string[] | undefined;
  readonly keep: (object: unknown) => T | undefined;
  readonly log: KubeLog;
  readonly clock: () => Date;
  readonly metrics: ReflectorMetrics;
  readonly pageObjects: number;
  readonly silence: SilenceTimings;
  /** Milliseconds after which the server is to end a watch: at random between these. */
  readonly watchTimeoutMs: { readonly least: number; readonly most: number };
}

const ACCEPT = {
  // Without a second choice: a server that cannot send metadata says so (406), instead of sending whole objects.
  Metadata: {
    list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  },
  Object: { list: "application/json", watch: "application/json" },
} as const;

const envelope = z.looseObject({
  kind: z.string().endsWith("List"),
  metadata: z.looseObject({ resourceVersion: z.string().min(1), continue: z.string().optional() }),
});

const identified = z.looseObject({
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().default(""),
    uid: z.string().default(""),
    resourceVersion: z.string().min(1),
  }),
});

const progress = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string().min(1) }) });

const watchEvent = z.object({ type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]), object: z.unknown() });

/** Go's encoder opens a list of built-in objects so; their items carry no kind of their own. */
const LIST_HEAD = /^\{"kind":"([A-Za-z]+)List","apiVersion":"([^"\\]+)"/;

interface Identity {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export function createFullSource<T>(options: FullSourceOptions<T>): Source<T> {
  const filter = createFilter(options.needles);
  return {
    list: (start, signal) => listAll(options, filter, start, signal),
    watch: (start, sink, signal) => watchOnce(options, filter, start, sink, signal),
    latestVersion: (signal) => latestVersion(options, signal),
  };
}

async function listAll<T>(options: FullSourceOptions<T>, filter: FrameFilter, start: ListStart, signal: AbortSignal): Promise<Listed<T>> {
  const kept = new Map<string, Kept<T>>();
  // A version of 0 is answered from the server's own cache, in one piece and without a page limit: the cheapest list for etcd, and as a
  // stream it costs us no memory. No version means the latest: after a 410, what is cached elsewhere could be older than what we showed.
  const fromCache = start.from === "Cache" ? "0" : undefined;
  let next: string | undefined;
  for (;;) {
    const page = await listPage(options, filter, kept, signal, {
      fieldSelector: options.fieldSelector,
      limit: start.paged ? options.pageObjects : undefined,
      continue: next,
      resourceVersion: next === undefined ? fromCache : undefined,
    });
    next = page.continue;
    if (!next) return { kept, resourceVersion: page.resourceVersion };
  }
}

async function listPage<T>(
  options: FullSourceOptions<T>,
  filter: FrameFilter,
  kept: Map<string, Kept<T>>,
  signal: AbortSignal,
  query: Record<string, string | number | undefined>,
): Promise<{ resourceVersion: string; continue?: string | undefined }> {
  const { client, resource, namespace, metrics } = options;
  metrics.lists += 1;
  const answer = await client.request({
    path: collectionPath(resource, namespace),
    query,
    accept: ACCEPT[options.form].list,
    readDeadlineMs: options.silence.readDeadlineMs,
    signal,
  });
  const splitter = new ListSplitter();
  for await (const chunk of heard(options, answer.body)) {
    for (const item of splitter.push(chunk)) {
      if (!filter.listItem(item)) {
        metrics.passedOver += 1;
        continue;
      }
      const object = withKind(parse(metrics, item), splitter.head());
      const identity = identityFrom(object);
      const value = judge(options, identity, object);
      if (value !== undefined) kept.set(identity.key, { uid: identity.uid, resourceVersion: identity.resourceVersion, value });
    }
  }
  const list = envelope.safeParse(splitter.end());
  if (!list.success) throw new FrameError(`${resourceName(resource)}: the answer is no list with a resourceVersion`);
  return list.data.metadata;
}

/** A server that does not end a watch when it should is given so much longer. */
const TIMEOUT_GRACE_MS = 30_000;

async function watchOnce<T>(
  options: FullSourceOptions<T>,
  filter: FrameFilter,
  start: WatchStart,
  sink: WatchSink<T>,
  signal: AbortSignal,
): Promise<void> {
  const { client, resource, namespace, metrics, watchTimeoutMs } = options;
  const { least, most } = watchTimeoutMs;
  const timeoutMs = start.quiet ? most : least + Math.random() * (most - least);
  const guard = guardSilence(signal, options.silence, start.quiet, `watch ${resourceName(resource)}`);
  metrics.watches += 1;
  try {
    const answer = await client.request({
      path: collectionPath(resource, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: start.resourceVersion,
        timeoutSeconds: Math.max(1, Math.round(timeoutMs / 1000)),
        fieldSelector: options.fieldSelector,
      },
      accept: ACCEPT[options.form].watch,
      readDeadlineMs: timeoutMs + TIMEOUT_GRACE_MS,
      signal: guard.signal,
    });
    guard.opened();
    sink.opened();
    await readWatch(options, filter, answer.body, guard.heard, sink);
  } finally {
    guard.clear();
  }
}

async function readWatch<T>(
  options: FullSourceOptions<T>,
  filter: FrameFilter,
  body: AsyncIterable<Buffer>,
  onHeard: () => void,
  sink: WatchSink<T>,
): Promise<void> {
  const { metrics } = options;
  const splitter = new LineSplitter();
  const keeps = (namespace: string, name: string) => sink.kept(keyOf(namespace, name)) !== undefined;
  for await (const chunk of heard(options, body)) {
    onHeard();
    for (const frame of splitter.push(chunk)) {
      const verdict = filter.watchFrame(frame, keeps);
      if (verdict.parse) {
        handle(options, parse(metrics, frame), sink);
      } else {
        metrics.passedOver += 1;
        sink.progressed(verdict.resourceVersion);
      }
    }
  }
  if (splitter.endedWithinLine()) throw new FrameError(`${resourceName(options.resource)}: the watch ended within a line`);
}

async function latestVersion<T>(options: FullSourceOptions<T>, signal: AbortSignal): Promise<string> {
  const { client, resource, namespace, form, fieldSelector } = options;
  const accept = ACCEPT[form].list;
  const list = envelope.safeParse(
    await client.json({ path: collectionPath(resource, namespace), query: { limit: 1, fieldSelector }, accept, signal }),
  );
  if (!list.success) throw new FrameError(`${resourceName(resource)}: the answer is no list with a resourceVersion`);
  return list.data.metadata.resourceVersion;
}

function handle<T>(options: FullSourceOptions<T>, frame: unknown, sink: WatchSink<T>): void {
  const event = watchEvent.safeParse(frame);
  const name = resourceName(options.resource);
  if (!event.success) throw new FrameError(`${name}: a line of the watch is no event`);
  const { type, object } = event.data;
  if (type === "ERROR") throw statusErrorOf(`watch ${name}`, object) ?? new FrameError(`${name}: an ERROR of the watch holds no Status`);
  if (type === "BOOKMARK") {
    const bookmark = progress.safeParse(object);
    if (!bookmark.success) throw new FrameError(`${name}: a bookmark holds no resourceVersion`);
    sink.progressed(bookmark.data.metadata.resourceVersion);
    return;
  }
  const identity = identityFrom(object);
  if (type === "DELETED") sink.remove(identity.key, identity.uid);
  else update(options, identity, object, sink);
  sink.progressed(identity.resourceVersion);
}

function update<T>(options: FullSourceOptions<T>, identity: Identity, object: unknown, sink: WatchSink<T>): void {
  const { key, uid, resourceVersion } = identity;
  const value = judge(options, identity, object);
  if (value !== undefined) sink.put(key, { uid, resourceVersion, value });
  else sink.remove(key, sink.kept(key)?.uid ?? uid); // a new image can end what was Flux
}

/** One object that cannot be judged must not end the look at all others. */
function judge<T>(options: FullSourceOptions<T>, identity: Identity, object: unknown): T | undefined {
  try {
    return options.keep(object);
  } catch (error) {
    const { namespace, name } = identity;
    options.log.error("an object cannot be judged and is left out", {
      resource: resourceName(options.resource),
      namespace,
      name,
      error: messageOf(error),
    });
    return undefined;
  }
}

async function* heard<T>(options: FullSourceOptions<T>, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    options.metrics.bytes += chunk.length;
    options.metrics.lastContact = options.clock();
    yield chunk;
  }
}

function parse(metrics: ReflectorMetrics, frame: Buffer): unknown {
  metrics.parsed += 1;
  try {
    return JSON.parse(frame.toString("utf8"));
  } catch {
    throw new FrameError("a frame is no JSON"); // no cause: it quotes the object
  }
}

function identityFrom(object: unknown): Identity {
  const found = identified.safeParse(object);
  if (!found.success) throw new FrameError("an object has no name or no resourceVersion");
  const { name, namespace, uid, resourceVersion } = found.data.metadata;
  return { key: keyOf(namespace, name), namespace, name, uid, resourceVersion };
}

function withKind(object: unknown, head: string): unknown {
  const [, kind, apiVersion] = LIST_HEAD.exec(head) ?? [];
  if (typeof object !== "object" || object === null || "kind" in object || kind === undefined) return object;
  return { kind, apiVersion, ...object };
}
