/**
 * The statuses of one object that may stand there through us: the last one that the server confirmed, and those sent since whose answers
 * were lost or were refusals, which the second try of a lost request brings as well. The server may have stored such a one, and what it
 * stored is no stranger's. Compares; reads and writes nothing.
 */
import { createHash } from "node:crypto";
import { isOlder } from "../kube/resource-version.ts";

/** While the watch is late each try is refused, two of them a second: some minutes of that. */
const MOST = 1_000;

export class SentStatuses {
  /** Digests, the newest last: a status can have 400 KB. */
  #digests = new Set<string>();
  /** Of the object, with our last confirmed write. */
  #resourceVersion: string | undefined;
  /** Of what was sent to that end. */
  #sent: string | undefined;

  /**
   * Whether a status may be ours. Before the first write of this process any may: of the process before it, say. So may one that a watch
   * shows from before our last write: it is late, and nobody has written over us.
   *
   * @param resourceVersion of the object in which it stands
   */
  includes(status: unknown, resourceVersion: string): boolean {
    if (this.#resourceVersion === undefined || isOlder(resourceVersion, this.#resourceVersion)) return true;
    return this.#digests.has(digestOf(status));
  }

  /** A status is on its way; whether it arrives may never be known. */
  sending(status: unknown): void {
    const digest = digestOf(status);
    this.#digests.delete(digest);
    this.#digests.add(digest);
    const [oldest] = this.#digests;
    if (this.#digests.size > MOST && oldest !== undefined) this.#digests.delete(oldest);
  }

  /**
   * The server has answered that this is what it stores now.
   *
   * @param sent what it was given, where that is not the same
   */
  stands(status: unknown, resourceVersion: string, sent = status): void {
    this.#digests = new Set([digestOf(status)]);
    this.#resourceVersion = resourceVersion;
    this.#sent = digestOf(sent);
  }

  /** Whether the object stands as the server made it of this: where the two differ, as under a CRD of before, the same again changes nothing. */
  hasMadeOf(sent: unknown, resourceVersion: string): boolean {
    return resourceVersion === this.#resourceVersion && digestOf(sent) === this.#sent;
  }
}

/** Of JSON, whatever the order of its keys: the server has one of its own. */
function digestOf(status: unknown): string {
  const text = JSON.stringify(status, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(`${text}`).digest("base64");
}
