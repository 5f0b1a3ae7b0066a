/** Watches a mounted data folder and tells when its files are others. Parses nothing: load.ts does. */
import { setTimeout as sleep } from "node:timers/promises";
import { filesOf } from "./folder.ts";

/** The kubelet brings a changed ConfigMap within a minute or two: looking more often would gain nothing. A look is some stat calls. */
const FOLLOW_INTERVAL_MS = 10_000;

export interface FollowOptions {
  folder: string;
  /** The state of the files that were read last; one that differs by now is told at the first look. */
  known: string;
  /** Called after the files have changed, one call after the other; a rejection is the caller's bug. */
  changed: () => Promise<void>;
  intervalMs?: number;
}

/** @returns a function that ends the watch and waits for a call under way */
export function followFolder({ folder, known: first, changed, intervalMs = FOLLOW_INTERVAL_MS }: FollowOptions): () => Promise<void> {
  const ended = new AbortController();
  const run = async (): Promise<void> => {
    let known = first;
    while (!ended.signal.aborted) {
      await sleep(intervalMs, undefined, { signal: ended.signal }).catch(() => undefined);
      if (ended.signal.aborted) return;
      const now = fingerprint(folder);
      if (now === known) continue;
      known = now;
      await changed();
    }
  };
  const running = run();
  return async () => {
    ended.abort();
    await running;
  };
}

/** @returns what tells one state of the folder from another; to be taken before the files are read */
export function fingerprint(folder: string): string {
  try {
    return filesOf(folder)
      .map(({ state }) => state)
      .join("\n");
  } catch (error) {
    // A folder that cannot be read, and a file that does not belong there, are states as well.
    return error instanceof Error ? error.message : "unreadable";
  }
}
