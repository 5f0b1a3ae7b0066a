/**
 * The statuses of one object that may stand there through us: the last one that the server confirmed, and those sent since whose answers
 * were lost. The server may have stored such a one, and what it stored is no stranger's. Compares; reads and writes nothing.
 */
import { isDeepStrictEqual } from "node:util";

/** Whoever loses so many answers in a row has other troubles; more would only be kept in memory. */
const MOST = 8;

export class SentStatuses {
  /** The newest last. */
  #statuses: unknown[] = [];
  #confirmed = false;

  /** Whether a status may be ours. Before the first write of this process any may: of the process before it, say. */
  includes(status: unknown): boolean {
    return !this.#confirmed || this.#statuses.some((known) => isDeepStrictEqual(known, status));
  }

  /** A status is on its way; whether it arrives may never be known. */
  sending(status: unknown): void {
    this.#statuses = [...this.#statuses.filter((known) => !isDeepStrictEqual(known, status)), status].slice(-MOST);
  }

  /** The server has answered that this is what it stores now. */
  stands(status: unknown): void {
    this.#statuses = [status];
    this.#confirmed = true;
  }
}
