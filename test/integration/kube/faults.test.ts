/** The reflector on a real API server behind a proxy that breaks what passes through it, in the ways in which networks and servers do. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { type Exchange, type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";
import * as harness from "./harness.ts";

const { deploy, deploymentsPath, eventually, nameOf, QUICK, remove, watchOf } = harness;

const FLUXD = "docker.io/fluxcd/flux:1.25.4";
const KEPT = `default/fluxd ${FLUXD}`;

const isWatch = (url: URL) => url.searchParams.get("watch") === "true";
const status = (code: number, reason: string, message = "") =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });

describeOnControlPlane("a reflector behind a bad network", (get) => {
  let cp: ControlPlane;
  let proxy: FaultyProxy;
  let client: KubeClient;
  harness.noUnhandledRejections();
  beforeAll(async () => {
    cp = get();
    await deploy(cp, "fluxd", FLUXD);
    for (let count = 0; count < 4; count += 1) await deploy(cp, `web-${count}`, "nginx:1");
  });
  const exchanges: Exchange[] = [];
  beforeEach(async () => {
    exchanges.length = 0;
    proxy = await startFaultyProxy(cp, { asked: (exchange) => exchanges.push(exchange) });
    client = await harness.clientThrough(cp, proxy.url);
  });
  afterEach(async () => {
    await harness.stopAll();
    client.close();
    await proxy.close();
  });

  /** Requests since then, short: `list`, `list at 0`, `watch from 12`, `check`. */
  function requests(since = 0): string[] {
    return proxy.requests.slice(since).map((line) => {
      const { searchParams } = new URL(line.split(" ")[1] ?? "", "http://x");
      const version = searchParams.get("resourceVersion");
      if (searchParams.get("watch")) return `watch from ${version}`;
      if (searchParams.get("limit") === "1") return "check";
      return `list${version === null ? "" : ` at ${version}`}${searchParams.get("continue") ? " continued" : ""}`;
    });
  }

  /** Every set that was ever shown after the first sync held what never went away. */
  function neverLost(shown: { items: string[] }[]): void {
    for (const { items } of shown) expect(items).toContain(KEPT);
  }

  async function synced(options: Parameters<typeof watchOf>[1] = {}) {
    const watched = watchOf(client, { needles: harness.NEEDLES, ...options });
    await eventually(() => [watched.reflector.state().at, watched.items()], ["Synced", [KEPT]]);
    // Answered, not only asked for: a request that was cut before its answer is sent once more, unseen by the reflector.
    await eventually(() => exchanges.some(({ url, status }) => isWatch(url) && status === 200), true);
    return watched;
  }

  test("lists from the cache at first; after 410 on a watch lists the latest, once, and never asks for the old version again", async () => {
    const watched = await synced();
    expect(requests()).toEqual(["list at 0", expect.stringMatching(/^watch from \d+$/)]);
    proxy.fault = () => ({ answer: { status: 503, body: "no healthy upstream" } });
    proxy.cut();
    await deploy(cp, "away", "docker.io/fluxcd/helm-operator:1.4.4");
    await cp.compact();
    await cp.stopApiServer(); // with it goes its memory of recent events
    await cp.startApiServer();
    const since = proxy.requests.length;
    proxy.fault = () => undefined;
    await eventually(() => watched.items().length, 2);
    await eventually(() => requests(since).length, 4);
    await sleep(500);
    expect(requests(since)).toEqual(["check", requests()[1], "list", expect.stringMatching(/^watch from \d+$/)]);
    expect(requests(since)[3]).not.toBe(requests()[1]);
    expect(watched.reflector.metrics.restarts.Expired).toBe(1);
    neverLost(watched.shown);
    await remove(cp, `${deploymentsPath()}/away`);
  });

  test("lists again, once, after 410 as an ERROR event in a healthy watch", async () => {
    const watched = await synced();
    let told = false;
    proxy.fault = (_, url) => {
      if (!isWatch(url) || told) return undefined;
      told = true;
      const event = JSON.stringify({ type: "ERROR", object: JSON.parse(status(410, "Expired", "too old resource version: 1 (9)")) });
      return { answer: { status: 200, body: `${event}\n` } };
    };
    const since = proxy.requests.length;
    proxy.cut();
    await eventually(() => requests(since).filter((line) => line === "list").length, 1);
    await eventually(() => requests(since).length, 4);
    await sleep(500);
    expect(requests(since)).toEqual(["check", requests()[1], "list", expect.stringMatching(/^watch from \d+$/)]);
    expect(watched.shown).toHaveLength(1);
  });

  test("begins the list anew after 410 on a continue token, and shows no part of it", async () => {
    const watched = await synced({ timings: { ...QUICK, pageObjects: 2 } });
    let told = false;
    proxy.fault = (_, url) => {
      if (!url.searchParams.get("continue") || told) return undefined;
      told = true;
      return { answer: { status: 410, body: status(410, "Expired", "The provided continue parameter is too old") } };
    };
    const since = proxy.requests.length;
    watched.reflector.relist();
    await eventually(() => requests(since).length, 4);
    expect(requests(since)).toEqual(["list", "list continued", "list", expect.stringMatching(/^watch/)]);
    expect(watched.shown).toHaveLength(1);
  });

  test("never takes half a list for a whole one", async () => {
    const watched = await synced();
    let cut = 0;
    proxy.fault = (_, url) => {
      if (isWatch(url) || cut === 2) return undefined;
      cut += 1;
      return { garble: (text) => text.slice(0, text.length / 2) };
    };
    watched.reflector.relist();
    await eventually(() => watched.reflector.metrics.restarts.Malformed, 2);
    await eventually(() => requests().filter((line) => line.startsWith("watch")).length, 2);
    expect(watched.shown).toHaveLength(1);
  });

  test("goes on from the last good version after a broken line, and misses nothing", async () => {
    const watched = await synced();
    let broken = false;
    proxy.fault = (_, url) => {
      if (!isWatch(url) || broken) return undefined;
      return {
        garble: (text) => {
          if (broken || !text.includes('"name":"second"')) return text;
          broken = true;
          return text.replace('{"type"', '{"type');
        },
      };
    };
    proxy.cut(); // so that the next watch is a garbled one
    await eventually(() => requests().filter((line) => line.startsWith("watch")).length, 2);
    await deploy(cp, "first", FLUXD);
    await deploy(cp, "second", FLUXD);
    await deploy(cp, "third", FLUXD);
    await eventually(
      () => watched.items().map((item) => item.split(" ")[0]),
      ["default/first", "default/fluxd", "default/second", "default/third"],
    );
    expect(broken).toBe(true);
    expect(watched.reflector.metrics.restarts.Malformed).toBe(1);
    expect(watched.reflector.metrics.reads).toBe(1);
    for (const name of ["first", "second", "third"]) await remove(cp, `${deploymentsPath()}/${name}`);
    await eventually(watched.items, [KEPT]);
  });

  test("notices a connection that died in silence, and makes up for what it missed", async () => {
    const watched = await synced({ timings: { ...QUICK, readDeadlineMs: 1000, openDeadlineMs: 500 } });
    await deploy(cp, "heard", "nginx:1"); // from now on silence is a sign
    await eventually(() => watched.reflector.metrics.passedOver > 4, true);
    proxy.muted = true;
    await deploy(cp, "missed", FLUXD);
    await eventually(() => (watched.reflector.metrics.restarts.Silent ?? 0) > 0, true, 3000);
    expect(watched.reflector.state()).toEqual({ at: "Synced" });
    proxy.muted = false;
    await eventually(() => watched.items().length, 2);
    expect(watched.reflector.metrics.reads).toBe(1);
    neverLost(watched.shown);
    for (const name of ["heard", "missed"]) await remove(cp, `${deploymentsPath()}/${name}`);
  });

  test("takes a kind that was silent from the start for a quiet one after a second look, and leaves its watch alone", async () => {
    const resource = { group: "apps", version: "v1", plural: "statefulsets" };
    const watched = watchOf(client, { resource, keep: nameOf, timings: { ...QUICK, readDeadlineMs: 400 } });
    await eventually(() => watched.reflector.metrics.watches, 2);
    await sleep(2500);
    expect(watched.reflector.metrics).toMatchObject({ reads: 1, watches: 2, restarts: { Silent: 1 } });
  });

  test("opens a watch that ended at its time-out again at once, without a list", async () => {
    const watched = await synced({ timings: { ...QUICK, watchTimeoutMs: { least: 1200, most: 1500 } } });
    await eventually(() => watched.reflector.metrics.restarts.Ended, 2);
    await deploy(cp, "later", FLUXD);
    await eventually(() => watched.items().length, 2);
    expect(watched.reflector.metrics.reads).toBe(1);
    expect(watched.lines.filter(({ level }) => level !== "debug")).toEqual([]);
    await remove(cp, `${deploymentsPath()}/later`);
  });

  test("does not storm a server that ends each watch at once", async () => {
    const watched = await synced();
    proxy.fault = (_, url) => (isWatch(url) ? { answer: { status: 200 } } : undefined);
    proxy.cut();
    await sleep(1500);
    expect(watched.reflector.metrics.watches).toBeLessThan(12);
    expect(watched.reflector.metrics.reads).toBe(1);
  });

  test("waits as long as a busy server asks", async () => {
    let asked = 0;
    proxy.fault = () => {
      asked += 1;
      return asked > 1 ? undefined : { answer: { status: 429, headers: { "retry-after": "1" }, body: "busy" } };
    };
    const start = performance.now();
    const watched = watchOf(client);
    await eventually(() => watched.reflector.state().at, "Synced");
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(watched.reflector.metrics.restarts).toEqual({ Throttled: 1 });
  });

  test("says that it could not look as long as it never could, and holds what it saw afterwards", async () => {
    proxy.fault = () => ({ answer: { status: 500, body: status(500, "InternalError", "etcdserver: no leader") } });
    const watched = watchOf(client);
    await eventually(() => watched.reflector.state(), {
      at: "Unreadable",
      verb: "list",
      reason: "Unavailable",
      message: "deployments.apps: GET /apis/apps/v1/deployments: 500 InternalError: etcdserver: no leader",
    });
    proxy.fault = () => undefined;
    await eventually(() => watched.reflector.state(), { at: "Synced" });
    const since = watched.shown.length;
    proxy.fault = () => ({ answer: { status: 500 } });
    proxy.cut();
    await eventually(() => (watched.reflector.metrics.restarts.ServerError ?? 0) > 3, true);
    expect(watched.reflector.state()).toEqual({ at: "Synced" });
    expect(watched.shown).toHaveLength(since);
  });

  test("believes one 404 of a starting server not, and a second one", async () => {
    const watched = await synced();
    const notFound = { answer: { status: 404, body: status(404, "NotFound") } };
    let left = 1;
    proxy.fault = (_, url) => {
      if (isWatch(url) || left === 0) return undefined;
      left -= 1;
      return notFound;
    };
    watched.reflector.relist();
    await eventually(() => watched.reflector.metrics.restarts.NotFound, 1);
    await eventually(() => requests().filter((line) => line.startsWith("watch")).length, 2);
    expect(watched.shown).toHaveLength(1);
    left = Number.POSITIVE_INFINITY;
    watched.reflector.relist();
    await eventually(() => watched.shown.at(-1), { state: "NotInstalled", items: [] });
  });

  test("is patient with a token that was just rotated, and then says so", async () => {
    const watched = await synced({ timings: { ...QUICK, unauthorizedGraceMs: 1000 } });
    proxy.fault = () => ({ answer: { status: 401, body: status(401, "Unauthorized") } });
    proxy.cut();
    await eventually(() => (watched.reflector.metrics.restarts.Unauthorized ?? 0) > 1, true);
    expect(watched.reflector.state()).toEqual({ at: "Synced" });
    // After a cut it is first asked which version the cluster is at, by a list.
    const unreadable = {
      at: "Unreadable",
      verb: "list",
      reason: "Unauthorized",
      message: "deployments.apps: list is not authenticated (401)",
    };
    await eventually(() => watched.reflector.state(), unreadable);
    expect(watched.items()).toEqual([KEPT]);
    proxy.fault = () => undefined;
    await eventually(() => watched.reflector.state(), { at: "Synced" });
  });

  test("follows a cluster whose version went back", async () => {
    const watched = await synced({ timings: { ...QUICK, readDeadlineMs: 500 } });
    let lied = false;
    proxy.fault = (_, url) => {
      if (!isWatch(url) || lied) return undefined;
      lied = true; // a version that this cluster never reached, as if etcd had been restored since
      const bookmark = {
        type: "BOOKMARK",
        object: { kind: "Deployment", apiVersion: "apps/v1", metadata: { resourceVersion: "999999999" } },
      };
      return { answer: { status: 200, body: `${JSON.stringify(bookmark)}\n` } };
    };
    proxy.cut();
    await eventually(() => watched.reflector.metrics.restarts.Restored, 1);
    await deploy(cp, "restored", FLUXD);
    await eventually(() => watched.items().length, 2);
    neverLost(watched.shown);
    await remove(cp, `${deploymentsPath()}/restored`);
  });

  test("reads compressed pieces as they come", async () => {
    proxy.fault = () => ({ gzip: true });
    const watched = await synced();
    await deploy(cp, "packed", FLUXD);
    await eventually(() => watched.items().length, 2, 3000);
    await remove(cp, `${deploymentsPath()}/packed`);
    await eventually(watched.items, [KEPT], 3000);
  });

  test("asks at most as often as the back-off says while nothing answers, and keeps few connections", async () => {
    const watched = await synced();
    const since = proxy.requests.length;
    proxy.fault = () => ({ answer: { status: 503 } });
    proxy.cut();
    await sleep(2000);
    expect(proxy.requests.length - since).toBeLessThan(12);
    proxy.fault = () => undefined;
    for (let turn = 0; turn < 20; turn += 1) {
      const { watches } = watched.reflector.metrics;
      watched.reflector.relist();
      await eventually(() => watched.reflector.metrics.watches > watches, true);
    }
    expect(await proxy.connections()).toBeLessThan(5);
  });

  describe("a client", () => {
    test.each([
      ["no JSON", { answer: { status: 200, body: "<html>" } }, "GET /version: the answer is no JSON"],
      [
        "a redirect",
        { answer: { status: 302, headers: { location: "http://127.0.0.1:9/" } } },
        "GET /version: 302: redirected, which is not followed",
      ],
      [
        "an encoding that was not asked for",
        { answer: { status: 200, headers: { "content-encoding": "br" }, body: "x" } },
        'answered in the encoding "br", which was not asked for',
      ],
      [
        "too much",
        { answer: { status: 200, body: "x".repeat(17 * 1024 * 1024) } },
        "GET /version: the answer is larger than 16777216 bytes",
      ],
    ])("refuses %s", async (_, fault, message) => {
      proxy.fault = () => fault;
      await expect(client.json({ path: "/version" })).rejects.toThrow(message);
    });

    test("gives up a call in time, and one that is aborted at once", async () => {
      proxy.muted = true;
      await expect(client.json({ path: "/version", timeoutMs: 200 })).rejects.toThrow("GET /version: not answered within 0.2 s");
      await expect(client.json({ path: "/version", readDeadlineMs: 100 })).rejects.toThrow("GET /version: nothing was heard for 0.1 s");
      const reason = new Error("enough");
      await expect(client.json({ path: "/version", signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const later = new AbortController();
      setTimeout(() => later.abort(reason), 50);
      await expect(client.json({ path: "/version", signal: later.signal })).rejects.toBe(reason);
    });

    test("uses a kept connection again, also after the server closed it", async () => {
      for (let turn = 0; turn < 5; turn += 1) await client.json({ path: "/version" });
      expect(await proxy.connections()).toBe(1);
      proxy.cut();
      await expect(client.json({ path: "/version" })).resolves.toMatchObject({ major: "1" });
    });
  });
});
