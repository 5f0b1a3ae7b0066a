/** What can go wrong between us and an API server, as types that code can act on. Decides nothing: who catches decides. */

import * as z from "zod";
import { visibleText } from "../detect/visible-text.ts";

/** What a Kubernetes Status says beside its message: which object, and the single causes. */
export type StatusDetails = z.infer<typeof statusDetails>;

const statusDetails = z.looseObject({
  name: z.string().optional(),
  group: z.string().optional(),
  kind: z.string().optional(),
  uid: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  causes: z
    .array(z.looseObject({ reason: z.string().optional(), message: z.string().optional(), field: z.string().optional() }))
    .nullish()
    .transform((causes) => causes ?? []),
});

const statusBody = z.looseObject({
  kind: z.literal("Status"),
  code: z.number().int().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: statusDetails.nullish(),
});

/** Characters of a server's message that are kept: a hostile or broken server must not fill our log. */
const MESSAGE_CHARACTERS = 2048;

/** The server answered, and the answer is no. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** The HTTP status, or the code of a Status that came in a stream. */
  readonly code: number;
  /** The machine's word: `Forbidden`, `Expired`, `AlreadyExists`; empty where the server gave none. */
  readonly reason: string;
  /** The server's own sentence, without the request in front of it. */
  readonly serverMessage: string;
  /** Seconds that the server asked us to wait. */
  readonly retryAfterSeconds: number | undefined;
  readonly details: StatusDetails | undefined;

  constructor(facts: {
    request: string;
    code: number;
    reason: string;
    serverMessage: string;
    retryAfterSeconds?: number | undefined;
    details?: StatusDetails | undefined;
    cause?: unknown;
  }) {
    // It becomes part of a condition and of the log: a proxy in between may answer with anything.
    const said = visibleText(facts.serverMessage, MESSAGE_CHARACTERS);
    super(`${facts.request}: ${facts.code}${facts.reason ? ` ${facts.reason}` : ""}${said ? `: ${said}` : ""}`, { cause: facts.cause });
    this.code = facts.code;
    this.reason = facts.reason;
    this.serverMessage = said;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.details = facts.details;
  }
}

/** Why no whole answer came. `Silent`: connected, but nothing was heard for the read deadline. `TimedOut`: the whole call took too long. */
export type ConnectionTrouble = "Failed" | "Silent" | "TimedOut" | "TooLarge" | "Malformed" | "Credentials";

/** No whole answer came: refused, reset, silent, too slow, too large, unreadable, or there is no credential to ask with. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly trouble: ConnectionTrouble;

  constructor(trouble: ConnectionTrouble, message: string, cause?: unknown) {
    super(message, { cause });
    this.trouble = trouble;
  }
}

/** The object was changed by somebody else since it was read: read it again, then write. */
export class Conflict extends Error {
  override readonly name = "Conflict";
}

/** The object is larger than the server stores. The same write never succeeds: it has to shrink first. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/**
 * Reads a refusal, whether the server put a Status, text or nothing in its body.
 *
 * @param request what was asked, for the message: `GET /version`
 * @param code the HTTP status
 * @param text the body, as far as it was read
 * @param retryAfter the Retry-After header: seconds, or a date in HTTP's form
 * @param now for a Retry-After that is a date
 */
export function statusErrorFrom(request: string, code: number, text: string, retryAfter: string | undefined, now: Date): StatusError {
  const status = statusFrom(text);
  return new StatusError({
    request,
    code,
    reason: status?.reason ?? "",
    serverMessage: status?.message ?? text.trim(),
    retryAfterSeconds: retryAfterSeconds(retryAfter, now) ?? status?.details?.retryAfterSeconds,
    details: status?.details ?? undefined,
  });
}

/**
 * Reads the Status that came as the object of an ERROR frame in a watch whose HTTP status was 200.
 *
 * @returns undefined where the object is no Status.
 */
export function statusErrorOf(request: string, object: unknown): StatusError | undefined {
  const status = statusBody.safeParse(object);
  if (!status.success) return undefined;
  const { code, reason, message, details } = status.data;
  return new StatusError({
    request,
    code: code ?? 500,
    reason: reason ?? "",
    serverMessage: message ?? "",
    retryAfterSeconds: details?.retryAfterSeconds,
    details: details ?? undefined,
  });
}

/** @returns a text field of anything that was thrown, by its shape: not each error is of this realm's class. */
export function errorField(error: unknown, field: "name" | "message" | "stack" | "code" | "syscall"): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" ? value : undefined;
}

/** @returns the sentence of anything that was thrown. */
export function messageOf(error: unknown): string {
  return errorField(error, "message") ?? String(error);
}

/** @returns where anything was thrown, or else its sentence. For bugs. */
export function stackOf(error: unknown): string {
  return errorField(error, "stack") ?? messageOf(error);
}

function statusFrom(text: string): z.infer<typeof statusBody> | undefined {
  try {
    return statusBody.parse(JSON.parse(text));
  } catch {
    return undefined; // a proxy in between answers with text or HTML; its words are the message then
  }
}

function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
