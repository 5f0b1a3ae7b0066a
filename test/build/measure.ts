/**
 * `node test/build/measure.ts`: how fast the bundle starts and what it takes while nothing happens, beside bare node and the sources in
 * the same run. Milliseconds differ between machines and hours, so read the ratios; of several runs the fastest counts.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECT } from "../../build/bundle.ts";
import { table } from "../../src/cli/print-status.ts";
import { asInImage } from "../bundle.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { Distribution, freePort, start } from "./program.ts";

/** After this long nothing is left of the start, and the garbage of it is collected. */
const SETTLE_MS = 5_000;
const POLL_MS = 5;
const GIVE_UP_MS = 60_000;

export interface Measured {
  readonly name: string;
  /** To the end of `--version`; of bare node, of nothing at all. */
  readonly startMs: number;
  /** To /readyz on a real API server: everything is listed and judged. */
  readonly readyMs: number | undefined;
  readonly idleMb: number;
}

interface Subject {
  readonly name: string;
  /** Before the operator's own arguments; undefined: bare node. */
  readonly program: readonly string[] | undefined;
  readonly environment: Record<string, string>;
}

/** Bare node, the sources, the bundle, and the bundle as the image runs it, in this order. */
export async function measure(kubeconfig: string, made: Distribution, runs: number): Promise<Measured[]> {
  const cache = await mkdtemp(join(tmpdir(), "compile-cache-"));
  const image = await asInImage(cache);
  const subjects: Subject[] = [
    { name: "bare node", program: undefined, environment: {} },
    { name: "sources", program: [join(PROJECT, "src/cli/main.ts")], environment: {} },
    { name: "bundle", program: [made.bundle], environment: {} },
    { name: "image", program: [...image.flags, made.bundle], environment: image.environment },
  ];
  const measured: Measured[] = [];
  try {
    for (const subject of subjects) measured.push(await measureOne(subject, kubeconfig, made.alone, runs));
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
  return measured;
}

async function measureOne({ name, program, environment }: Subject, kubeconfig: string, cwd: string, runs: number): Promise<Measured> {
  const options = { cwd, environment };
  const starts: number[] = [];
  const readies: number[] = [];
  const idles: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const begin = performance.now();
    await start(program === undefined ? ["--eval", "0"] : [...program, "--version"], options).ended;
    starts.push(performance.now() - begin);
    if (run === runs) break; // one start more: the first may fill the cache
    const { readyMs, idleMb } =
      program === undefined ? await idleNode(options) : await idleOperator([...program, "operator", "--kubeconfig", kubeconfig], options);
    if (readyMs !== undefined) readies.push(readyMs);
    idles.push(idleMb);
  }
  return { name, startMs: Math.min(...starts), readyMs: readies.length > 0 ? Math.min(...readies) : undefined, idleMb: Math.min(...idles) };
}

interface Options {
  readonly cwd: string;
  readonly environment: Record<string, string>;
}

async function idleNode(options: Options): Promise<{ readyMs: undefined; idleMb: number }> {
  const { child, ended } = start(["--eval", "setInterval(() => {}, 1e6)"], options);
  await sleep(SETTLE_MS / 5);
  const idleMb = await residentMb(child.pid);
  child.kill();
  await ended;
  return { readyMs: undefined, idleMb };
}

async function idleOperator(args: readonly string[], options: Options): Promise<{ readyMs: number; idleMb: number }> {
  const port = await freePort();
  const begin = performance.now();
  const { child, ended } = start(
    [...args, "--health-address", `127.0.0.1:${port}`, "--log-level", "error", "--log-format", "json"],
    options,
  );
  try {
    while (!(await ready(port))) {
      if (performance.now() - begin > GIVE_UP_MS) throw new Error(`not ready within ${GIVE_UP_MS / 1000} s: ${args.join(" ")}`);
      await sleep(POLL_MS);
    }
    const readyMs = performance.now() - begin;
    await sleep(SETTLE_MS);
    return { readyMs, idleMb: await residentMb(child.pid) };
  } finally {
    child.kill();
    await ended;
  }
}

async function residentMb(pid: number | undefined): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

async function ready(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    request({ port, path: "/readyz", agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    })
      .once("error", () => resolve(false))
      .end();
  });
}

export function measuredText(measured: readonly Measured[]): string {
  const rows = measured.map(({ name, startMs, readyMs, idleMb }) => [
    name,
    startMs.toFixed(0),
    readyMs?.toFixed(0) ?? "None",
    idleMb.toFixed(0),
  ]);
  return table([["WHAT", "START MS", "READY MS", "IDLE MB"], ...rows]);
}

if (import.meta.main) {
  const controlPlane = await startControlPlane({ progress: (line) => void process.stderr.write(`${line}\n`) });
  const made = await Distribution.build();
  try {
    // The status exists before the runs, as after any restart.
    await start([made.bundle, "operator", "--install-crds", "--once", "--kubeconfig", controlPlane.kubeconfig], { cwd: made.alone }).ended;
    process.stdout.write(`${measuredText(await measure(controlPlane.kubeconfig, made, 3))}\n`);
  } finally {
    await made.remove();
    await controlPlane.stop();
  }
}
