/** A TCP port on 127.0.0.1 for a program that does not say which one it took. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Free a moment ago: somebody else may take it before the program does. */
export async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  holder.close();
  await once(holder, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP listener without a port");
  return address.port;
}
