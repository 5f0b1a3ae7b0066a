/** The client before a server of the test's own, which speaks HTTP and no Kubernetes: credentials that were rotated, and bodies in compressed pieces. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createClient, type KubeClient } from "../../../src/kube/client.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";

let folder: string;
let server: Server;
let client: KubeClient;
let answer: RequestListener;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "client-"));
  server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const kubeconfig = join(folder, "config");
  await writeFile(join(folder, "token"), "old\n");
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "a", cluster: { server: `http://127.0.0.1:${address.port}` } }],
      users: [{ name: "a", user: { tokenFile: "token" } }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      "current-context": "a",
    }),
  );
  client = createClient(loadCluster({ kubeconfig }), { version: "0.0.0-test" });
});

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

test("a token that was rotated a moment ago is read again at once, and the same call succeeds", async () => {
  const tokens: (string | undefined)[] = [];
  answer = async ({ headers }, response) => {
    tokens.push(headers.authorization);
    const known = headers.authorization === "Bearer new";
    await writeFile(join(folder, "token"), "new\n"); // the kubelet swaps it between our reading and the server's
    response.writeHead(known ? 200 : 401).end('{"kind":"Status","code":401}');
  };
  await client.json({ path: "/version" });
  expect(tokens).toEqual(["Bearer old", "Bearer new"]);
});

test("a token that stays as it is is sent once, and its refusal told", async () => {
  let asked = 0;
  answer = (_, response) => {
    asked += 1;
    response.writeHead(401).end("no");
  };
  await expect(client.json({ path: "/version" })).rejects.toThrow("GET /version: 401");
  expect(asked).toBe(1);
});

test("six compressed members of one body are six pieces, each read as it comes", async () => {
  const written = Promise.withResolvers<(text: string) => void>();
  answer = (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    written.resolve((text) => void response.write(gzipSync(text)));
  };
  const asked = client.request({ path: "/watch" });
  const write = await written.promise;
  write("line 0\n");
  const pieces = (await asked).body[Symbol.asyncIterator]();
  for (let line = 0; line < 6; line += 1) {
    expect(String((await pieces.next()).value)).toBe(`line ${line}\n`);
    write(`line ${line + 1}\n`);
  }
  await pieces.return?.();
});
