/**
 * Asks the API server for a resource and hands out the bytes of its answers as they come: the items of a page, the lines of a watch. In
 * which form they are, their source says (full-source.ts, table-source.ts). Parses none, and decides no retries.
 */
import * as z from "zod";
import type { KubeClient } from "./client.ts";
import { StatusError } from "./errors.ts";
import { FrameError, LineSplitter, type ListSplitter } from "./frames.ts";
import type { KubeLog } from "./log.ts";
import type { LoopTime } from "./loop-time.ts";
import type { ListStart, ReflectorMetrics, WatchSink, WatchStart } from "./reflector-source.ts";
import { collectionPath, type ResourceType, resourceName } from "./resource.ts";
import { guardSilence, type SilenceTimings } from "./silence.ts";
import type { WatchPace } from "./watch-pace.ts";

export interface SourceOptions<T> {
  readonly client: KubeClient;
  readonly resource: ResourceType;
  readonly form: "Object" | "Metadata";
  readonly fieldSelector: string | undefined;
  readonly namespace: string | undefined;
  readonly needles: readonly string[] | undefined;
  readonly keep: (object: unknown) => T | undefined;
  readonly log: KubeLog;
  readonly clock: () => Date;
  readonly time: LoopTime;
  readonly metrics: ReflectorMetrics;
  readonly pageObjects: number;
  readonly silence: SilenceTimings;
  readonly pace: WatchPace;
  /** Milliseconds after which the server is to end a watch: at random between these. */
  readonly watchTimeoutMs: { readonly least: number; readonly most: number };
}

// Without a second choice: a server that cannot send metadata says so (406), instead of sending whole objects.
export const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

const envelope = z.looseObject({
  kind: z.string().endsWith("List"),
  metadata: z.looseObject({ resourceVersion: z.string().min(1), continue: z.string().optional() }),
});

export type KubeQuery = Readonly<Record<string, string | number | boolean | undefined>>;

export interface PageEnd {
  readonly resourceVersion: string;
  readonly continue?: string | undefined;
}

/** @throws FrameError where a page is no list, or has no version */
export function pageEnd(resource: ResourceType, page: unknown): PageEnd {
  const list = envelope.safeParse(page);
  if (!list.success) throw new FrameError(`${resourceName(resource)}: the answer is no list with a resourceVersion`);
  return list.data.metadata;
}

/** @param read reads one page @returns the version of the whole list */
export async function readPages<T>(
  { fieldSelector, pageObjects }: SourceOptions<T>,
  start: ListStart,
  read: (query: KubeQuery) => Promise<PageEnd>,
): Promise<string> {
  // A version of 0 is answered from the server's own cache, in one piece and without a page limit: the cheapest list for etcd, and as a
  // stream it costs us no memory. No version means the latest: after a 410, what is cached elsewhere could be older than what we showed.
  let resourceVersion = start.from === "Cache" ? "0" : undefined;
  let next: string | undefined;
  for (;;) {
    const page = await read({ fieldSelector, limit: start.paged ? pageObjects : undefined, continue: next, resourceVersion });
    next = page.continue;
    if (!next) return page.resourceVersion;
    resourceVersion = undefined;
  }
}

/** @returns the page without its items */
export async function streamPage<T>(
  options: SourceOptions<T>,
  request: { query: KubeQuery; accept: string; splitter: ListSplitter; signal: AbortSignal },
  take: (item: Buffer) => void,
): Promise<unknown> {
  const { client, resource, namespace, metrics } = options;
  const { query, accept, splitter, signal } = request;
  metrics.reads += 1;
  const path = collectionPath(resource, namespace);
  const answer = await answered(options, client.request({ path, query, accept, readDeadlineMs: options.silence.readDeadlineMs, signal }));
  for await (const chunk of answer.body) {
    count(options, chunk);
    for (const item of splitter.push(chunk)) take(item);
  }
  return splitter.end();
}

/** A server that does not end a watch when it should is given so much longer. */
const TIMEOUT_GRACE_MS = 30_000;

interface WatchRequest {
  readonly start: WatchStart;
  readonly accept: string;
  readonly query: KubeQuery;
  readonly signal: AbortSignal;
}

/** Takes a line. @returns the version up to which all has been handed over; undefined while something has yet to be read */
type TakeFrame = (frame: Buffer) => string | undefined;

/** Reads a watch to its end, with pauses where very much changes (watch-pace.ts), and hands out its lines. */
export async function streamWatch<T>(
  options: SourceOptions<T>,
  request: WatchRequest,
  sink: Pick<WatchSink<T>, "opened">,
  take: TakeFrame,
): Promise<void> {
  const { time, pace, watchTimeoutMs } = options;
  const { start, signal } = request;
  const { least, most } = watchTimeoutMs;
  const endMs = time.nowMs() + (start.quiet ? most : least + Math.random() * (most - least));
  pace.begin(time.nowMs());
  let reached = await readWatch(options, request, endMs, sink, take);
  while (reached !== undefined && time.nowMs() + pace.pauseMs < endMs) {
    await time.wait(pace.pauseMs, signal);
    signal.throwIfAborted();
    const next = { ...request, start: { resourceVersion: reached, quiet: false } };
    try {
      reached = await readWatch(options, next, endMs, sink, take);
    } catch (error) {
      pace.hold(time.nowMs());
      throw error;
    }
  }
}

/** @returns the version to go on from after a pause; undefined where the server has ended the watch */
async function readWatch<T>(
  options: SourceOptions<T>,
  { start, accept, query, signal }: WatchRequest,
  endMs: number,
  sink: Pick<WatchSink<T>, "opened">,
  take: TakeFrame,
): Promise<string | undefined> {
  const { client, resource, namespace, metrics, time, pace } = options;
  const timeoutMs = endMs - time.nowMs();
  const guard = guardSilence(signal, options.silence, start.quiet, `watch ${resourceName(resource)}`);
  metrics.watches += 1;
  try {
    const sent = client.request({
      path: collectionPath(resource, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: start.resourceVersion,
        timeoutSeconds: Math.max(1, Math.round(timeoutMs / 1000)),
        fieldSelector: options.fieldSelector,
        ...query,
      },
      accept,
      readDeadlineMs: timeoutMs + TIMEOUT_GRACE_MS,
      signal: guard.signal,
    });
    const answer = await answered(options, sent);
    guard.opened();
    sink.opened();
    const splitter = new LineSplitter();
    let reached: string | undefined = start.resourceVersion;
    for await (const chunk of answer.body) {
      count(options, chunk);
      guard.heard();
      let lines = 0;
      for (const frame of splitter.push(chunk)) {
        reached = take(frame);
        lines += 1;
      }
      if (pace.heard(lines, !splitter.withinLine && reached !== undefined, time.nowMs())) return reached;
    }
    contact(options); // a kind that never changes says nothing, and ends its watch all the same
    if (splitter.endedWithinLine()) throw new FrameError(`${resourceName(resource)}: the watch ended within a line`);
    return undefined;
  } finally {
    guard.clear();
  }
}

/** Without an object: a CRD has up to 1 MB. */
export async function latestVersion<T>(options: SourceOptions<T>, signal: AbortSignal): Promise<string> {
  const { client, resource, namespace, fieldSelector } = options;
  const path = collectionPath(resource, namespace);
  const asked = client.json({ path, query: { limit: 1, fieldSelector }, accept: METADATA_LIST, signal });
  return pageEnd(resource, await answered(options, asked)).resourceVersion;
}

function contact<T>({ metrics, clock }: SourceOptions<T>): void {
  metrics.lastContact = clock();
}

/** A refusal is an answer too: the server was heard. */
async function answered<T, Answer>(options: SourceOptions<T>, sent: Promise<Answer>): Promise<Answer> {
  try {
    const answer = await sent;
    contact(options);
    return answer;
  } catch (error) {
    if (error instanceof StatusError) contact(options);
    throw error;
  }
}

function count<T>(options: SourceOptions<T>, chunk: Buffer): void {
  options.metrics.bytes += chunk.length;
  contact(options);
}
