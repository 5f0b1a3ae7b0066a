/**
 * An HTTP listener for a few fixed paths, which anybody in the cluster may reach: it takes GET and HEAD, reads no body, repeats nothing of
 * a request, and lets no slow client hold it. Knows no content.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { messageOf } from "../kube/errors.ts";

/** A probe or a scrape sends its few headers at once. */
const MOST_HEADER_BYTES = 8 * 1024;

/** Times in milliseconds after which a client has had its chance. */
export interface ListenerTimings {
  /** From the connection to the last header. */
  headersMs: number;
  /** From the connection to the end of the request. */
  requestMs: number;
  /** Between two requests. */
  keepAliveMs: number;
  /** Without a byte in either direction: a client that does not read its answer. */
  idleMs: number;
  /** How often headersMs and requestMs are looked at. */
  checkMs: number;
}

const TIMINGS: ListenerTimings = { headersMs: 10_000, requestMs: 15_000, keepAliveMs: 5_000, idleMs: 15_000, checkMs: 2_000 };

/** The kubelet and a pair of Prometheus need a handful. */
const MOST_CONNECTIONS = 64;

export interface Answer {
  status: 200 | 503;
  body: string;
  /** Default: text/plain. */
  type?: string;
}

export interface ListenerOptions {
  /** `:8081`, on all addresses, or `127.0.0.1:8081`, `[::1]:8081`. Port 0: any that is free. */
  address: string;
  /** What a person sets it with, for errors: a flag. */
  setting: string;
  /** Answer by path. A throw is a bug: it is answered with 500, and `failed` is told. */
  routes: ReadonlyMap<string, () => Answer | Promise<Answer>>;
  failed?: (path: string, error: unknown) => void;
  timings?: Partial<ListenerTimings>;
}

export interface Listener {
  port: number;
  stop(): Promise<void>;
}

/** The address cannot be listened on. */
export class CannotListen extends Error {
  override readonly name = "CannotListen";
}

/** @throws CannotListen where the address is taken, or not one of this machine */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { address, setting } = options;
  const timings = { ...TIMINGS, ...options.timings };
  const respond = (request: IncomingMessage, response: ServerResponse) => void answer(options, request, response);
  const server = createServer(
    {
      headersTimeout: timings.headersMs,
      requestTimeout: timings.requestMs,
      keepAliveTimeout: timings.keepAliveMs,
      connectionsCheckingInterval: timings.checkMs,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    respond,
  );
  server.timeout = timings.idleMs;
  // Else Node asks for the body by itself.
  server.on("checkContinue", respond);
  limitConnections(server);
  try {
    await listen(server, options);
  } catch (error) {
    throw new CannotListen(`${setting} ${address}: ${messageOf(error)}; choose another address, or end what listens there`, {
      cause: error,
    });
  }
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : 0,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, { address, failed }: ListenerOptions): Promise<void> {
  const separator = address.lastIndexOf(":");
  const host = address.slice(0, separator).replace(/^\[|\]$/g, "");
  const port = Number(address.slice(separator + 1));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === "" ? {} : { host }) }, () => {
      server.removeListener("error", reject);
      // A machine that is out of file descriptors refuses this connection, and must not end the program.
      server.on("error", (error) => failed?.("(listening)", error));
      resolve();
    });
  });
}

/** Where there are too many, the one that was silent longest goes: refusing the newest would let idle clients lock out the kubelet. */
function limitConnections(server: Server): void {
  const open = new Set<Socket>();
  const heard = (socket: Socket) => {
    open.delete(socket);
    open.add(socket);
  };
  server.on("request", ({ socket }: IncomingMessage) => heard(socket));
  server.on("connection", (socket: Socket) => {
    heard(socket);
    socket.once("close", () => open.delete(socket));
    const [silent] = open;
    if (open.size > MOST_CONNECTIONS) silent?.destroy();
  });
}

const COMMON_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

async function answer({ routes, failed }: ListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Who sends a body is answered without it, and the connection ends: it would have to be read before the next request.
  if (hasBody(request)) response.setHeader("connection", "close");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    send(response, 405, "method not allowed\n");
    return;
  }
  const [path = ""] = (request.url ?? "").split("?", 1);
  const route = routes.get(path);
  if (!route) {
    send(response, 404, "not found\n");
    return;
  }
  try {
    const { status, body, type } = await route();
    send(response, status, body, type);
  } catch (error) {
    failed?.(path, error);
    send(response, 500, "internal error\n");
  }
}

function send(response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { ...COMMON_HEADERS, "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return "transfer-encoding" in headers || (headers["content-length"] ?? "0") !== "0";
}
