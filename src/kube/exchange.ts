/** One HTTP exchange: sends a request and hands its answer out as a stream, within deadlines. Knows no Kubernetes, no credentials, no retries. */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import { createGunzip } from "node:zlib";
import { ConnectionError, errorField, messageOf } from "./errors.ts";

/** After so much silence the kernel asks whether the other side is still there; Linux gives up 10 s later, as Node sets it. */
const TCP_PROBE_MS = 30_000;

/** What to send, and how long to wait. */
export interface Sending {
  /** For messages: `GET /version`. */
  readonly label: string;
  readonly url: URL;
  readonly options: RequestOptions;
  readonly body?: string | undefined;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly readDeadlineMs: number;
  /** Milliseconds for the whole exchange; none for a watch. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whose body is to be read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Buffer>;
}

/** A socket of the pool was closed by the server just as we wrote to it: nothing was answered, and a second try is due. */
export class StaleSocket extends ConnectionError {}

/**
 * Sends one request.
 *
 * @returns the answer as soon as its headers are there, whatever its status.
 * @throws ConnectionError where none came; the signal's reason where it was aborted. The body throws the same.
 */
export function exchange(sending: Sending): Promise<Answer> {
  const { label, signal } = sending;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const send = sending.url.protocol === "http:" ? requestHttp : requestHttps;
    const request = send({ ...sending.options, ...addressOf(sending.url) });
    let response: IncomingMessage | undefined;
    const fail = (error: unknown) => {
      const reason = error instanceof Error ? error : new Error(messageOf(error));
      // Destroying the request would make its reader see a bare "aborted".
      if (response) response.destroy(reason);
      else request.destroy(reason);
    };
    const deadlines = startDeadlines(sending, fail);
    const onAbort = () => fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    request.on("close", () => {
      deadlines.clear();
      signal?.removeEventListener("abort", onAbort);
    });
    // Said for each socket: the kernel then finds a dead peer behind a connection on which nothing is due.
    request.on("socket", (socket) => socket.setKeepAlive(true, TCP_PROBE_MS));
    request.on("error", (error) => reject(troubleOf(error, label, signal, request.reusedSocket && !response)));
    request.on("response", (incoming) => {
      response = incoming;
      deadlines.heard();
      incoming.on("error", () => {}); // told by the body's reader; without a reader it would end the process
      resolve(answerOf(incoming, sending, deadlines.heard));
    });
    request.end(sending.body);
  });
}

function addressOf(url: URL): RequestOptions {
  // URL keeps the brackets of an IPv6 address, the socket wants it bare.
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (url.protocol === "http:" ? 80 : 443),
    path: url.pathname + url.search,
  };
}

function answerOf(incoming: IncomingMessage, sending: Sending, heard: () => void): Answer {
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: bodyOf(incoming, sending, heard),
  };
}

async function* bodyOf(incoming: IncomingMessage, sending: Sending, heard: () => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of decoded(incoming, heard)) {
      heard();
      yield chunk;
    }
  } catch (error) {
    throw troubleOf(error, sending.label, sending.signal, false);
  } finally {
    if (!incoming.complete) incoming.destroy();
  }
}

function decoded(incoming: IncomingMessage, heard: () => void): AsyncIterable<Buffer> {
  const encoding = incoming.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return incoming;
  if (encoding !== "gzip")
    throw new ConnectionError("Malformed", `answered in the encoding "${encoding.slice(0, 40)}", which was not asked for`);
  const gunzip = createGunzip();
  incoming.on("data", heard);
  incoming.on("error", (error) => gunzip.destroy(error));
  return incoming.pipe(gunzip);
}

interface Deadlines {
  heard(): void;
  clear(): void;
}

function startDeadlines(sending: Sending, fail: (error: ConnectionError) => void): Deadlines {
  const { label, readDeadlineMs, timeoutMs } = sending;
  const silent = setTimeout(
    () => fail(new ConnectionError("Silent", `${label}: nothing was heard for ${readDeadlineMs / 1000} s`)),
    readDeadlineMs,
  );
  const overall =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => fail(new ConnectionError("TimedOut", `${label}: not answered within ${timeoutMs / 1000} s`)), timeoutMs);
  return {
    heard: () => {
      silent.refresh();
    },
    clear: () => {
      clearTimeout(silent);
      clearTimeout(overall);
    },
  };
}

function troubleOf(error: unknown, label: string, signal: AbortSignal | undefined, stale: boolean | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof ConnectionError) return error;
  const code = errorField(error, "code");
  if (stale && (code === "ECONNRESET" || code === "EPIPE"))
    return new StaleSocket("Failed", `${label}: ${code} on a kept connection`, error);
  return new ConnectionError("Failed", `${label}: ${messageOf(error)}`, error);
}
