/** Tells each transition of the singleton, in the log and as an Event. What is a transition, src/assess knows. */
import { API_VERSION, FIELD_MANAGER, SINGLETON } from "../api/group.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import type { Assessment } from "../assess/assess.ts";
import { recentChanges } from "../assess/transitions.ts";
import { createEventRecorder, type EventRecorder } from "../kube/events.ts";
import type { WatchContext } from "./watch-context.ts";

/** A server keeps Events for an hour, as a rule [1]: one that was told so shortly before is still there. [1] kube-apiserver, --event-ttl */
const RECENT_MS = 600_000;

export class TransitionEvents {
  readonly #log: WatchContext["log"];
  readonly #clock: WatchContext["clock"];
  readonly #events: EventRecorder;
  /** Whether what the last writer may have left untold has been told. */
  #caughtUp = false;

  /** @param context.instance the replica that reports: the pod's name */
  constructor(context: Pick<WatchContext, "client" | "log" | "clock"> & { instance: string }) {
    this.#log = context.log;
    this.#clock = context.clock;
    this.#events = createEventRecorder({ ...context, component: FIELD_MANAGER });
  }

  /** @param uid of the singleton */
  tell(changes: Assessment["changes"], uid: string): void {
    for (const { reason, message } of changes) this.#log.info("told a transition", { reason, message });
    this.#post(changes, uid);
  }

  /**
   * Tells what a status tells of, once in a term and once more where a write came to nothing: whoever wrote it may have died before it could.
   * An Event has its transition's name, and is not made twice.
   */
  catchUp(status: MigrationStatusStatus | undefined, uid: string): void {
    if (!this.#caughtUp) this.#post(recentChanges(status, this.#clock(), RECENT_MS), uid);
    this.#caughtUp = true;
  }

  /** A write may be stored although its answer was lost: the status that stands then tells of what we could not. */
  mayBeUntold(): void {
    this.#caughtUp = false;
  }

  /** Whoever leads now tells what the status tells of. */
  leadsNoMore(): void {
    this.#caughtUp = false;
    this.#events.forget();
  }

  stop(): Promise<void> {
    return this.#events.stop();
  }

  #post(changes: Assessment["changes"], uid: string): void {
    const about = { apiVersion: API_VERSION, kind: "MigrationStatus", name: SINGLETON, uid };
    for (const { type, reason, message, time } of changes) this.#events.post({ about, type, reason, message, transition: time });
  }
}
