/**
 * Keeps the objects of one resource that are ours, as the cluster has them: lists once, watches from there, and heals whatever
 * interrupts that. Says when it could not look. Judges no object (keep does), and reads no byte (its source does).
 */

import type { KubeClient } from "./client.ts";
import { createFullSource } from "./full-source.ts";
import type { KubeLog } from "./log.ts";
import { type LoopTime, PROCESS_TIME } from "./loop-time.ts";
import { ReflectorLoop } from "./reflector-loop.ts";
import type { ReflectorMetrics, ReflectorSource } from "./reflector-source.ts";
import type { Reflector } from "./reflector-state.ts";
import { type ReflectorTimings, withDefaults } from "./reflector-timings.ts";
import type { ResourceType } from "./resource.ts";
import type { SourceOptions } from "./resource-stream.ts";
import type { TellingColumn } from "./table.ts";
import { tableFirst } from "./table-first.ts";
import { createTableSource } from "./table-source.ts";
import { WatchPace } from "./watch-pace.ts";

export type { ReflectorMetrics, ReflectorSource, RestartReason } from "./reflector-source.ts";
export type { Reflector, ReflectorState } from "./reflector-state.ts";
export type { ReflectorTimings } from "./reflector-timings.ts";
export type { ResourceType } from "./resource.ts";

export interface ReflectorOptions<T> {
  readonly client: KubeClient;
  readonly resource: ResourceType;
  readonly log: KubeLog;
  readonly clock: () => Date;
  /** `Metadata` asks for PartialObjectMetadata. */
  readonly form: "Object" | "Metadata";
  readonly fieldSelector?: string | undefined;
  /** Every cluster has this kind: a 404 comes from somebody in between, and never means that nothing is there. */
  readonly alwaysServed?: boolean | undefined;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  /** Words of which one stands in every object that is ours. Absent: every frame is parsed. */
  readonly needles?: readonly string[] | undefined;
  /** The column of the server's Table in which a needle of ours stands: the Table is read first, and objects whole only where it hits. */
  readonly table?: TellingColumn | undefined;
  /** `full`: whole objects from the start, whatever `table` says. */
  readonly source?: ReflectorSource | undefined;
  /** @returns what to keep of an object; undefined where it is not ours. A throw is a bug of one object: it is logged and left out. */
  keep(object: unknown): T | undefined;
  /** Called after the kept set or the state changed, the first sync included. */
  changed(): void;
  /** Called where a list came from before what was seen: etcd was restored. */
  readonly restored?: (() => void) | undefined;
  readonly timings?: Partial<ReflectorTimings> | undefined;
  /** Default: the process's. */
  readonly time?: LoopTime | undefined;
}

/** @returns a reflector that has not started. */
export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const timings = withDefaults(options.timings);
  const metrics: ReflectorMetrics = {
    reads: 0,
    watches: 0,
    restarts: {},
    bytes: 0,
    parsed: 0,
    passedOver: 0,
    lastContact: undefined,
    source: "full",
  };
  const { resource, log, table, needles, time = PROCESS_TIME } = options;
  const reading: SourceOptions<T> = {
    client: options.client,
    resource,
    form: options.form,
    fieldSelector: options.fieldSelector,
    namespace: options.namespace,
    needles,
    keep: (object) => options.keep(object),
    log,
    clock: options.clock,
    time,
    metrics,
    pageObjects: timings.pageObjects,
    silence: timings,
    pace: new WatchPace(timings),
    watchTimeoutMs: timings.watchTimeoutMs,
  };
  const full = createFullSource(reading);
  const asTable = options.source !== "full" && table && needles;
  const source = asTable ? tableFirst(createTableSource({ ...reading, needles, telling: table }), full, reading) : full;
  const alwaysServed = options.alwaysServed ?? false;
  const { restored } = options;
  return new ReflectorLoop({ source, resource, alwaysServed, log, metrics, timings, time, changed: () => options.changed(), restored });
}
