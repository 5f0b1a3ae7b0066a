/**
 * An agent whose first handshake has a moment for itself. The connections that follow go on from its session, which spares the server a
 * signature each, and us its check: at start there are seven. Decides nothing else about connections.
 */
import type { ClientRequestArgs } from "node:http";
import { Agent } from "node:https";
import type { Duplex } from "node:stream";

/** A server that is near has given its ticket by then. Nobody waits longer for one that is far, or that gives none. */
const ALONE_MS = 20;

export class ResumingAgent extends Agent {
  #firstIsThrough: Promise<void> | undefined;
  #destroyed = false;

  override createConnection(
    options: ClientRequestArgs,
    connected?: (error: Error | null, connection: Duplex) => void,
  ): Duplex | null | undefined {
    if (this.#firstIsThrough === undefined) {
      const first = super.createConnection(options);
      this.#firstIsThrough = throughOrLate(first);
      return first;
    }
    void this.#firstIsThrough.then(() => {
      try {
        const next = this.#destroyed ? undefined : super.createConnection(options);
        if (!next) throw new Error("the connections were ended");
        connected?.(null, next);
      } catch (error) {
        // With an error alone, as node itself calls it: its types want a connection beside it.
        if (connected) Reflect.apply(connected, undefined, [error]);
      }
    });
    return undefined;
  }

  override destroy(): void {
    this.#destroyed = true;
    super.destroy();
  }
}

function throughOrLate(connection: Duplex | null | undefined): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, ALONE_MS);
    const through = () => {
      clearTimeout(late);
      resolve();
    };
    connection?.once("session", through).once("close", through);
  });
}
