/** One start of a program until it has read the Deployments: how long, and what it cost. The audit log is the witness, the same for all. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { parseExposition, type Sample } from "../unit/metrics/text-format.ts";
import { cpuSeconds, readBytes } from "./process-figures.ts";
import { type Running, type Subject, until } from "./subject.ts";

const READY_MS = 300_000;
const AUDIT_MS = 5_000;

/** Long enough for steps of 10 ms to tell one percent of a processor. */
const IDLE_MS = 3_000;

export interface Sync {
  /** From the API server's receipt of the first list of Deployments to that of the watch that follows it. */
  readonly seconds: number;
  /** From the start of the process until it has read all that it reads; of ours, until it has judged. */
  readonly readySeconds: number;
  /** Of Deployments; of a program that does not count them, all bytes that its process read. */
  readonly bytes: number;
  /** Of the API server from the start of the process until it was ready, beyond what it takes idle. */
  readonly serverCpuSeconds: number;
  /** Milliseconds of lag that 99 of 100 samples of the event loop stayed below, since the program measures it; undefined: it does not. */
  readonly loopP99Ms: number | undefined;
}

/** @returns processor seconds that the API server takes in each second while nobody asks for anything */
export async function serverIdle(controlPlane: ControlPlane): Promise<number> {
  const before = await cpuSeconds(controlPlane.apiServerPid());
  await sleep(IDLE_MS);
  return ((await cpuSeconds(controlPlane.apiServerPid())) - before) / (IDLE_MS / 1000);
}

/**
 * @param serverIdleShare is taken off, second by second
 * @returns the program, still running
 */
export async function measureSync(
  controlPlane: ControlPlane,
  subject: Subject,
  serverIdleShare: number,
): Promise<{ sync: Sync; running: Running }> {
  const serverCpu = () => cpuSeconds(controlPlane.apiServerPid());
  const cpuBefore = await serverCpu();
  const running = await subject.start(controlPlane);
  try {
    const { tells, startedAt } = running;
    await until(`${subject.name} is ready`, READY_MS, async () => {
      await running.alive();
      return tells ? await tells.ready() : (await listingOf(controlPlane, subject, startedAt)) !== undefined;
    });
    const readySeconds = (Date.now() - startedAt.getTime()) / 1000;
    const serverCpuSeconds = (await serverCpu()) - cpuBefore - readySeconds * serverIdleShare;
    const samples = tells ? parseExposition(await tells.metrics()).samples : undefined;
    const listing = await heardOf(controlPlane, subject, startedAt);
    const sync = {
      seconds: (listing.watchedAt.getTime() - listing.askedAt.getTime()) / 1000,
      readySeconds: tells ? readySeconds : (listing.watchedAt.getTime() - startedAt.getTime()) / 1000,
      bytes: samples ? sampleOf(samples, "flux_migration_reflector_read_bytes_total", "deployments.apps") : await readBytes(running.pid),
      serverCpuSeconds,
      loopP99Ms: samples ? sampleOf(samples, "nodejs_eventloop_lag_p99_seconds") * 1000 : undefined,
    };
    return { sync, running };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Of a program that is ready: the audit log follows some milliseconds later. */
async function heardOf(controlPlane: ControlPlane, subject: Subject, since: Date): Promise<Listing> {
  let listing: Listing | undefined;
  await until(`the audit log tells of ${subject.name}'s list of Deployments`, AUDIT_MS, async () => {
    listing = await listingOf(controlPlane, subject, since);
    return listing !== undefined;
  });
  if (!listing) throw new Error("a list that was heard of and is not there");
  return listing;
}

interface Listing {
  readonly askedAt: Date;
  readonly watchedAt: Date;
}

/** @returns when it asked for the first list of Deployments, and for the watch that follows; undefined before that */
async function listingOf(controlPlane: ControlPlane, subject: Subject, since: Date): Promise<Listing | undefined> {
  const asked = (await controlPlane.audit())
    .filter(
      ({ resource, userAgent, receivedAt }) => resource === "deployments" && userAgent.startsWith(subject.userAgent) && receivedAt > since,
    )
    .toSorted((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
  const [list, watch] = ["list", "watch"].map((wanted) => asked.find(({ verb }) => verb === wanted));
  return list && watch ? { askedAt: list.receivedAt, watchedAt: watch.receivedAt } : undefined;
}

function sampleOf(samples: readonly Sample[], name: string, resource?: string): number {
  const found = samples.find((sample) => sample.name === name && (resource === undefined || sample.labels.resource === resource));
  if (!found) throw new Error(`the operator's metrics hold no ${name}`);
  return found.value;
}
