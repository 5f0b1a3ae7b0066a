/**
 * From where a reflector reads on: the version from which the next watch resumes or, where there is none, how the next list is asked for.
 * Asks for nothing itself.
 */
import type { ListStart, RestartReason } from "./reflector-source.ts";
import { isOlder } from "./resource-version.ts";

/** So often is a watch tried from one version before the version itself is doubted. A server that lags behind catches up within a second, or not soon. */
const TRIES_PER_VERSION: Partial<Record<RestartReason, number>> = { Malformed: 3, FutureVersion: 2 };

export class ReadingPosition {
  #resume: string | undefined;
  #newest: string | undefined;
  #listStart: ListStart = { from: "Cache", paged: true };
  #tries = 0;

  /** Undefined where a list is due. */
  get resume(): string | undefined {
    return this.#resume;
  }

  get listStart(): ListStart {
    return this.#listStart;
  }

  /** @returns whether the list is older than what was seen before: etcd was restored */
  listed(resourceVersion: string): boolean {
    const restored = isOlder(resourceVersion, this.#newest);
    this.#resume = resourceVersion;
    this.#newest = resourceVersion;
    this.#listStart = { from: "Latest", paged: true };
    return restored;
  }

  /** @returns false, and stays, where the version is older than the one before */
  progressed(resourceVersion: string): boolean {
    if (isOlder(resourceVersion, this.#resume)) return false;
    this.#resume = resourceVersion;
    this.#newest = resourceVersion;
    this.#tries = 0;
    return true;
  }

  /** The next list is no older than now. */
  listLatest(): void {
    this.#resume = undefined;
    this.#tries = 0;
    this.#listStart = { from: "Latest", paged: this.#listStart.paged };
  }

  /** The kind has gone: when it comes back, its versions may be any. */
  forget(): void {
    this.listLatest();
    this.#newest = undefined;
  }

  /** Where to begin after a request failed. */
  failed(verb: "list" | "watch", reason: RestartReason): void {
    if (verb === "list") {
      // A list from the cache that was cut can be too large for the server's time-out; pages are not. A page that expired is read in one piece.
      const refused = reason === "Forbidden" || reason === "Unauthorized" || reason === "Throttled";
      this.#listStart = { from: refused ? this.#listStart.from : "Latest", paged: reason !== "Expired" };
      return;
    }
    const most = TRIES_PER_VERSION[reason];
    if (most !== undefined) this.#tries += 1;
    const versionIsGone = reason === "Expired" || reason === "NotFound";
    // Without the right to watch, lists are the only way to see what changes.
    const mayOnlyList = reason === "Forbidden";
    if (versionIsGone || mayOnlyList || (most !== undefined && this.#tries >= most)) this.listLatest();
  }
}
