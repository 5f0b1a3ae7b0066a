/**
 * A plain HTTP proxy in front of the real API server that can break what passes through it: answers of its own, garbled bytes, silence.
 * It forwards everything else, so that the server stays the real one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

export type Fault =
  | { answer: { status: number; headers?: Record<string, string>; body?: string } }
  /** Rewrites each piece of the answer. */
  | { garble: (text: string) => string }
  /** Compresses the answer, one flushed piece at a time. */
  | { gzip: true };

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

export async function startFaultyProxy(cp: ControlPlane): Promise<FaultyProxy> {
  const tls: { ca?: Buffer; headers?: Record<string, string> } = {};
  await loadCluster({ kubeconfig: cp.kubeconfig }).kubeConfig().applyToHTTPSOptions(tls);
  const server = createServer((incoming, outgoing) => handle(incoming, outgoing));

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const url = new URL(incoming.url ?? "/", cp.server);
    proxy.requests.push(`${incoming.method} ${incoming.url}`);
    if (proxy.muted) return;
    const fault = proxy.fault(incoming.method ?? "", url);
    if (fault && "answer" in fault) {
      outgoing.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body ?? "");
      return;
    }
    const forwarded = request(url, { method: incoming.method, headers: { ...incoming.headers, host: url.host }, ca: tls.ca, agent: false });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    forwarded.on("response", (answer) => {
      answer.on("error", () => outgoing.destroy());
      const gzip = fault && "gzip" in fault ? createGzip() : undefined;
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...(gzip ? { "content-encoding": "gzip" } : {}) });
      outgoing.flushHeaders();
      gzip?.pipe(outgoing);
      answer.on("data", (chunk: Buffer) => {
        if (proxy.muted) return;
        if (gzip) gzip.write(chunk, () => gzip.flush());
        else outgoing.write(fault && "garble" in fault ? fault.garble(chunk.toString()) : chunk);
      });
      answer.on("end", () => (gzip ?? outgoing).end());
    });
    incoming.pipe(forwarded);
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
    },
  };
  return proxy;
}
