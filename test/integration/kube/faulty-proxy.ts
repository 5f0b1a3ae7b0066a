/**
 * A plain HTTP proxy in front of the real API server that can break what passes through it: answers of its own, garbled bytes, silence.
 * It forwards everything else, so that the server stays the real one. Which fault a request meets, its user decides.
 */
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { constants, createGzip } from "node:zlib";
import { type ClientSettings, createClient, type KubeClient } from "../../../src/kube/client.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

export type Fault =
  | { answer: { status: number; headers?: Record<string, string>; body?: string } }
  /** Rewrites each piece of the answer. */
  | { garble: (text: string) => string }
  /** Compresses the answer, one flushed piece at a time. */
  | { gzip: true }
  /** The request is taken, and nothing follows. */
  | { unanswered: true }
  /** The connection ends before an answer; `CarriedOut`: the server has done by then what it was asked for. */
  | { hangUp: "AtOnce" | "CarriedOut" }
  /** The answer passes through this on its way. */
  | { through: (downstream: Downstream) => Transform };

/** The client's side of one answer. */
export interface Downstream {
  /** Ends the connection; `Reset` with an RST instead of a FIN. */
  drop(how: "Cut" | "Reset"): void;
}

/** One request, as it went by. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as the client asked. */
  readonly url: URL;
  readonly accept: string;
  /** What the client sent, where the proxy reads bodies. */
  readonly body: string;
  /** Whether it was broken. */
  readonly faulty: boolean;
  /** HTTP status of the server's answer; undefined as long as there is none. */
  status: number | undefined;
}

export interface FaultyProxyOptions {
  /** Rewrites path and body of each request on its way to the server. */
  readonly rewrite?: (text: string) => string;
  /** Told of each request, and of each piece that was handed to the client, as it was before it was compressed. */
  readonly asked?: (exchange: Exchange) => void;
  readonly passed?: (exchange: Exchange, piece: Buffer) => void;
}

export interface FaultyProxy {
  readonly url: string;
  /** Asked for each request; undefined lets it pass. */
  fault: (method: string, url: URL) => Fault | undefined;
  /** True: not a byte passes in either direction, and no connection ends. */
  muted: boolean;
  /** Requests so far: "GET /path?query". */
  readonly requests: string[];
  /** Ends all connections, without a word. */
  cut(): void;
  /** Connections from the client that are open now. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function startFaultyProxy(cp: ControlPlane, options: FaultyProxyOptions = {}): Promise<FaultyProxy> {
  const tls: { ca?: Buffer; headers?: Record<string, string> } = {};
  await loadCluster({ kubeconfig: cp.kubeconfig }).kubeConfig().applyToHTTPSOptions(tls);
  const { rewrite = (text) => text } = options;
  const agent = new Agent({ keepAlive: true, ca: tls.ca });
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing).catch(() => outgoing.destroy()));

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const method = incoming.method ?? "";
    const url = new URL(incoming.url ?? "/", cp.server);
    proxy.requests.push(`${method} ${incoming.url}`);
    if (proxy.muted) return;
    const fault = proxy.fault(method, url);
    const body = (await buffer(incoming)).toString();
    const exchange: Exchange = { method, url, accept: incoming.headers.accept ?? "", body, faulty: fault !== undefined, status: undefined };
    options.asked?.(exchange);
    if (fault && "unanswered" in fault) return;
    if (fault && "hangUp" in fault && fault.hangUp === "AtOnce") return void outgoing.destroy();
    if (fault && "answer" in fault) {
      outgoing.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body ?? "");
      return;
    }
    forward(exchange, incoming, outgoing, fault);
  };

  const forward = (exchange: Exchange, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined) => {
    const sent = Buffer.from(rewrite(exchange.body));
    const path = rewrite(exchange.url.pathname) + exchange.url.search;
    const { "transfer-encoding": _, ...headers } = { ...incoming.headers, host: exchange.url.host };
    const length = exchange.body === "" ? {} : { "content-length": sent.length };
    const target = new URL(path, cp.server);
    const forwarded = request(target, { method: exchange.method, headers: { ...headers, ...length }, agent });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    forwarded.on("response", (answer) => {
      exchange.status = answer.statusCode ?? 502;
      answer.on("error", () => outgoing.destroy());
      if (fault && "hangUp" in fault) return void outgoing.destroy();
      const way = wayOf(fault, outgoing);
      const encoding = fault && "gzip" in fault ? { "content-encoding": "gzip" } : {};
      outgoing.writeHead(exchange.status, { ...answer.headers, ...encoding });
      outgoing.flushHeaders();
      const compressed = fault !== undefined && "gzip" in fault;
      const pass = (piece: Buffer) => {
        if (outgoing.destroyed) return;
        if (!compressed) options.passed?.(exchange, piece);
        outgoing.write(piece);
      };
      way?.on("data", pass).on("end", () => outgoing.end());
      answer.on("data", (piece: Buffer) => {
        if (proxy.muted) return;
        if (compressed) options.passed?.(exchange, piece);
        if (way) way.write(piece);
        else pass(piece);
      });
      answer.on("end", () => (way ?? outgoing).end());
    });
    forwarded.end(sent);
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${address.port}`,
    fault: () => undefined,
    muted: false,
    requests: [],
    cut: () => server.closeAllConnections(),
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      agent.destroy();
    },
  };
  return proxy;
}

/** What the answer passes through; undefined where it passes as it is. */
function wayOf(fault: Fault | undefined, outgoing: ServerResponse): Transform | undefined {
  if (fault === undefined) return undefined;
  if ("garble" in fault) return rewritten(fault.garble);
  // A flushed block a piece, so that none waits for the next.
  if ("gzip" in fault) return createGzip({ flush: constants.Z_SYNC_FLUSH });
  if (!("through" in fault)) return undefined;
  return fault.through({
    drop: (how) => {
      if (how === "Reset") outgoing.socket?.resetAndDestroy();
      else outgoing.destroy();
    },
  });
}

function rewritten(garble: (text: string) => string): Transform {
  return new Transform({ transform: (piece: Buffer, _, done) => done(null, Buffer.from(garble(piece.toString()))) });
}

/** A client that goes through the proxy, with the administrator's token. */
export async function clientThrough(cp: ControlPlane, url: string, settings: Partial<ClientSettings> = {}): Promise<KubeClient> {
  const headers: { headers?: Record<string, string> } = {};
  await loadCluster({ kubeconfig: cp.kubeconfig }).kubeConfig().applyToHTTPSOptions(headers);
  const token = String(headers.headers?.Authorization).replace("Bearer ", "");
  const file = join(cp.folder, `through-${new URL(url).port}.yaml`);
  const config = {
    clusters: [{ name: "proxied", cluster: { server: url } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "proxied", context: { cluster: "proxied", user: "admin" } }],
    "current-context": "proxied",
  };
  await writeFile(file, JSON.stringify(config));
  return createClient(loadCluster({ kubeconfig: file }), { version: "0.0.0-test", ...settings });
}
