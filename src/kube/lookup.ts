/** The answer to "what does the cluster hold?", where "we could not look" is an answer of its own. Knows no HTTP and no resource. */

import { messageOf } from "./errors.ts";

/** Found, Absent, or Unreadable with the reason. Absent is only said by a server that answered. */
export type Lookup<T> = { at: "Found"; value: T } | { at: "Absent" } | { at: "Unreadable"; why: string };

/** @returns the Unreadable answer that carries the sentence of an error. */
export function unreadable(error: unknown): { at: "Unreadable"; why: string } {
  return { at: "Unreadable", why: messageOf(error) };
}
