/** /healthz and /readyz for the kubelet. Listens only where an address is given, takes GET and HEAD, and tells nothing of the cluster. */
import { createServer, type Server } from "node:http";

export interface HealthOptions {
  /** `:8081` or `127.0.0.1:8081`. */
  address: string;
  ready: () => boolean;
}

export interface Health {
  port: number;
  stop(): Promise<void>;
}

/** @throws the listener's error where the address is taken or not ours */
export async function startHealth({ address, ready }: HealthOptions): Promise<Health> {
  const answers: Record<string, () => boolean> = { "/healthz": () => true, "/readyz": ready };
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 },
    (request, response) => {
      const answer = answers[request.url ?? ""];
      const allowed = request.method === "GET" || request.method === "HEAD";
      const status = !allowed ? 405 : !answer ? 404 : answer() ? 200 : 503;
      response.writeHead(status, { "content-type": "text/plain", "cache-control": "no-store" });
      response.end(status === 200 ? "ok\n" : `${status}\n`);
    },
  );
  server.maxConnections = 64;
  const separator = address.lastIndexOf(":");
  const host = address.slice(0, separator).replace(/^\[|\]$/g, "");
  await listen(server, Number(address.slice(separator + 1)), host);
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : 0,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === "" ? {} : { host }) }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
