/** An election without any API server: it never leads, and never hangs. What servers do is tested on a real one, in test/integration. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient } from "../../../src/kube/client.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import { createLeadership } from "../../../src/operator/leadership.ts";

const DURATION_MS = 600;

describe("without a server", () => {
  let folder = "";
  let hanging: Server;
  let port = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "leadership-"));
    hanging = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = hanging.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    port = address.port;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => hanging.close(resolve));
  });

  function start(server: string, user: object = {}) {
    const file = join(folder, "kubeconfig");
    const config = {
      clusters: [{ name: "it", cluster: { server } }],
      users: [{ name: "it", user }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    };
    writeFileSync(file, JSON.stringify(config));
    const client = createClient(loadCluster({ kubeconfig: file, plugins: { allow: "All" } }), { version: "0.0.0-test" });
    const warnings: unknown[] = [];
    let changes = 0;
    const leadership = createLeadership({
      client,
      log: {
        debug: () => {},
        info: () => {},
        warn: (_, fields) => void warnings.push(fields.error),
        error: (_, fields) => void warnings.push(fields),
      },
      clock: () => new Date(),
      namespace: "flux-migration",
      name: "it",
      identity: "one",
      durationMs: DURATION_MS,
      changed: () => {
        changes += 1;
      },
    });
    leadership.start();
    return { client, leadership, warnings, changes: () => changes };
  }

  test.each([
    ["that refuses connections", () => "http://127.0.0.1:1", {}, "ECONNREFUSED"],
    ["that never answers", () => `http://127.0.0.1:${port}`, {}, "not answered within 0.2 s"],
    [
      "that is not even asked, as a credential plugin hangs",
      () => `http://127.0.0.1:${port}`,
      { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "sleep", args: ["2.5"] } },
      "not answered within 0.2 s",
    ],
  ])("%s: it says so once, never leads, and ends within a second", async (_, server, user, error) => {
    const { client, leadership, warnings, changes } = start(server(), user);
    await sleep(2 * DURATION_MS);
    expect([leadership.leading(), leadership.holder(), changes()]).toEqual([false, undefined, 0]);
    expect(warnings).toEqual([expect.stringContaining(error)]);
    const startMs = performance.now();
    await leadership.stop();
    expect(performance.now() - startMs).toBeLessThan(1_000);
    client.close();
  });
});
