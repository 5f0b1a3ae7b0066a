/**
 * SIGTERM at any moment: whenever it comes, the operator ends with 0 within a second. Each process is met at one moment of its life, half of
 * them while the API server has stopped answering just then. Alone: `node test/faults/signals.ts --times 100`, from the project's folder.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as z from "zod";
import { LEASE_NAME } from "../../src/operator/permissions.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { type FaultyProxy, startFaultyProxy } from "../integration/kube/faulty-proxy.ts";
import type { PartOptions } from "./main.ts";
import { NAMESPACE, OperatorPods, type OperatorProcess } from "./operator-pods.ts";
import { Random } from "./random.ts";
import { type Changing, startChanging } from "./workload.ts";

export const MOMENTS = ["StartUp", "MidList", "MidWrite", "MidRenew", "Settled"] as const;
export type Moment = (typeof MOMENTS)[number];

/** The request that is under way at a moment. */
const UNDER_WAY: Readonly<Partial<Record<Moment, (method: string, path: string) => boolean>>> = {
  MidList: (method, path) => method === "GET" && path === "/apis/apps/v1/deployments",
  MidWrite: (method, path) => method === "PATCH" && path.endsWith("/migrationstatuses/cluster/status"),
  MidRenew: (method, path) => method === "PUT" && path.endsWith(`/leases/${LEASE_NAME}`),
};

/** So long after the request came, at most. */
const INTO_REQUEST_MS = 20;

/** So long after the program began to listen for signals, at most; before its first line nobody can. */
const START_UP_MS = 300;

/** So long after the first status was written, at most. */
const SETTLED_MS = 1_000;

/** Until a moment comes, on a machine that does much else. */
const WAIT_MS = 60_000;

/** A process that does not end is not waited for longer. */
const HUNG_MS = 20_000;

/** Most that an end may take; but where a process that only tells its flags takes longer by itself, twice that. */
const END_MS = 1_000;

/** Told by the process when it begins to listen, as nothing else that can be seen from outside happens so early. */
const PROBE = `process.on("newListener", (name) => name === "SIGTERM" && process.getBuiltinModule("fs").writeSync(2, '{"msg":"listens"}\\n'));`;

/** Objects beside the one that is Flux, so that a list takes a while. */
const OTHERS = 300;

export interface SignalsOptions {
  readonly times: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** One of its own where not given. */
  readonly controlPlane?: ControlPlane;
}

export interface End {
  readonly moment: Moment;
  /** Whether the server had stopped answering. */
  readonly silent: boolean;
  /** Exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly tookMs: number;
  /** The last lines of its log. */
  readonly log: readonly string[];
}

export interface SignalsResult {
  readonly ends: readonly End[];
  /** 99 of 100 took no longer. */
  readonly p99Ms: number;
  /** A second, or more on a machine that does much else. */
  readonly limitMs: number;
  readonly failures: readonly string[];
}

export async function run(options: SignalsOptions): Promise<SignalsResult> {
  if (options.controlPlane) return await runOn(options.controlPlane, options);
  const controlPlane = await startControlPlane({ progress: options.say });
  try {
    return await runOn(controlPlane, options);
  } finally {
    await controlPlane.stop();
  }
}

async function runOn(controlPlane: ControlPlane, { times, seed, say }: SignalsOptions): Promise<SignalsResult> {
  say(`signals: ${times} times, seed ${seed}`);
  const pods = await OperatorPods.install(controlPlane);
  const proxy = await startFaultyProxy(controlPlane);
  const random = new Random(String(seed));
  const ends: End[] = [];
  const idle: number[] = [];
  let changing: Changing | undefined;
  try {
    await fill(controlPlane);
    changing = await startChanging(controlPlane);
    const kubeconfig = await pods.make("signalled", proxy.url);
    for (let number = 0; number < times; number += 1) {
      const moment = MOMENTS[number % MOMENTS.length] ?? "Settled";
      const silent = Math.floor(number / MOMENTS.length) % 2 === 1;
      ends.push(await meet({ pods, proxy, kubeconfig, moment, silent, chance: random.next() }));
      await controlPlane.request("DELETE", `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${LEASE_NAME}`);
      // Beside each, as what else the machine does comes and goes.
      idle.push(await idleRun(pods));
      if (number % 10 === 9 || number === times - 1) say(`${number + 1} of ${times} signals`);
    }
  } finally {
    await pods.stop();
    await changing?.stop().catch(() => undefined);
    await proxy.close();
  }
  const result = judged(ends, Math.max(...idle));
  for (const line of told(result)) say(line);
  return result;
}

/** @returns how long a run takes that does nothing */
async function idleRun(pods: OperatorPods): Promise<number> {
  const startMs = performance.now();
  await pods.start(["--help"]).ended;
  return Math.round(performance.now() - startMs);
}

interface Meeting {
  readonly pods: OperatorPods;
  readonly proxy: FaultyProxy;
  readonly kubeconfig: string;
  readonly moment: Moment;
  readonly silent: boolean;
  /** From 0 up to 1. */
  readonly chance: number;
}

/** Starts an operator, waits for the moment, and measures its end. */
async function meet({ pods, proxy, kubeconfig, moment, silent, chance }: Meeting): Promise<End> {
  const { promise: come, resolve } = Promise.withResolvers<void>();
  const wanted = UNDER_WAY[moment];
  const mute = () => {
    proxy.muted = silent;
    resolve();
  };
  proxy.fault = (method, url) => {
    if (wanted?.(method, url.pathname)) mute();
    return undefined;
  };
  const heard = (sentence: string) => {
    if ((moment === "StartUp" && sentence === "listens") || (moment === "Settled" && sentence === "wrote the status")) mute();
  };
  const args = ["--kubeconfig", kubeconfig, "--reflector-source", "full", "--lease-namespace", NAMESPACE, "--lease-duration", "1.5"];
  const operator = pods.start([...args, "--leader-election"], heard, ["--import", `data:text/javascript,${encodeURIComponent(PROBE)}`]);
  try {
    await Promise.race([come, ended(operator, moment), late(moment, operator)]);
    const most = {
      StartUp: START_UP_MS,
      Settled: SETTLED_MS,
      MidList: INTO_REQUEST_MS,
      MidWrite: INTO_REQUEST_MS,
      MidRenew: INTO_REQUEST_MS,
    };
    await sleep(chance * most[moment]);
    const startMs = performance.now();
    operator.child.kill("SIGTERM");
    const code = await Promise.race([operator.ended, sleep(HUNG_MS, "hangs", { ref: false })]);
    return { moment, silent, code, tookMs: Math.round(performance.now() - startMs), log: operator.log };
  } finally {
    operator.child.kill("SIGKILL");
    await operator.ended;
    proxy.muted = false;
    proxy.cut();
    proxy.fault = () => undefined;
  }
}

async function ended({ ended: end, log }: OperatorProcess, moment: Moment): Promise<never> {
  throw new Error(`ended with ${await end} before ${moment}:\n${log.join("\n")}`);
}

async function late(moment: Moment, { log }: OperatorProcess): Promise<never> {
  await sleep(WAIT_MS, undefined, { ref: false });
  throw new Error(`${moment} did not come within ${WAIT_MS / 1000} s:\n${log.join("\n")}`);
}

/** ConfigMaps would not be listed: they are Deployments that have nothing to do with Flux. */
async function fill(controlPlane: ControlPlane): Promise<void> {
  const labels = { app: "other" };
  const annotations = { padding: "x".repeat(4_000) };
  const container = { name: "main", image: "registry.example/other:1" };
  for (let number = 0; number < OTHERS; number += 1) {
    const body = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: `other-${number}`, namespace: "default", annotations },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
    };
    const { status } = await controlPlane.request("POST", "/apis/apps/v1/namespaces/default/deployments", body);
    if (status !== 201) throw new Error(`POST deployments: ${status}`);
  }
}

function judged(ends: readonly End[], idleMs: number): SignalsResult {
  const limitMs = Math.max(END_MS, 2 * idleMs);
  const sorted = ends.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other);
  const p99Ms = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
  const wrong = ends.filter(({ code }) => code !== 0);
  const failures = [
    ...wrong.map((end) => `${described(end)}: ended with ${end.code}\n${end.log.join("\n")}`),
    ...(p99Ms < limitMs ? [] : ends.filter(({ tookMs }) => tookMs >= limitMs).map((end) => `${described(end)}\n${end.log.join("\n")}`)),
  ];
  return { ends, p99Ms, limitMs, failures };
}

function described({ moment, silent, tookMs }: End): string {
  return `${moment}${silent ? ", without an answer any more" : ""}: ended after ${tookMs} ms`;
}

function told({ ends, p99Ms, limitMs, failures }: SignalsResult): string[] {
  const groups = Map.groupBy(ends, ({ moment, silent }) => `${moment}${silent ? ", silent" : ""}`);
  return [
    ...Array.from(groups, ([name, group]) => `${name} x ${group.length}: at most ${Math.max(...group.map(({ tookMs }) => tookMs))} ms`),
    `p99 ${p99Ms} ms; at most ${limitMs} ms are allowed`,
    ...failures.map((line) => `WRONG: ${line}`),
  ];
}

const USUAL_TIMES = 100;

/** The part "signals" of `npm run faults`. */
export async function playSignals({ seed = Date.now() % 1_000_000, say }: PartOptions): Promise<number> {
  return (await run({ times: USUAL_TIMES, seed, say })).failures.length;
}

const Flags = z.object({ times: z.coerce.number().int().min(1).default(USUAL_TIMES), seed: z.coerce.number().int().optional() });

if (import.meta.main) {
  const { values } = parseArgs({ options: { times: { type: "string" }, seed: { type: "string" } } });
  const { times, seed = Date.now() % 1_000_000 } = Flags.parse(values);
  const { failures } = await run({ times, seed, say: (line) => void process.stderr.write(`${line}\n`) });
  process.exitCode = failures.length === 0 ? 0 : 1;
}
