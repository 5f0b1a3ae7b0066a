/** Connections that go on from a session, on a real API server; and servers that never get so far. */
import { once } from "node:events";
import { request } from "node:https";
import { createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { ResumingAgent } from "../../../src/kube/resuming-agent.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";

let agent = new ResumingAgent({ keepAlive: true });
afterEach(() => {
  agent.destroy();
  agent = new ResumingAgent({ keepAlive: true });
});

/** @returns whether the connection went on from a session; what went wrong, where there was no answer */
function ask(url: string): Promise<boolean | string> {
  return new Promise((resolve) => {
    const asking = request(url, { agent, rejectUnauthorized: false }, (answer) => {
      const { socket } = answer;
      answer.resume().on("end", () => resolve(socket instanceof TLSSocket && socket.isSessionReused()));
    });
    asking.on("error", (error) => resolve(error.message)).end();
  });
}

const several = (url: string) => Array.from({ length: 7 }, () => ask(url));

describeOnControlPlane("connections to an API server", (get) => {
  test("of several at once, the first makes a session and all others go on from it", async () => {
    const resumed = await Promise.all(several(`${get().server}/version`));
    expect(resumed.toSorted()).toEqual([false, ...Array.from({ length: 6 }, () => true)]);
    // Those are kept, and one that is new goes on from the session as well.
    expect(await Promise.all([...several(`${get().server}/version`), ask(`${get().server}/version`)])).toContain(true);
  });
});

describe("where no session comes", () => {
  /** Takes connections and says nothing. */
  const silent = createServer((connection) => void connection.on("error", () => undefined).resume());
  let url = "";
  beforeAll(async () => {
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const address = silent.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    url = `https://127.0.0.1:${address.port}`;
  });
  afterAll(async () => {
    const closed = once(silent, "close");
    silent.close();
    await closed;
  });

  test("a server that says nothing is asked by all the others a moment later", async () => {
    let connections = 0;
    const all = new Promise<void>((resolve) => {
      silent.on("connection", () => {
        connections += 1;
        if (connections === 7) resolve();
      });
    });
    const asked = several(url);
    await all;
    agent.destroy();
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 7 }, () => expect.stringMatching(/hang up|disconnected/)));
  });

  test("an agent that is ended while they wait lets none connect", async () => {
    const asked = several(url);
    agent.destroy();
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === "the connections were ended")).toHaveLength(6);
  });

  test("a refusal of the first is one of all", async () => {
    const answers = await Promise.all(several("https://127.0.0.1:1"));
    expect(answers).toEqual(Array.from({ length: 7 }, () => expect.stringContaining("ECONNREFUSED")));
  });
});
