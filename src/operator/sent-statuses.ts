/**
 * The statuses of one object that may stand there through us: the last one that the server confirmed, and those sent since whose answers
 * were lost. The server may have stored such a one, and what it stored is no stranger's. Compares; reads and writes nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { isOlder } from "../kube/resource-version.ts";

/** Whoever loses so many answers in a row has other troubles; more would only be kept in memory. */
const MOST = 8;

export class SentStatuses {
  /** The newest last. */
  #statuses: unknown[] = [];
  /** Of the object, with our last confirmed write. */
  #resourceVersion: string | undefined;

  /**
   * Whether a status may be ours. Before the first write of this process any may: of the process before it, say. So may one that a watch
   * shows from before our last write: it is late, and nobody has written over us.
   *
   * @param resourceVersion of the object in which it stands
   */
  includes(status: unknown, resourceVersion: string): boolean {
    if (this.#resourceVersion === undefined || isOlder(resourceVersion, this.#resourceVersion)) return true;
    return this.#statuses.some((known) => isDeepStrictEqual(known, status));
  }

  /** A status is on its way; whether it arrives may never be known. */
  sending(status: unknown): void {
    this.#statuses = [...this.#statuses.filter((known) => !isDeepStrictEqual(known, status)), status].slice(-MOST);
  }

  /** The server has answered that this is what it stores now. */
  stands(status: unknown, resourceVersion: string): void {
    this.#statuses = [status];
    this.#resourceVersion = resourceVersion;
  }
}
