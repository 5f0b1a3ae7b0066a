/**
 * Reads a resource as whole objects, or as their metadata: of its lists and watches only those frames are parsed that can be ours or
 * concern what is kept. Decides no retries and keeps no set.
 */

import * as z from "zod";
import { messageOf, statusErrorOf } from "./errors.ts";
import { createFilter, type FrameFilter } from "./filter.ts";
import { FrameError, ListSplitter } from "./frames.ts";
import { type Kept, keyOf } from "./kept-set.ts";
import type { Listed, ListStart, ReflectorMetrics, Source, WatchSink, WatchStart } from "./reflector-source.ts";
import { resourceName } from "./resource.ts";
import {
  type KubeQuery,
  latestVersion,
  METADATA_LIST,
  type PageEnd,
  pageEnd,
  readPages,
  type SourceOptions,
  streamPage,
  streamWatch,
} from "./resource-stream.ts";

const ACCEPT = {
  Metadata: {
    list: METADATA_LIST,
    watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  },
  Object: { list: "application/json", watch: "application/json" },
} as const;

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

type EventType = Exclude<z.infer<typeof watchEvent>["type"], "ERROR">;

/** Go's encoder opens a list of built-in objects so; their items carry no kind of their own. */
const LIST_HEAD = /^\{"kind":"([A-Za-z]+)List","apiVersion":"([^"\\]+)"/;

export interface Identity {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export function createFullSource<T>(options: SourceOptions<T>): Source<T> {
  const filter = createFilter(options.needles);
  return {
    list: (start, signal) => listAll(options, filter, start, signal),
    watch: (start, sink, signal) => watchOnce(options, filter, start, sink, signal),
    latestVersion: (signal) => latestVersion(options, signal),
  };
}

async function listAll<T>(options: SourceOptions<T>, filter: FrameFilter, start: ListStart, signal: AbortSignal): Promise<Listed<T>> {
  const kept = new Map<string, Kept<T>>();
  const take = (item: PageItem) => keepIn(options, kept, item);
  const resourceVersion = await readPages(options, start, (query) => readPage(options, filter, signal, query, take));
  return { kept, resourceVersion };
}

/** What a page holds that is ours, or may be. */
export interface PageItem {
  readonly identity: Identity;
  readonly object: unknown;
}

/** Reads one page as a stream, and hands out the items that the filter lets through. */
export async function readPage<T>(
  options: SourceOptions<T>,
  filter: Pick<FrameFilter, "listItem">,
  signal: AbortSignal,
  query: KubeQuery,
  take: (item: PageItem) => void,
): Promise<PageEnd> {
  const { metrics } = options;
  const splitter = new ListSplitter();
  const page = await streamPage(options, { query, accept: ACCEPT[options.form].list, splitter, signal }, (item) => {
    if (!filter.listItem(item)) {
      metrics.passedOver += 1;
      return;
    }
    const object = withKind(parse(metrics, item), splitter.head());
    take({ identity: identityFrom(object), object });
  });
  return pageEnd(options.resource, page);
}

const ENDS_AS_OBJECT = /[}\s]$/;

async function watchOnce<T>(
  options: SourceOptions<T>,
  filter: FrameFilter,
  start: WatchStart,
  sink: WatchSink<T>,
  signal: AbortSignal,
): Promise<void> {
  await streamWatch(options, { start, accept: ACCEPT[options.form].watch, query: {}, signal }, sink, (frame) => {
    // The half of a line that is left may be the one without the needle: it must not pass for a foreign object.
    if (!ENDS_AS_OBJECT.test(frame.toString("latin1", frame.length - 1))) throw new FrameError("a line of the watch is cut off");
    const keeps = (namespace: string, name: string) => sink.kept(keyOf(namespace, name)) !== undefined;
    const verdict = filter.watchFrame(frame, keeps);
    if (!verdict.parse) options.metrics.passedOver += 1;
    const reached = verdict.parse ? handle(options, watchEventOf(options, frame), sink) : verdict.resourceVersion;
    sink.progressed(reached);
    return reached;
  });
}

/** @throws StatusError where the line is an error of the server */
export function watchEventOf<T>({ resource, metrics }: SourceOptions<T>, frame: Buffer): { type: EventType; object: unknown } {
  const event = watchEvent.safeParse(parse(metrics, frame));
  const name = resourceName(resource);
  if (!event.success) throw new FrameError(`${name}: a line of the watch is no event`);
  const { type, object } = event.data;
  if (type === "ERROR") throw statusErrorOf(`watch ${name}`, object) ?? new FrameError(`${name}: an ERROR of the watch holds no Status`);
  return { type, object };
}

/** @returns the version that the event has come to */
function handle<T>(options: SourceOptions<T>, { type, object }: { type: EventType; object: unknown }, sink: WatchSink<T>): string {
  if (type === "BOOKMARK") {
    const bookmark = progress.safeParse(object);
    if (!bookmark.success) throw new FrameError(`${resourceName(options.resource)}: a bookmark holds no resourceVersion`);
    return bookmark.data.metadata.resourceVersion;
  }
  const identity = identityFrom(object);
  if (type === "DELETED") sink.remove(identity.key, identity.uid);
  else update(options, { identity, object }, sink);
  return identity.resourceVersion;
}

function update<T>(options: SourceOptions<T>, item: PageItem, sink: WatchSink<T>): void {
  const { key, uid } = item.identity;
  const kept = judge(options, item);
  if (kept) sink.put(key, kept);
  else sink.remove(key, sink.kept(key)?.uid ?? uid); // a new image can end what was Flux
}

export function keepIn<T>(options: SourceOptions<T>, all: Map<string, Kept<T>>, item: PageItem): void {
  const kept = judge(options, item);
  if (kept) all.set(item.identity.key, kept);
}

/** One object that cannot be judged must not end the look at all others. */
function judge<T>(options: SourceOptions<T>, { identity, object }: PageItem): Kept<T> | undefined {
  const { namespace, name, uid, resourceVersion } = identity;
  try {
    const value = options.keep(object);
    return value === undefined ? undefined : { uid, resourceVersion, value };
  } catch (error) {
    options.log.error("an object cannot be judged and is left out", {
      resource: resourceName(options.resource),
      namespace,
      name,
      error: messageOf(error),
    });
    return undefined;
  }
}

export function parse(metrics: ReflectorMetrics, frame: Buffer): unknown {
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
