/** Two clusters of one kubeconfig at once: each server sees its own credentials alone, also while they are rotated, refused and renamed. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createClient } from "../../../src/kube/client.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";

const REQUESTS = 1_000;

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "separate-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

/** Refuses a request now and then, so that the credentials are read again in between. */
async function listen() {
  const seen = new Map<string, number>();
  let count = 0;
  const server = createServer((request, response) => {
    const given = request.headers.authorization ?? "none";
    seen.set(given, (seen.get(given) ?? 0) + 1);
    count += 1;
    response.writeHead(count % 41 === 0 ? 401 : 200).end("{}");
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  return { seen, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` };
}

interface Entry {
  readonly server: string;
  readonly user: object;
}

function write(entries: Readonly<Record<string, Entry>>, current: string): string {
  const file = join(folder, "config");
  const of = (each: (name: string, entry: Entry) => object) =>
    Object.entries(entries).map(([name, entry]) => ({ name, ...each(name, entry) }));
  writeFileSync(
    file,
    JSON.stringify({
      clusters: of((_, { server }) => ({ cluster: { server } })),
      users: of((_, { user }) => ({ user })),
      contexts: of((name) => ({ context: { cluster: name, user: name } })),
      "current-context": current,
    }),
  );
  return file;
}

function plugin(name: string): object {
  const command = join(folder, `${name}.sh`);
  const answer = { kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status: { token: `exec-${name}` } };
  writeFileSync(command, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
  return { exec: { apiVersion: answer.apiVersion, command } };
}

test(`in ${REQUESTS} interleaved requests to four servers, no credential is seen by another`, async () => {
  const names = ["file-a", "file-b", "plugin-a", "plugin-b"];
  for (const name of names) writeFileSync(join(folder, name), `token-${name}`);
  const listening = await Promise.all(names.map(listen));
  const entries = Object.fromEntries(
    names.map((name, index) => [
      name,
      { server: listening[index]?.url ?? "", user: name.startsWith("file") ? { tokenFile: name } : plugin(name) },
    ]),
  );
  const kubeconfig = write(entries, "file-a");
  const clients = names.map((context) =>
    createClient(loadCluster({ kubeconfig, context, plugins: { allow: "All" } }), { version: "0.0.0-test" }),
  );
  let refused = 0;
  const ask = async (index: number) => {
    const client = clients[index % clients.length];
    await client?.json({ path: `/${index}` }).catch(() => {
      refused += 1;
    });
  };
  // Sixteen at a time, each next one to another server.
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < REQUESTS; index = next++) await ask(index);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  for (const client of clients) client.close();
  const seen = listening.map(({ seen }) => [...seen.keys()]);
  expect(seen).toEqual([["Bearer token-file-a"], ["Bearer token-file-b"], ["Bearer exec-plugin-a"], ["Bearer exec-plugin-b"]]);
  const total = listening.flatMap(({ seen }) => [...seen.values()]).reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThanOrEqual(REQUESTS);
  expect(refused).toBeLessThan(REQUESTS / 10);
}, 60_000);

test("another current context, or another server of the same, is not taken while a cluster is being talked to", async () => {
  const [first, second] = [await listen(), await listen()];
  const at = (server: string, token: string) => ({ server, user: { token } });
  const cluster = loadCluster({ kubeconfig: write({ first: at(first.url, "one"), second: at(second.url, "two") }, "first") });
  const client = createClient(cluster, { version: "0.0.0-test" });
  write({ first: at(first.url, "renewed"), second: at(second.url, "two") }, "second");
  cluster.reload();
  await client.json({ path: "/" });
  write({ first: at(second.url, "three") }, "first");
  cluster.reload();
  await client.json({ path: "/" });
  client.close();
  expect([[...first.seen.keys()], [...second.seen.keys()]]).toEqual([["Bearer renewed"], []]);
});
