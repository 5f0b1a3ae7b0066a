/** The programs that are measured: our bundle as the image runs it, with each source, and kube-state-metrics. Measures nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReflectorSource } from "../../src/kube/reflector.ts";
import { asInImage, freshBundle } from "../bundle.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { startOrphanGuard } from "../control-plane/orphan-guard.ts";
import { startServerProcess } from "../control-plane/server-process.ts";
import { freePort } from "../tools/free-port.ts";

export interface Subject {
  readonly name: string;
  /** How its User-Agent begins. */
  readonly userAgent: string;
  start(controlPlane: ControlPlane): Promise<Running>;
}

export interface Running {
  readonly pid: number;
  /** Just before the process was started. */
  readonly startedAt: Date;
  /** What it tells of itself, where that does not change what is measured. */
  readonly tells: Tells | undefined;
  /** @throws where it has ended by itself */
  alive(): Promise<void>;
  stop(): Promise<void>;
}

export interface Tells {
  ready(): Promise<boolean>;
  /** As text for Prometheus. */
  metrics(): Promise<string>;
}

const STOP_MS = 10_000;

/** @returns the bundle with our settings, to be started as often as needed. `remove` takes away its compile cache. */
export async function ourSubjects(sources: readonly ReflectorSource[]): Promise<{ subjects: Subject[]; remove: () => Promise<void> }> {
  const bundle = await freshBundle();
  const cache = await mkdtemp(join(tmpdir(), "bench-cache-"));
  const guard = startOrphanGuard(cache);
  const { flags, environment } = await asInImage(cache);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const subjects = sources.map((source) => ({
    name: source,
    userAgent: "flux-migration-operator/",
    start: async (controlPlane: ControlPlane) => {
      const [health, metrics] = [await freePort(), await freePort()];
      const settings = [
        "--kubeconfig",
        controlPlane.kubeconfig,
        "--reflector-source",
        source,
        "--log-level",
        "warn",
        "--log-format",
        "json",
      ];
      const addresses = ["--health-address", `127.0.0.1:${health}`, "--metrics-address", `127.0.0.1:${metrics}`];
      const command = [...variables, process.execPath, ...flags, bundle, "operator", ...settings, ...addresses];
      return await run("operator", "/usr/bin/env", command, {
        ready: async () => (await get(health, "/readyz")) !== undefined,
        metrics: async () => (await get(metrics, "/metrics")) ?? "",
      });
    },
  }));
  const remove = async () => {
    await rm(cache, { recursive: true, force: true });
    await guard.dismiss();
  };
  return { subjects, remove };
}

/** With the three kinds of workload that we read, as cheaply as it can: from the server's cache. */
export function kubeStateMetrics(program: string): Subject {
  return {
    name: "kube-state-metrics",
    userAgent: "kube-state-metrics/",
    start: async (controlPlane) => {
      const [own, telemetry] = [await freePort(), await freePort()];
      const addresses = ["--host=127.0.0.1", `--port=${own}`, "--telemetry-host=127.0.0.1", `--telemetry-port=${telemetry}`];
      const settings = [
        `--kubeconfig=${controlPlane.kubeconfig}`,
        "--resources=deployments,statefulsets,daemonsets",
        "--use-apiserver-cache",
      ];
      return await run("kube-state-metrics", program, [...settings, ...addresses], undefined);
    },
  };
}

async function run(name: string, program: string, command: readonly string[], tells: Tells | undefined): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), `bench-${name}-`));
  const guard = startOrphanGuard(folder);
  const startedAt = new Date();
  const server = await startServerProcess(name, program, command, join(folder, `${name}.log`), guard);
  let ended = false;
  void server.ended.then(() => {
    ended = true;
  });
  return {
    pid: server.pid,
    startedAt,
    tells,
    alive: async () => {
      if (ended) throw new Error(`${name} ended by itself; the end of its log:\n${await server.logTail()}`);
    },
    stop: async () => {
      await server.stop(STOP_MS);
      await guard.dismiss();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the body; undefined for any answer but 200, and for none */
async function get(port: number, path: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    request({ port, path, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => resolve(answer.statusCode === 200 ? Buffer.concat(pieces).toString() : undefined));
    })
      .once("error", () => resolve(undefined))
      .end();
  });
}

/** @throws where it takes longer */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean>, pollMs = 5): Promise<void> {
  const startMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startMs > limitMs) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await sleep(pollMs);
  }
}
