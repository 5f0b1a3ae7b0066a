import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { KubeLog } from "../../../src/kube/log.ts";
import { startMetricsServer } from "../../../src/metrics/server.ts";
import { startHealth } from "../../../src/operator/health.ts";
import { CannotListen, type Listener, type ListenerOptions, startListener } from "../../../src/web/listener.ts";
import { HOSTILE_PATHS } from "./hostile-paths.ts";

const ANY = "127.0.0.1:0";
const PAGE = "the page\n";

/** What every answer carries. */
const ALWAYS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

const started = new Set<Listener>();
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(Array.from(started, (listener) => listener.stop()));
  started.clear();
});

async function running(listener: Promise<Listener>): Promise<number> {
  const ready = await listener;
  started.add(ready);
  return ready.port;
}

const startPage = (options: Partial<ListenerOptions> = {}) =>
  running(
    startListener({
      address: ANY,
      setting: "metricsAddress",
      routes: new Map([["/page", () => ({ status: 200 as const, body: PAGE })]]),
      ...options,
    }),
  );

interface Got {
  status: number;
  body: string;
  headers: IncomingHttpHeaders;
}

async function ask(port: number, path: string, method = "GET"): Promise<Got> {
  const asked = request({ host: "127.0.0.1", port, path, method, agent: false }).end();
  const answer = await new Promise<Parameters<typeof text>[0] & { statusCode?: number; headers: IncomingHttpHeaders }>(
    (resolve, reject) => {
      asked.once("response", resolve).once("error", reject);
    },
  );
  return { status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers };
}

/** Sends bytes as they are. @returns the socket, and all that was answered until it closed */
function raw(port: number, bytes: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  sockets.add(socket);
  let said = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    said += chunk;
  });
  socket.on("error", () => undefined); // a reset is an end like any other here
  socket.write(bytes);
  return { socket, answer: new Promise((resolve) => socket.once("close", () => resolve(said))) };
}

describe("methods", () => {
  test("GET gives the page, HEAD its headers alone", async () => {
    const port = await startPage();
    const got = await ask(port, "/page");
    expect([got.status, got.body]).toEqual([200, PAGE]);
    expect(got.headers).toMatchObject({ ...ALWAYS, "content-type": "text/plain; charset=utf-8", "content-length": "9" });
    const head = await ask(port, "/page", "HEAD");
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "9"]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])("%s is refused", async (method) => {
    const { status, body, headers } = await ask(await startPage(), "/page", method);
    expect([status, body, headers.allow]).toEqual([405, "method not allowed\n", "GET, HEAD"]);
    expect(headers).toMatchObject(ALWAYS);
  });

  test.each(["POST", "GET"])("a %s of 10 MB is answered before its body, and the connection ends", async (method) => {
    const port = await startPage();
    const start = performance.now();
    // Not one byte of the body is sent: whoever waits for it does not answer.
    const { answer } = raw(port, `${method} /page HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n`);
    expect(await answer).toMatch(method === "GET" ? /^HTTP\/1.1 200 / : /^HTTP\/1.1 405 /);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test("a body that goes on and on is not read", async () => {
    const port = await startPage();
    const { socket, answer } = raw(port, "POST /page HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const most = 50 * 2 ** 20; // more than the buffers of both sockets
    let sent = 0;
    for (; sent < most && !socket.destroyed; sent += chunk.length) {
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), answer]);
    }
    expect(sent).toBeLessThan(most); // what was answered is lost to who writes on after the connection was ended
  });

  test("who asks whether to send a body is told no, not to go on", async () => {
    const port = await startPage();
    const { answer } = raw(port, "POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\nExpect: 100-continue\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1.1 405 /);
  });
});

describe("paths", () => {
  test(`${HOSTILE_PATHS.length} hostile paths get one answer, which repeats nothing`, async () => {
    const port = await startPage();
    expect(HOSTILE_PATHS.length).toBeGreaterThanOrEqual(200);
    const answers = new Set<string>();
    for (const path of HOSTILE_PATHS) {
      const { socket, answer } = raw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      answers.add((await answer).replace(/^Date: .*\r\n/m, ""));
      sockets.delete(socket);
    }
    expect([...answers]).toEqual([
      "HTTP/1.1 404 Not Found\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n" +
        "content-type: text/plain; charset=utf-8\r\ncontent-length: 10\r\nConnection: close\r\n\r\nnot found\n",
    ]);
  });

  test("a query changes nothing, and is not repeated", async () => {
    const got = await ask(await startPage(), "/page?x=<script>&../../etc/passwd");
    expect([got.status, got.body]).toEqual([200, PAGE]);
  });

  test("more headers than anybody needs are refused", async () => {
    const { answer } = raw(await startPage(), `GET /page HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(9_000)}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1.1 431 /);
  });

  test("what is no HTTP at all is refused", async () => {
    const { answer } = raw(await startPage(), "\u0016\u0003\u0001\u0002 hello\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("slow clients", () => {
  test("500 half-open connections do not keep a probe waiting", async () => {
    const port = await startPage();
    await Promise.all(Array.from({ length: 500 }, () => once(raw(port, "GET /page HTTP/1.1\r\nHost: x\r\nX-").socket, "connect")));
    await sleep(100);
    const times: number[] = [];
    for (let probe = 0; probe < 5; probe += 1) {
      const start = performance.now();
      expect((await ask(port, "/page")).status).toBe(200);
      times.push(performance.now() - start);
    }
    expect(Math.min(...times)).toBeLessThan(100);
    const open = [...sockets].filter((socket) => !socket.destroyed);
    expect(open.length).toBeLessThanOrEqual(64);
  });

  test.each([
    ["sends half a request", "GET /page HTTP/1.1\r\nHost: x\r\nX-", { headersMs: 200, checkMs: 50 }],
    ["sends nothing", "", { headersMs: 200, checkMs: 50 }],
    ["keeps its connection and asks no more", "GET /page HTTP/1.1\r\nHost: x\r\n\r\n", { keepAliveMs: 200 }],
  ])("one that %s is let go", async (_, bytes, timings) => {
    const { socket, answer } = raw(await startPage({ timings }), bytes);
    await answer; // who is not let go outlasts the test
    expect(socket.destroyed).toBe(true);
  });

  test("one that does not read its answer is let go", async () => {
    const body = "x".repeat(48 * 2 ** 20); // more than the buffers of both sockets
    const port = await startPage({ timings: { idleMs: 300 }, routes: new Map([["/page", () => ({ status: 200 as const, body })]]) });
    const { socket, answer } = raw(port, "");
    socket.pause();
    socket.write("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
    // One turn after the other: a machine that takes seconds to write the page has to find time for the timer as well.
    for (let turn = 0; turn < 15; turn += 1) await sleep(100);
    let read = 0;
    socket.on("data", (chunk: string) => {
      read += chunk.length;
    });
    socket.resume();
    await answer;
    expect(read).toBeLessThan(body.length);
  }, 30_000);
});

describe("errors", () => {
  test("a page that fails is 500, without the reason; whoever started it is told", async () => {
    const told: unknown[] = [];
    const failing = () => Promise.reject(new Error("s3cr3t-canary"));
    const port = await startPage({ routes: new Map([["/page", failing]]), failed: (path, error) => told.push([path, String(error)]) });
    const got = await ask(port, "/page");
    expect([got.status, got.body]).toEqual([500, "internal error\n"]);
    expect(told).toEqual([["/page", "Error: s3cr3t-canary"]]);
  });

  test("an address that is taken is named, with its setting", async () => {
    const port = await startPage();
    const second = startListener({ address: `127.0.0.1:${port}`, setting: "metricsAddress", routes: new Map() });
    await expect(second).rejects.toThrow(CannotListen);
    await expect(second).rejects.toThrow(`metricsAddress 127.0.0.1:${port}: listen EADDRINUSE`);
  });

  test("a port that cannot be is named, with its setting", async () => {
    const listening = startListener({ address: ":99999", setting: "healthAddress", routes: new Map() });
    await expect(listening).rejects.toThrow(/^healthAddress :99999: /);
  });

  test("stop ends open connections, and frees the port", async () => {
    const listener = await startListener({ address: ANY, setting: "healthAddress", routes: new Map() });
    const { socket, answer } = raw(listener.port, "GET /");
    await once(socket, "connect");
    await listener.stop();
    await answer;
    await running(startListener({ address: `127.0.0.1:${listener.port}`, setting: "healthAddress", routes: new Map() }));
  });
});

describe("addresses", () => {
  test.each([":0", "127.0.0.1:0", "[::1]:0"])("%s is listened on", async (address) => {
    const port = await startPage({ address });
    const host = address.startsWith("[") ? "::1" : "127.0.0.1";
    const socket = connect(port, host);
    sockets.add(socket);
    await once(socket, "connect");
  });
});

describe("what is served", () => {
  test("health: alive at once, ready when it is", async () => {
    let ready = false;
    const port = await running(startHealth({ address: ANY, setting: "--health-address", ready: () => ready }));
    const status = async (path: string) => (await ask(port, path)).status;
    expect([await status("/healthz"), await status("/readyz"), await status("/metrics")]).toEqual([200, 503, 404]);
    ready = true;
    expect(await status("/readyz")).toBe(200);
  });

  test("metrics: in Prometheus' own type, and nothing beside", async () => {
    const logged: unknown[] = [];
    const line = (sentence: string, fields: unknown) => void logged.push([sentence, fields]);
    const log: KubeLog = { debug: line, info: line, warn: line, error: line };
    const texts = ["a 1\n"];
    const make = async () => texts.pop() ?? Promise.reject(new Error("no text"));
    const port = await running(startMetricsServer({ address: ANY, setting: "--metrics-address", text: make, log }));
    const got = await ask(port, "/metrics");
    expect([got.status, got.body, got.headers["content-type"]]).toEqual([200, "a 1\n", "text/plain; version=0.0.4; charset=utf-8"]);
    expect((await ask(port, "/healthz")).status).toBe(404);
    expect((await ask(port, "/metrics")).status).toBe(500);
    expect(logged).toEqual([["a page could not be made", { path: "/metrics", error: "no text" }]]);
  });
});
