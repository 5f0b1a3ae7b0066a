/** The benchmark: a control plane with more and more Deployments that are not Flux, and each program on it in turn. Prints nothing. */
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { crdFile } from "../../src/operator/install-crds.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { Crowd } from "./crowd.ts";
import type { Report, Row } from "./figures.ts";
import { measureLatency, quantile } from "./latency.ts";
import { listPlainly, type PlainList } from "./plain-list.ts";
import { cpuSeconds, peakMb } from "./process-figures.ts";
import type { Running, Subject } from "./subject.ts";
import { measureSync, type Sync, serverIdle } from "./sync.ts";

/** What 100,000 Deployments take, and their updates; etcd's own limit is 2 GB. */
const ETCD_FLAGS = ["--quota-backend-bytes=8589934592"];

/** By itself the API server ends a request after a minute, which a list of a gigabyte can take on a busy machine. */
const API_SERVER_FLAGS = ["--request-timeout=10m"];

/** After an update or a start, so much later all that it caused is done. */
const SETTLE_MS = 500;

/** What has taken so long is not done again to see it faster. */
const AGAIN_MS = 15_000;

/** What takes less is done more often than asked: processor time comes in steps of 10 ms, and one start at 1,000 Deployments takes two of them. */
const OFTEN_MS = 8_000;

/** Updates a second while latency is measured. */
const PACE = 200;

export interface BenchOptions {
  /** Deployments that are not Flux, growing. 0 measures latency and writes with nothing else going on. */
  readonly sizes: readonly number[];
  /** Ours first: the first is the one that is measured at size 0. */
  readonly subjects: readonly Subject[];
  /** Starts of each program at each size, at least; of several the least figures count. */
  readonly starts: number;
  /** Updates whose processor time is measured, as often as there are starts: the first are those in which it learns how many come. */
  readonly updates: number;
  /** Deployments of fluxd that latency is measured with: at size 0, and at all others. */
  readonly creations: { readonly quiet: number; readonly busy: number };
  readonly quietSeconds: number;
  readonly progress: (line: string) => void;
  /** Told each row as soon as it is measured: a run takes long. */
  readonly measured: (row: Row) => void;
}

export async function bench(options: BenchOptions): Promise<Report> {
  const { sizes, subjects, quietSeconds, progress } = options;
  const controlPlane = await startControlPlane({ progress, etcdFlags: ETCD_FLAGS, apiServerFlags: API_SERVER_FLAGS });
  void controlPlane.died.then(progress);
  try {
    await installOurCrds(controlPlane);
    const [ours] = subjects;
    const quiet = sizes.includes(0) && ours ? await measureQuiet(controlPlane, ours, options) : undefined;
    const crowded = sizes.filter((size) => size > 0).toSorted((a, b) => a - b);
    const rows = [...(quiet ? [quiet.row] : []), ...(crowded.length > 0 ? await measureCrowded(controlPlane, crowded, options) : [])];
    const [processor] = cpus();
    const machine = {
      processor: processor?.model ?? "unknown",
      processors: cpus().length,
      node: process.versions.node,
      kubernetes: controlPlane.version,
    };
    return { machine, rows, ...(quiet ? { quiet: { seconds: quietSeconds, writes: quiet.writes } } : {}) };
  } finally {
    await controlPlane.stop();
  }
}

async function measureCrowded(controlPlane: ControlPlane, sizes: readonly number[], options: BenchOptions): Promise<Row[]> {
  const { subjects, starts, progress, measured } = options;
  const crowd = await Crowd.gather(controlPlane);
  try {
    const rows: Row[] = [];
    const add = (row: Row) => {
      rows.push(row);
      measured(row);
    };
    for (const size of sizes) {
      await crowd.grow(size, progress);
      const plain = await leastList(controlPlane, starts);
      add(plainRow(crowd.size, plain));
      const yardsticks = { plain, serverIdleShare: await serverIdle(controlPlane) };
      for (const subject of subjects) {
        progress(`${crowd.size} Deployments: ${subject.name}`);
        add(await measureSubject(controlPlane, crowd, subject, yardsticks, options));
      }
    }
    return rows;
  } finally {
    crowd.leave();
  }
}

async function installOurCrds(controlPlane: ControlPlane): Promise<void> {
  const file = crdFile(Number(/^v\d+\.(\d+)/.exec(controlPlane.version)?.[1]));
  const { refused } = await applyManifests(controlPlane, await readFile(file, "utf8"));
  for (const { what, why } of refused) throw new Error(`${what}: ${why}`);
}

/** A cluster in which nothing happens but one fluxd after the other, and then nothing at all. */
async function measureQuiet(controlPlane: ControlPlane, subject: Subject, options: BenchOptions): Promise<{ row: Row; writes: number }> {
  const { creations, quietSeconds, progress } = options;
  // The first start fills the compile cache and creates the status; the second is one as of any pod.
  const idle = await serverIdle(controlPlane);
  await (await measureSync(controlPlane, subject, idle)).running.stop();
  const { sync, running } = await measureSync(controlPlane, subject, idle);
  try {
    await sleep(SETTLE_MS);
    progress(`${creations.quiet} creations with nothing else going on`);
    const latency = await latencyFigures(controlPlane, creations.quiet);
    await untilNoneWrites(controlPlane, subject);
    const since = new Date();
    progress(`${quietSeconds} s of nothing`);
    await sleep(quietSeconds * 1000);
    const figures = { ...ownFigures(sync), ...latency, peakMb: await peakMb(running.pid) };
    return { row: { objects: 0, what: subject.name, figures }, writes: await writesSince(controlPlane, subject, since) };
  } finally {
    await running.stop();
  }
}

/** What goes is read again by its name, twenty a second: the last of many a while later. */
async function untilNoneWrites(controlPlane: ControlPlane, subject: Subject): Promise<void> {
  let since: Date;
  do {
    since = new Date();
    await sleep(SETTLE_MS * 6);
  } while ((await writesSince(controlPlane, subject, since)) > 0);
}

const WRITES: ReadonlySet<string> = new Set(["create", "update", "patch", "delete"]);

async function writesSince(controlPlane: ControlPlane, { userAgent }: Subject, since: Date): Promise<number> {
  const events = await controlPlane.audit();
  return events.filter((event) => event.userAgent.startsWith(userAgent) && WRITES.has(event.verb) && event.at > since).length;
}

/** Does it `times` times: less often where it takes long, and more often where it takes short. */
async function repeated<T>(times: number, act: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  const startMs = performance.now();
  const often = times > 1;
  for (let pastMs = 0; (done.length < times && pastMs < AGAIN_MS) || (often && pastMs < OFTEN_MS); pastMs = performance.now() - startMs)
    done.push(await act());
  return done;
}

const least = (numbers: readonly number[]) => Math.min(...numbers);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Of so few steps of 10 ms the least tells less than the mean. */
const FEW_STEPS_SECONDS = 0.1;
const leastCpu = (seconds: readonly number[]) => (least(seconds) < FEW_STEPS_SECONDS ? mean(seconds) : least(seconds));

async function leastList(controlPlane: ControlPlane, times: number): Promise<PlainList> {
  const lists = await repeated(times, () => listPlainly(controlPlane));
  return {
    seconds: least(lists.map(({ seconds }) => seconds)),
    bytes: least(lists.map(({ bytes }) => bytes)),
    serverCpuSeconds: leastCpu(lists.map(({ serverCpuSeconds }) => serverCpuSeconds)),
  };
}

function plainRow(objects: number, { seconds, bytes }: PlainList): Row {
  return { objects, what: "curl", figures: { syncSeconds: seconds, syncOfList: 1, bytesEach: bytes / objects, serverCpuOfList: 1 } };
}

async function measureSubject(
  controlPlane: ControlPlane,
  crowd: Crowd,
  subject: Subject,
  { plain, serverIdleShare }: { plain: PlainList; serverIdleShare: number },
  options: BenchOptions,
): Promise<Row> {
  const syncs = await repeated(options.starts - 1, async () => {
    const { sync, running } = await measureSync(controlPlane, subject, serverIdleShare);
    await running.stop();
    return sync;
  });
  const { sync, running } = await measureSync(controlPlane, subject, serverIdleShare);
  try {
    const all = leastOf([...syncs, sync]);
    await sleep(SETTLE_MS);
    const eventsCpuSeconds = await leastUpdatesCpu(crowd, running, options);
    // Only ours writes a status to wait for.
    const latency = running.tells ? await busyLatency(controlPlane, crowd, options.creations.busy) : {};
    const figures = {
      ...ownFigures(all),
      syncOfList: all.seconds / plain.seconds,
      bytesEach: all.bytes / crowd.size,
      serverCpuOfList: Math.max(0, all.serverCpuSeconds) / plain.serverCpuSeconds,
      eventsCpuSeconds,
      ...latency,
      peakMb: await peakMb(running.pid),
    };
    return { objects: crowd.size, what: subject.name, figures };
  } finally {
    await running.stop();
  }
}

/** Others share the machine: the least of each figure is the nearest to what it takes. */
function leastOf(syncs: readonly Sync[]): Sync {
  const loops = syncs.flatMap(({ loopP99Ms }) => loopP99Ms ?? []);
  return {
    seconds: least(syncs.map(({ seconds }) => seconds)),
    readySeconds: least(syncs.map(({ readySeconds }) => readySeconds)),
    bytes: least(syncs.map(({ bytes }) => bytes)),
    serverCpuSeconds: leastCpu(syncs.map(({ serverCpuSeconds }) => serverCpuSeconds)),
    loopP99Ms: loops.length > 0 ? least(loops) : undefined,
  };
}

function ownFigures({ seconds, readySeconds, loopP99Ms }: Sync) {
  return { syncSeconds: seconds, readySeconds, ...(loopP99Ms === undefined ? {} : { loopP99Ms }) };
}

/** @returns processor seconds for 10,000 */
async function leastUpdatesCpu(crowd: Crowd, { pid }: Running, { updates, starts }: BenchOptions): Promise<number> {
  const taken: number[] = [];
  while (taken.length < starts) {
    const before = await cpuSeconds(pid);
    await crowd.change(updates);
    await sleep(SETTLE_MS);
    taken.push((((await cpuSeconds(pid)) - before) * 10_000) / updates);
  }
  return least(taken);
}

async function busyLatency(controlPlane: ControlPlane, crowd: Crowd, creations: number) {
  const over = new AbortController();
  const changing = crowd.changeSteadily(PACE, over.signal);
  try {
    return await latencyFigures(controlPlane, creations);
  } finally {
    over.abort();
    await changing;
  }
}

async function latencyFigures(controlPlane: ControlPlane, creations: number) {
  const { plain, status } = await measureLatency(controlPlane, creations);
  return { updateMs: quantile(status, 0.5), updateP99Ms: quantile(status, 0.99), watchMs: quantile(plain, 0.5) };
}
