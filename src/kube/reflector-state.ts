/** What the rest of the operator sees of a reflector, whichever source it reads from. */

import type { ReflectorMetrics } from "./reflector-source.ts";

/** What a reflector can say of its resource. Only Synced and NotInstalled state absence. */
export type ReflectorState =
  | { at: "Starting" }
  | { at: "Synced" }
  | { at: "NotInstalled" }
  | { at: "Unreadable"; verb: "list" | "watch"; reason: "Forbidden" | "Unauthorized" | "Unavailable"; message: string };

export interface Reflector<T> {
  /** As RBAC names it: `deployments.apps`. */
  readonly resource: string;
  state(): ReflectorState;
  /** The kept objects: the last good set, in every state. The same array until something changes. */
  items(): readonly T[];
  /** Begins; a second call does nothing. */
  start(): void;
  /** Ends all requests and waits; leaves no timer and no socket in use. Nothing changes afterwards. */
  stop(): Promise<void>;
  /** Reads the latest list again, now: the CRD came or went, or somebody asked. */
  relist(): void;
  /** Tries again now what it waits to try again, unless the server named the wait: it answers somebody else. */
  hurry(): void;
  readonly metrics: Readonly<ReflectorMetrics>;
}
