/** The requests of an election: each is answered within its limit, and every outcome is one that the election knows. Never retries, and keeps nothing. */

import type { KubeClient, KubeRequest } from "./client.ts";
import { ConnectionError, messageOf, StatusError } from "./errors.ts";
import { type Lease, type LeaseObject, readLease } from "./lease.ts";
import type { Answer } from "./lease-election.ts";
import { collectionPath, type ObjectAddress, objectPath } from "./resource.ts";

export interface LeaseRequestsOptions {
  readonly client: KubeClient;
  readonly address: ObjectAddress;
  readonly durationMs: number;
  readonly requestMs: number;
  /** For `kubectl get --show-managed-fields`. */
  readonly fieldManager: string;
}

/** None of them rejects. An aborted signal is a failure like others. */
export interface LeaseRequests {
  read(signal: AbortSignal): Promise<Answer>;
  create(lease: object, signal: AbortSignal): Promise<Answer>;
  /** The lease carries the version that it was seen at: who was faster wins. */
  update(lease: LeaseObject, signal: AbortSignal): Promise<Answer>;
}

export function createLeaseRequests({ client, address, durationMs, requestMs, fieldManager }: LeaseRequestsOptions): LeaseRequests {
  const ask = async (
    request: KubeRequest,
    signal: AbortSignal,
    answered: (lease: Lease) => Answer,
    refused: (error: StatusError) => Answer | undefined,
  ): Promise<Answer> => {
    try {
      const object = await within(requestMs, signal, request, (limited) => client.json({ ...request, signal: limited }));
      return answered(readLease(object, durationMs));
    } catch (error) {
      return (error instanceof StatusError && refused(error)) || failure(error);
    }
  };
  const written = (lease: Lease): Answer => ({ at: "Written", lease });
  const query = { fieldManager };
  return {
    read: (signal) =>
      ask(
        { path: objectPath(address) },
        signal,
        (lease) => ({ at: "Seen", sighting: { at: "Found", lease } }),
        ({ code }) => (code === 404 ? { at: "Seen", sighting: { at: "Absent" } } : undefined),
      ),
    create: (body, signal) =>
      ask({ method: "POST", path: collectionPath(address.resource, address.namespace), query, body }, signal, written, ({ code }) =>
        code === 409 ? { at: "Outdated" } : undefined,
      ),
    update: (body, signal) =>
      ask({ method: "PUT", path: objectPath(address), query, body }, signal, written, ({ code }) =>
        code === 409 || code === 404 ? { at: "Outdated" } : undefined,
      ),
  };
}

/** Refusals that may be none in a moment: a token that was just rotated, a server that is busy. */
const PASSING = new Set([401, 408, 425, 429]);

function failure(error: unknown): Answer {
  const why = messageOf(error);
  if (!(error instanceof StatusError)) return { at: "Failed", why, retryAfterMs: 0 };
  const lasting = error.code >= 400 && error.code < 500 && !PASSING.has(error.code);
  return lasting ? { at: "Refused", code: error.code, why } : { at: "Failed", why, retryAfterMs: (error.retryAfterSeconds ?? 0) * 1000 };
}

/** The limit holds for everything, also for a credential plugin that takes its time: no signal reaches that one. */
async function within<T>(
  limitMs: number,
  signal: AbortSignal,
  { method = "GET", path }: KubeRequest,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const given = Promise.withResolvers<never>();
  const giveUp = (reason: unknown) => {
    limited.abort(reason);
    given.reject(reason);
  };
  const late = () => giveUp(new ConnectionError("TimedOut", `${method} ${path}: not answered within ${limitMs / 1000} s`));
  const timer = setTimeout(late, limitMs);
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([act(limited.signal), given.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
