/** What a reflector asks of the one that reads for it. A source reads and judges objects; when to read, and what an error means, the reflector decides. */

import type { Kept } from "./kept-set.ts";

/** `Cache`: what the server has at hand, cheap and perhaps seconds old. `Latest`: never older than anything seen before. */
export interface ListStart {
  readonly from: "Cache" | "Latest";
  /** False where a continue token expired on the way: one page cannot expire. */
  readonly paged: boolean;
}

/** A whole list. */
export interface Listed<T> {
  readonly kept: ReadonlyMap<string, Kept<T>>;
  readonly resourceVersion: string;
}

/** Where a watch tells what it hears. */
export interface WatchSink<T> {
  /** The server has accepted the watch, or one after a pause. */
  opened(): void;
  /** All that came before this version has been handed over. */
  progressed(resourceVersion: string): void;
  put(key: string, kept: Kept<T>): void;
  remove(key: string, uid: string): void;
  kept(key: string): Kept<T> | undefined;
  /** Keys of what is kept under a name, in all namespaces. */
  keysNamed(name: string): readonly string[];
}

/** Where a watch goes on, and what is known of its kind. */
export interface WatchStart {
  readonly resourceVersion: string;
  /** The server has no bookmarks for this kind: silence is no sign of a dead connection. */
  readonly quiet: boolean;
}

/** One way of reading a resource. All throw StatusError, ConnectionError, FrameError, or the signal's reason. */
export interface Source<T> {
  list(start: ListStart, signal: AbortSignal): Promise<Listed<T>>;
  /** Resolves when the watch has ended in good order. */
  watch(start: WatchStart, sink: WatchSink<T>, signal: AbortSignal): Promise<void>;
  /** Needs the right to list. @returns the version that the cluster is at. */
  latestVersion(signal: AbortSignal): Promise<string>;
}

/** Counters of one reflector; they only grow. */
export interface ReflectorMetrics {
  /** Lists are read in requests: one a page, and one for all objects of a name. */
  reads: number;
  watches: number;
  /** Watches and lists that had to be started again, by reason. */
  readonly restarts: Partial<Record<RestartReason, number>>;
  /** Bytes of all answers. */
  bytes: number;
  /** Frames that were parsed, and frames that were passed over unparsed. */
  parsed: number;
  passedOver: number;
  /** When the server was last heard. */
  lastContact: Date | undefined;
  source: ReflectorSource;
}

/** What is read: a Table of names and images, or whole objects (or their metadata). */
export type ReflectorSource = "table" | "full";

/** Why something was started again. `Ended` is the healthy one: a watch ended at its time-out. `Restored`: the cluster went back to an older version. */
export type RestartReason =
  | "Ended"
  | "Cut"
  | "Silent"
  | "Expired"
  | "FutureVersion"
  | "Malformed"
  | "Forbidden"
  | "Unauthorized"
  | "NotFound"
  | "Throttled"
  | "ServerError"
  | "Credentials"
  | "Restored"
  | "Asked";
