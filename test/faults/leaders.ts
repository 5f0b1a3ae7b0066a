/**
 * Takes the leader of three operators away, again and again, while a workload changes without end: it ends, dies, stops for longer than the
 * Lease, loses its network, and at last somebody takes its Lease; one of the three has a clock that is an hour ahead. The API server's audit
 * log says whether two ever wrote beside each other. Alone: `node test/faults/leaders.ts --losses 300 --lease 15`, from the project's folder.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as z from "zod";
import { LEASE_NAME } from "../../src/operator/permissions.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { failuresOf, handOver, type LeadersResult, type Loss, type Lost, told } from "./hand-overs.ts";
import type { PartOptions } from "./main.ts";
import { BODIES_OF, judgeWriters } from "./one-writer.ts";
import { NAMESPACE } from "./operator-pods.ts";
import { Random } from "./random.ts";
import { type Replica, Replicas } from "./replicas.ts";
import { startChanging } from "./workload.ts";

const HOUR_MS = 3_600_000;

/** Of the three places. */
const SKEWS_MS = [0, HOUR_MS, 0];

/** In these parts: 100, 100, 50 and 50 of 300. */
const ROUND: readonly Loss[] = ["SIGTERM", "SIGKILL", "SIGSTOP", "SIGTERM", "SIGKILL", "Partition"];

/** Whoever is lost has led and written for up to so long, at random. */
const LED_AT_MOST_MS = 700;

/** What a machine that does much else may add to the time until another leads. */
const SLACK_MS = 15_000;

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${LEASE_NAME}`;

/** After its end a stopped one, or one without a network, has to have said that it leads no more. */
const ENDED_MS = 10_000;

/** An audit event follows its answer by some milliseconds. */
const AUDIT_DELAY_MS = 500;

export interface LeadersOptions {
  readonly losses: number;
  /** Duration of the Lease, as the setting takes it. */
  readonly leaseSeconds: number;
  /** Decides when within its term a leader is lost. */
  readonly seed: number;
  readonly say: (line: string) => void;
  /** With the bodies of BODIES_OF in its audit log; one of its own where not given. */
  readonly controlPlane?: ControlPlane;
}

/**
 * @returns what was measured and judged
 * @throws where nobody leads any more, with the ends of all logs
 */
export async function run(options: LeadersOptions): Promise<LeadersResult> {
  if (options.controlPlane) return await runOn(options.controlPlane, options);
  const controlPlane = await startControlPlane({ progress: options.say, auditBodiesOf: BODIES_OF });
  try {
    return await runOn(controlPlane, options);
  } finally {
    await controlPlane.stop();
  }
}

async function runOn(controlPlane: ControlPlane, { losses, leaseSeconds, seed, say }: LeadersOptions): Promise<LeadersResult> {
  say(`leaders: ${losses} losses, a Lease of ${leaseSeconds} s, seed ${seed}`);
  const replicas = await Replicas.start({ controlPlane, leaseSeconds, skewsMs: SKEWS_MS });
  const changing = await startChanging(controlPlane);
  const random = new Random(String(seed));
  const lost: Lost[] = [];
  try {
    for (let number = 0; number < losses; number += 1) {
      const loss = ROUND[number % ROUND.length] ?? "SIGTERM";
      lost.push(await lose(replicas, loss, leaseSeconds * 1_000, random.next() * LED_AT_MOST_MS));
      if (number % ROUND.length === ROUND.length - 1 || number === losses - 1) say(`${number + 1} of ${losses} leaders lost`);
    }
    await takeLease(controlPlane, replicas, leaseSeconds * 1_000);
    await changing.stop();
  } finally {
    await replicas.stop();
    await changing.stop().catch(() => undefined);
  }
  await sleep(AUDIT_DELAY_MS);
  const verdict = judgeWriters(await controlPlane.audit());
  const exitCodes = lost.flatMap(({ exitCode }) => (exitCode === undefined ? [] : [exitCode]));
  const ahead = replicas.all().flatMap(({ pod, place }) => (place.skewMs === 0 ? [] : [pod]));
  const found = { handOvers: lost.map((one) => handOver(one, verdict.terms)), verdict, exitCodes, ahead };
  const result = { ...found, failures: failuresOf(found, leaseSeconds) };
  for (const line of told(result)) say(line);
  return result;
}

/** Takes the leader away once it has written, waits for another that writes, and brings the lost one back. */
async function lose(replicas: Replicas, loss: Loss, leaseMs: number, ledMs: number): Promise<Lost> {
  const againMs = 2 * leaseMs + SLACK_MS;
  const leader = await replicas.until("nobody leads and writes", againMs, () => writing(replicas.leader()));
  await sleep(ledMs);
  const at = new Date();
  if (loss === "Partition") leader.place.proxy.muted = true;
  else leader.process.child.kill(loss);
  const ends = loss === "SIGTERM" || loss === "SIGKILL";
  // In its place while the others still wait for the Lease to run out.
  const exitCode = ends ? await leader.process.ended : undefined;
  const again = ends ? replicas.add(leader.place) : undefined;
  const other = replicas.until(`nobody writes after ${loss} of ${leader.pod}`, againMs, () => writing(replicas.leader(leader)));
  await Promise.all([again, other]);
  if (!ends) await bringBack(replicas, leader, loss);
  return { loss, pod: leader.pod, at, ...(loss === "SIGTERM" && exitCode !== undefined ? { exitCode } : {}) };
}

/** Hands the Lease to a third, who is not there. The leader reaches the server all the time: it has to stop by what it is told. */
async function takeLease(controlPlane: ControlPlane, replicas: Replicas, leaseMs: number): Promise<void> {
  const againMs = 2 * leaseMs + SLACK_MS;
  const leader = await replicas.until("nobody leads and writes", againMs, () => writing(replicas.leader()));
  const patch = { spec: { holderIdentity: "somebody" } };
  const { status } = await controlPlane.request("PATCH", LEASE, patch, "application/merge-patch+json");
  if (status !== 200) throw new Error(`PATCH ${LEASE}: ${status}`);
  await replicas.until(`${leader.pod} still leads, though somebody took its Lease`, ENDED_MS, () => !leader.leading || undefined);
  await replicas.until("nobody writes after somebody took the Lease", againMs, () => writing(replicas.leader()));
}

function writing(leader: Replica | undefined): Replica | undefined {
  return leader !== undefined && leader.wrote > 0 ? leader : undefined;
}

async function bringBack(replicas: Replicas, lost: Replica, loss: Loss): Promise<void> {
  if (loss === "SIGSTOP") lost.process.child.kill("SIGCONT");
  lost.place.proxy.muted = false;
  lost.place.proxy.cut(); // what was sent meanwhile is lost
  await replicas.until(`${lost.pod} still leads after ${loss}`, ENDED_MS, () => !lost.leading || undefined);
}

/** As people set it up. */
const USUAL = { losses: 300, leaseSeconds: 15 };

/** The part "leaders" of `npm run faults`. Over an hour, as a Lease that nobody releases has to run out. */
export async function playLeaders({ seed = Date.now() % 1_000_000, say }: PartOptions): Promise<number> {
  return (await run({ ...USUAL, seed, say })).failures.length;
}

const Flags = z.object({
  losses: z.coerce.number().int().min(1).default(USUAL.losses),
  lease: z.coerce.number().min(1).default(USUAL.leaseSeconds),
  seed: z.coerce.number().int().optional(),
});

if (import.meta.main) {
  const { values } = parseArgs({ options: { losses: { type: "string" }, lease: { type: "string" }, seed: { type: "string" } } });
  const { losses, lease, seed = Date.now() % 1_000_000 } = Flags.parse(values);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const result = await run({ losses, leaseSeconds: lease, seed, say });
  process.exitCode = result.failures.length === 0 ? 0 : 1;
}
