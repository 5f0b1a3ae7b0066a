/**
 * The one way to an API server: one keep-alive agent a cluster, credentials asked anew for each request, errors as types.
 * Knows no kinds and keeps nothing that it reads; lists and watches are read by the reflector.
 */

import { Agent as HttpAgent } from "node:http";
import type { RequestOptions } from "node:https";
import { type Credential, createCredentials, saysTheSame } from "./credentials.ts";
import { ConnectionError, StatusError, statusErrorFrom } from "./errors.ts";
import { type Answer, exchange, StaleSocket } from "./exchange.ts";
import type { Cluster } from "./kubeconfig.ts";
import { ResumingAgent } from "./resuming-agent.ts";

/** An idle connection is kept this long. The server closes after 90 s [1]; the operator wakes once a minute at least, and a new TLS
 *  handshake costs more than the write it is for. [1] k8s.io/apiserver, server/secure_serving.go, IdleTimeout */
const IDLE_CONNECTION_MS = 75_000;

/** Bytes of an answer that is read whole: the server stores objects up to about 1.5 MiB, a Table of them is smaller. */
const BODY_BYTES = 16 * 1024 * 1024;

/** Bytes of a refusal that are read. */
const REFUSAL_BYTES = 64 * 1024;

/** Settings of a client. Times in milliseconds. */
export interface ClientSettings {
  /** Our version, for the User-Agent. */
  readonly version: string;
  /** For a call that is read whole; default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Silence after which a connection counts as dead; default 90 s, as bookmarks come every 60 s. */
  readonly readDeadlineMs?: number | undefined;
  /** `gzip` is for remote clusters: ten times fewer bytes, much more work for the server. Default `identity`. */
  readonly encoding?: "identity" | "gzip" | undefined;
  readonly clock?: (() => Date) | undefined;
  /** Whom to act as: kubectl's --as. */
  readonly impersonate?: string | undefined;
}

/** One request. `query` leaves out what is undefined. */
export interface KubeRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE" | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** The Accept header; default JSON. */
  readonly accept?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly readDeadlineMs?: number | undefined;
}

export interface KubeClient {
  /** The cluster's name and address, for messages. */
  readonly name: string;
  readonly server: string;
  /**
   * Sends a request and hands out the body as a stream, to be read to its end. No overall time-out unless one is given.
   *
   * @throws StatusError for any status that is not 2xx (redirects are not followed), ConnectionError where no answer came.
   */
  request(request: KubeRequest): Promise<Answer>;
  /**
   * Sends a request and parses its body.
   *
   * @throws as request does, and ConnectionError for a body that is too large or no JSON.
   */
  json(request: KubeRequest): Promise<unknown>;
  /** Ends all connections of its own: requests under way fail, and none is sent any more. Those through a proxy end by their own limits. */
  close(): void;
}

/** @returns a client of one cluster. Connects to nothing yet. */
export function createClient(cluster: Cluster, settings: ClientSettings): KubeClient {
  const credentials = createCredentials(cluster);
  const clock = settings.clock ?? (() => new Date());
  const pool = { keepAlive: true, timeout: IDLE_CONNECTION_MS };
  const agent = cluster.server.protocol === "http:" ? new HttpAgent(pool) : new ResumingAgent(pool);
  const userAgent = `flux-migration-operator/${settings.version} (node ${process.versions.node}; ${process.platform}/${process.arch})`;
  const prefix = cluster.server.pathname.replace(/\/$/, "");

  let closed = false;
  const ensureOpen = ({ method = "GET", path }: KubeRequest): void => {
    if (closed) throw new ConnectionError("Failed", `${method} ${path}: the client was closed`);
  };

  const attempt = async (request: KubeRequest, credential: Credential): Promise<Answer> => {
    const method = request.method ?? "GET";
    const label = `${method} ${request.path}`;
    ensureOpen(request); // it may have been closed while the credential was asked for
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const { agent: proxyAgent, headers, ...tls } = credential.options;
    const options: RequestOptions = {
      ...tls,
      method,
      agent: cluster.proxied ? proxyAgent : agent,
      // Said outright, or NODE_TLS_REJECT_UNAUTHORIZED in the environment would switch the check off.
      rejectUnauthorized: tls.rejectUnauthorized ?? true,
      headers: {
        ...trimmed(headers),
        "user-agent": userAgent,
        accept: request.accept ?? "application/json",
        ...(settings.impersonate === undefined ? {} : { "impersonate-user": settings.impersonate }),
        "accept-encoding": settings.encoding ?? "identity",
        ...(body === undefined
          ? {}
          : { "content-type": request.contentType ?? "application/json", "content-length": Buffer.byteLength(body) }),
      },
    };
    const url = new URL(cluster.server);
    url.pathname = prefix + request.path;
    url.search = queryOf(request.query);
    const readDeadlineMs = request.readDeadlineMs ?? settings.readDeadlineMs ?? 90_000;
    const answer = await exchange({ label, url, options, body, readDeadlineMs, timeoutMs: request.timeoutMs, signal: request.signal });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusalOf(label, answer, clock());
  };

  const request = async (wanted: KubeRequest): Promise<Answer> => {
    ensureOpen(wanted);
    const first = await credentials.present();
    try {
      return await attempt(wanted, first);
    } catch (error) {
      if (error instanceof StatusError && error.code === 401) {
        credentials.refuse(first); // rotated a moment ago: what a cache holds is of no use
        const second = await credentials.present();
        if (saysTheSame(first, second)) throw error;
        return attempt(wanted, second);
      }
      // A POST may have been carried out; all others say the same thing twice.
      if (error instanceof StaleSocket && !closed && wanted.method !== "POST") return attempt(wanted, first);
      throw error;
    }
  };

  return {
    name: cluster.name,
    server: cluster.server.href,
    request,
    json: async (wanted) => {
      const label = `${wanted.method ?? "GET"} ${wanted.path}`;
      const answer = await request({ ...wanted, timeoutMs: wanted.timeoutMs ?? settings.timeoutMs ?? 30_000 });
      const { text, whole } = await textOf(answer, BODY_BYTES);
      if (!whole) throw new ConnectionError("TooLarge", `${label}: the answer is larger than ${BODY_BYTES} bytes`);
      try {
        return JSON.parse(text);
      } catch {
        throw new ConnectionError("Malformed", `${label}: the answer is no JSON`); // no cause: it quotes the body
      }
    },
    close: () => {
      closed = true;
      agent.destroy();
    },
  };
}

async function refusalOf(label: string, answer: Answer, now: Date): Promise<StatusError> {
  const { text } = await textOf(answer, REFUSAL_BYTES).catch(() => ({ text: "" })); // the status alone says enough
  const redirected = answer.status >= 300 && answer.status < 400;
  return statusErrorFrom(label, answer.status, redirected ? "redirected, which is not followed" : text, answer.headers["retry-after"], now);
}

async function textOf(answer: Answer, maxBytes: number): Promise<{ text: string; whole: boolean }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    pieces.push(chunk);
    if (bytes > maxBytes) break; // leaving the loop closes the connection
  }
  return { text: Buffer.concat(pieces).toString("utf8", 0, maxBytes), whole: bytes <= maxBytes };
}

function queryOf(query: KubeRequest["query"]): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) given.set(key, String(value));
  }
  return given.toString();
}

/** A token file ends in a newline now and then, which no header may hold. */
function trimmed(headers: RequestOptions["headers"]): Record<string, string | string[]> {
  const given = Array.isArray(headers) || headers === undefined ? {} : headers;
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name.toLowerCase(), Array.isArray(value) ? [...value] : String(value).trim()] as const];
    }),
  );
}
