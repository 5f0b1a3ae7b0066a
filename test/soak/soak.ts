/**
 * The soak: the bundle with the image's flags on a real API server, under changes without end, with its connections cut and Flux CRDs
 * removed and installed again. What it holds is counted all the while, and must not grow. Prints nothing (main.ts).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { messageOf } from "../../src/kube/errors.ts";
import { BUNDLE_FLAGS, freshBundle } from "../bundle.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { rowOf } from "../integration/operator/status-row.ts";
import { type Census, PROBE_FLAGS, takeCensus } from "./census.ts";
import { Churn, FINAL_ROW } from "./churn.ts";
import { cycleCrds } from "./crd-cycle.ts";
import { type Relay, startRelay } from "./relay.ts";

const SINGLETON = "/apis/flux-migration.dev/v1alpha1/migrationstatuses/cluster";

/** The operator's back-off goes up to 60 s, jitter included; a change may be told only after the second try. */
const FINAL_MS = 150_000;
const READY_MS = 60_000;
const POLL_MS = 100;

export interface SoakOptions {
  /** It is over when the API server has taken so many changes, and the next two are reached. */
  readonly events: number;
  readonly reconnects: number;
  readonly crdCycles: number;
  /** It is over after so long, whatever was reached. Milliseconds. */
  readonly mostMs?: number;
  readonly sampleMs: number;
  /** Between two cuts of all connections. */
  readonly cutMs: number;
  /** Whether the operator may come to rest, before and after the load, until its idle connections have closed. Takes three minutes. */
  readonly rest: boolean;
  readonly seed: number;
  /** Told after each sample. */
  readonly progress: (sofar: Progress, census: Census) => void;
}

export interface Progress {
  readonly seconds: number;
  readonly events: number;
  /** Connections that were cut while open: each was made again. */
  readonly reconnects: number;
  readonly crdCycles: number;
}

export interface Sample extends Census {
  /** Cuts before it. */
  readonly cuts: number;
}

export interface SoakResult extends Progress {
  /** While the load was on. */
  readonly samples: readonly Sample[];
  readonly before: Census;
  readonly after: Census;
  /** The row of the status in the end; as it should be, or it would have thrown. */
  readonly row: string;
  /** How the operator ended when it was asked to. */
  readonly exitCode: number | string;
  /** Lines of its log at level error. */
  readonly errors: readonly string[];
}

/** The API server closes an idle connection after 90 s, the operator after 75 s. */
const REST_MS = 100_000;
/** Lists at start, first writes. */
const SETTLE_MS = 3_000;

/** @throws an error where the operator ends, or its status does not become right */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const controlPlane = await startControlPlane({ auditLog: false });
  const relay = await startRelay(Number(new URL(controlPlane.server).port));
  try {
    return await soakOn(controlPlane, relay, options);
  } finally {
    await relay.close();
    await controlPlane.stop();
  }
}

async function soakOn(controlPlane: ControlPlane, relay: Relay, options: SoakOptions): Promise<SoakResult> {
  const kubeconfig = join(controlPlane.folder, "relayed.kubeconfig");
  const direct = await readFile(controlPlane.kubeconfig, "utf8");
  await writeFile(kubeconfig, direct.replace(controlPlane.server, `https://127.0.0.1:${relay.port}`));
  const operator = await startOperator(kubeconfig);
  const died = Promise.race([controlPlane.died, operator.ended.then((code) => `the operator ended with ${code}`)]);
  try {
    return await Promise.race([load(controlPlane, relay, operator, options), died.then((how) => Promise.reject(new Error(how)))]);
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\nthe end of the operator's log:\n${operator.said().slice(-SHOWN_CHARACTERS)}`, { cause });
  } finally {
    operator.child.kill("SIGKILL");
  }
}

async function load(controlPlane: ControlPlane, relay: Relay, operator: RunningBundle, options: SoakOptions): Promise<SoakResult> {
  const { events, reconnects, crdCycles, mostMs = Number.POSITIVE_INFINITY, rest } = options;
  const row = async () => rowOf(Shown.safeParse((await controlPlane.request("GET", SINGLETON)).body).data?.status);
  await untilRow(row, "None None None None None NotInstalled NoAction True", READY_MS);
  const churn = new Churn(controlPlane);
  await churn.begin();
  await sleep(rest ? REST_MS : SETTLE_MS);
  const before = await takeCensus(operator.child);

  const startMs = performance.now();
  const reached = { reconnects: 0, crdCycles: 0 };
  let cuts = 0;
  const sofar = (): Progress => ({ seconds: (performance.now() - startMs) / 1000, events: churn.events(), ...reached });
  const over = new AbortController();
  const samples: Sample[] = [];
  const cut = () => {
    reached.reconnects += relay.cut(cuts % 2 === 0 ? "Reset" : "Closed");
    cuts += 1;
  };
  const sample = async () => {
    const census = await takeCensus(operator.child);
    samples.push({ ...census, cuts });
    const now = sofar();
    options.progress(now, census);
    const enough = now.events >= events && now.reconnects >= reconnects && now.crdCycles >= crdCycles;
    if (enough || now.seconds * 1000 >= mostMs) over.abort();
  };
  // Each round costs the API server more than a hundred changes: it does no more of them than are asked for.
  const cycledEnough = new AbortController();
  const cycled = () => {
    reached.crdCycles += 1;
    if (reached.crdCycles >= crdCycles) cycledEnough.abort();
  };
  const parts = [
    churn.run(options.seed, over.signal),
    cycleCrds(controlPlane, cycled, AbortSignal.any([over.signal, cycledEnough.signal])),
    every(options.cutMs, async () => cut(), over.signal),
    every(options.sampleMs, sample, over.signal),
  ];
  try {
    await Promise.all(parts);
  } finally {
    // Where one failed, the others would go on, and this process with them.
    over.abort();
  }

  const ended = sofar();
  await churn.end();
  const finalRow = await untilRow(row, FINAL_ROW, FINAL_MS);
  await sleep(rest ? REST_MS : SETTLE_MS);
  const after = await takeCensus(operator.child);
  operator.child.kill("SIGTERM");
  const exitCode = await operator.ended;
  const errors = operator
    .said()
    .split("\n")
    .filter((line) => line.includes('"level":50'));
  return { ...ended, samples, before, after, row: finalRow, exitCode, errors };
}

interface RunningBundle {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  /** The end of its log. */
  said(): string;
}

const SAID_CHARACTERS = 1_000_000;
/** Of it, in an error. */
const SHOWN_CHARACTERS = 5_000;

async function startOperator(kubeconfig: string): Promise<RunningBundle> {
  const settings = ["operator", "--install-crds", "--kubeconfig", kubeconfig, "--log-format", "json", "--log-level", "warn"];
  const child = spawn(process.execPath, [...BUNDLE_FLAGS, ...PROBE_FLAGS, await freshBundle(), ...settings], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // As the image sets it.
    env: { PATH: process.env.PATH ?? "", MALLOC_ARENA_MAX: "1" },
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_CHARACTERS);
  });
  const ended = once(child, "exit").then(([code, signal]): number | string => signal ?? code);
  return { child, ended, said: () => said };
}

const Shown = z.looseObject({ status: MigrationStatusStatus.optional() });

async function untilRow(row: () => Promise<string>, wanted: string, withinMs: number): Promise<string> {
  const end = performance.now() + withinMs;
  for (;;) {
    const now = await row();
    if (now === wanted) return now;
    if (performance.now() > end) throw new Error(`after ${withinMs / 1000} s the row is "${now}"; want "${wanted}"`);
    await sleep(POLL_MS);
  }
}

async function every(ms: number, act: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await act();
  }
}
