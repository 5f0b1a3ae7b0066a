/**
 * A way to the API server that can be cut: bytes pass as they are, TLS included, until all connections end at once. It understands no HTTP:
 * what else can go wrong on the way is the faulty proxy's (test/integration/kube).
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** How a connection ends: with a word (FIN), or without (RST). */
export type Ending = "Closed" | "Reset";

export interface Relay {
  readonly port: number;
  /** Ends all connections. @returns how many there were */
  cut(ending: Ending): number;
  close(): Promise<void>;
}

/** @param target port on 127.0.0.1 */
export async function startRelay(target: number): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    open.add(near);
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    near.once("close", () => open.delete(near));
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP listener without a port");
  const cut = (ending: Ending) => {
    const all = [...open];
    for (const socket of all) {
      if (ending === "Reset") socket.resetAndDestroy();
      else socket.destroy();
    }
    return all.length;
  };
  return {
    port: address.port,
    cut,
    close: async () => {
      cut("Closed");
      server.close();
      await once(server, "close");
    },
  };
}
