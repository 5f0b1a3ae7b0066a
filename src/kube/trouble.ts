/** Sorts what went wrong while reading a resource into what can be done about it. Waits for nothing and keeps nothing. */

import { ConnectionError, StatusError } from "./errors.ts";
import { FrameError } from "./frames.ts";
import type { RestartReason } from "./reflector-source.ts";
import { type ResourceType, resourceName } from "./resource.ts";

/** What went wrong, and how long the server asked us to wait. */
export interface Trouble {
  readonly reason: RestartReason;
  readonly retryAfterMs: number;
}

type Rule = (error: StatusError) => RestartReason | undefined;

/** First answer wins. A 504 is Kubernetes' answer to a version that it has not reached yet, and to a slow etcd: the words tell them apart. */
const STATUS_RULES: readonly Rule[] = [
  (error) => (error.code === 410 || error.reason === "Expired" || error.reason === "Gone" ? "Expired" : undefined),
  (error) => (isFutureVersion(error) ? "FutureVersion" : undefined),
  (error) => (error.code === 401 ? "Unauthorized" : undefined),
  (error) => (error.code === 403 ? "Forbidden" : undefined),
  (error) => (error.code === 404 ? "NotFound" : undefined),
  (error) => (error.code === 429 ? "Throttled" : undefined),
];

/** @returns undefined where the error is none of the cluster's or the network's: a bug of ours. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof StatusError) {
    const reason = STATUS_RULES.map((rule) => rule(error)).find((found) => found !== undefined) ?? "ServerError";
    return { reason, retryAfterMs: (error.retryAfterSeconds ?? 0) * 1000 };
  }
  if (error instanceof FrameError) return { reason: "Malformed", retryAfterMs: 0 };
  if (!(error instanceof ConnectionError)) return undefined;
  return { reason: connectionReason(error), retryAfterMs: 0 };
}

function connectionReason(error: ConnectionError): RestartReason {
  switch (error.trouble) {
    case "Silent":
    case "TimedOut":
      return "Silent";
    case "Malformed":
    case "TooLarge":
      return "Malformed";
    case "Credentials":
      return "Credentials";
    case "Failed":
      return "Cut";
    default:
      return error.trouble satisfies never;
  }
}

/** Newer servers give a cause; 1.20 only says "Too large resource version: 9000, current: 800". */
function isFutureVersion(error: StatusError): boolean {
  if (error.details?.causes.some((cause) => cause.reason === "ResourceVersionTooLarge")) return true;
  return (error.code === 504 || error.reason === "Timeout") && /too large resource version/i.test(error.serverMessage);
}

/** @returns `deployments.apps: list is forbidden (403) for system:serviceaccount:flux:operator`. */
export function refusalSentence(
  resource: ResourceType,
  verb: "list" | "watch",
  error: Pick<StatusError, "code" | "serverMessage">,
): string {
  const user = /User "([^"]{1,512})" cannot /.exec(error.serverMessage)?.[1];
  const word = error.code === 401 ? "not authenticated (401)" : `forbidden (${error.code})`;
  return `${resourceName(resource)}: ${verb} is ${word}${user ? ` for ${user}` : ""}`;
}
