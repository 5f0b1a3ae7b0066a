/** Tells each transition of the singleton, in the log and as an Event. What is a transition, src/assess knows. */
import { API_VERSION, FIELD_MANAGER, SINGLETON } from "../api/group.ts";
import type { Assessment } from "../assess/assess.ts";
import { createEventRecorder, type EventRecorder } from "../kube/events.ts";
import type { WatchContext } from "./watch-context.ts";

export class TransitionEvents {
  readonly #log: WatchContext["log"];
  readonly #events: EventRecorder;

  /** @param context.instance the replica that reports: the pod's name */
  constructor(context: Pick<WatchContext, "client" | "log" | "clock"> & { instance: string }) {
    this.#log = context.log;
    this.#events = createEventRecorder({ ...context, component: FIELD_MANAGER });
  }

  /** @param uid of the singleton */
  async tell(changes: Assessment["changes"], uid: string): Promise<void> {
    const about = { apiVersion: API_VERSION, kind: "MigrationStatus", name: SINGLETON, uid };
    for (const { type, reason, message, time } of changes) {
      this.#log.info("told a transition", { reason, message });
      await this.#events.post({ about, type, reason, message, transition: time });
    }
  }
}
