/** Two proxies in this process that count what goes through them: HTTP CONNECT, and SOCKS5 (RFC 1928) without authentication. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Proxy {
  /** As a kubeconfig's proxy-url. */
  readonly url: string;
  connections(): number;
  stop(): void;
}

export async function startHttpProxy(): Promise<Proxy> {
  const server = createHttpServer();
  const tunnels = new Tunnels();
  server.on("connect", ({ url = "" }, client, head) => {
    const [host = "", port = ""] = url.split(":");
    tunnels.open(client, host, Number(port), head, "HTTP/1.1 200 Connection established\r\n\r\n");
  });
  return await listening("http", server, tunnels);
}

export async function startSocksProxy(): Promise<Proxy> {
  const tunnels = new Tunnels();
  const server = createServer((client) => {
    client.once("data", () => {
      client.write(Buffer.from([5, 0]));
      client.once("data", (request) => {
        const named = request[3] === 3;
        const end = named ? 5 + (request[4] ?? 0) : 8;
        const host = named ? request.toString("latin1", 5, end) : request.subarray(4, 8).join(".");
        tunnels.open(client, host, request.readUInt16BE(end), Buffer.alloc(0), Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
  });
  return await listening("socks5", server, tunnels);
}

class Tunnels {
  readonly #sockets = new Set<Socket>();
  #opened = 0;

  get opened(): number {
    return this.#opened;
  }

  open(client: NodeJS.ReadWriteStream & { destroy(): void }, host: string, port: number, head: Buffer, answer: string | Buffer): void {
    this.#opened += 1;
    const server = connect(port, host, () => {
      client.write(answer);
      server.write(head);
      client.pipe(server).pipe(client);
    });
    this.#sockets.add(server);
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
    server.on("close", () => client.destroy());
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function listening(scheme: string, server: Server, tunnels: Tunnels): Promise<Proxy> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return {
    url: `${scheme}://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    connections: () => tunnels.opened,
    stop: () => {
      tunnels.close();
      server.close();
    },
  };
}
