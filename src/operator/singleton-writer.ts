/**
 * Writes what was judged of the cluster, and bears what stands against it: somebody who wrote first, somebody who writes as well, a server
 * that finds it too large. Judges nothing.
 */
import { SINGLETON } from "../api/group.ts";
import type { MigrationStatus, MigrationStatusStatus } from "../api/migration-status.ts";
import { previousStatus } from "../assess/previous-status.ts";
import { Conflict, TooLarge } from "../kube/errors.ts";
import type { KubeLog } from "../kube/log.ts";
import type { Notices } from "./notices.ts";
import { STATUSES } from "./own-kinds.ts";
import type { ReconcileLoop } from "./reconcile-loop.ts";
import { Contested } from "./rivalry.ts";
import type { StatusWriter } from "./status-writer.ts";

/** What etcd takes in any configuration; tried once after it refused more. */
const SHRUNK_BYTES = 100 * 1024;

/** Whoever wrote before us wakes us by that. Nobody does where our own last write was lost: with an etcd that was restored from a backup. */
const CONFLICT_AGAIN_MS = 1_000;

/** By then the watch should have brought what stands in the way; a pass that is refused any longer has failed. */
const CONFLICT_BORNE_MS = 10_000;

export interface SingletonWriterOptions {
  readonly writer: StatusWriter;
  readonly log: KubeLog;
  readonly notices: Notices;
  readonly loop: Pick<ReconcileLoop, "wake" | "wakeAfter">;
}

/** `Conflict`: somebody wrote in between, and another pass follows. `Shrunk`: one follows at once, with a smaller status. `TooLarge`: even that was. */
export type SingletonWrite = "Written" | "Unchanged" | "Conflict" | "GaveWay" | "Shrunk" | "TooLarge";

export class SingletonWriter {
  readonly #options: SingletonWriterOptions;
  #mostBytes: number | undefined;
  /** The version that the watch has shown since the first of the conflicts. */
  #conflict: { resourceVersion: string | undefined; sinceMs: number } | undefined;

  constructor(options: SingletonWriterOptions) {
    this.#options = options;
  }

  /** Largest status that the server took, once it refused one. */
  get mostBytes(): number | undefined {
    return this.#mostBytes;
  }

  /**
   * @param shown the object that the status was judged from
   * @throws Conflict where it is refused for long, and the watch does not bring why; else as client.json does
   */
  async write(shown: MigrationStatus, status: MigrationStatusStatus): Promise<SingletonWrite> {
    const outcome = await this.#apply(shown, status);
    if (outcome !== "Conflict") this.#conflict = undefined;
    // Once everything fits again, the limit has had its time: but not in the pass that has just found it.
    const stands = outcome === "Written" || outcome === "Unchanged";
    if (stands && status.inventory?.omittedComponents === undefined) this.#mostBytes = undefined;
    return outcome;
  }

  async #apply(shown: MigrationStatus, status: MigrationStatusStatus): Promise<SingletonWrite> {
    const { writer, log, loop } = this.#options;
    try {
      return await writer.write({ resource: STATUSES, kind: "MigrationStatus" }, shown, status);
    } catch (error) {
      if (error instanceof TooLarge) return this.#shrink(error);
      if (error instanceof Contested) return this.#giveWay(error, shown);
      if (!(error instanceof Conflict) || this.#isBorneNoMore(shown)) throw error;
      log.debug("somebody else wrote first", { object: shown.metadata.name });
      loop.wakeAfter(CONFLICT_AGAIN_MS);
      return "Conflict";
    }
  }

  #isBorneNoMore({ metadata: { resourceVersion } }: MigrationStatus): boolean {
    const nowMs = performance.now();
    if (this.#conflict?.resourceVersion !== resourceVersion) this.#conflict = undefined;
    this.#conflict ??= { resourceVersion, sinceMs: nowMs };
    return nowMs - this.#conflict.sinceMs > CONFLICT_BORNE_MS;
  }

  #giveWay({ delayMs, begins }: Contested, { status }: MigrationStatus): "GaveWay" {
    const { log, loop } = this.#options;
    const theirs = previousStatus(status);
    if (begins)
      log.warn("somebody else writes the status as well; does another operator run, with other settings?", {
        object: SINGLETON,
        theirs: { version: theirs?.operator?.version, cluster: theirs?.cluster?.name, edition: theirs?.timetable?.edition },
        delayMs: Math.round(delayMs),
      });
    loop.wakeAfter(delayMs);
    return "GaveWay";
  }

  /** The same write never succeeds: it is judged again at a smaller size, once, so that what is compared later is what was written. */
  #shrink(error: TooLarge): "TooLarge" | "Shrunk" {
    const { log, loop, notices } = this.#options;
    if (this.#mostBytes !== undefined) {
      notices.say("size", `the status is too large even when shrunk to ${this.#mostBytes} bytes: ${error.message}`);
      return "TooLarge";
    }
    this.#mostBytes = SHRUNK_BYTES;
    log.warn("the server refused the status as too large; it is shrunk", { bytes: SHRUNK_BYTES });
    loop.wake();
    return "Shrunk";
  }
}
