/**
 * A Lease of coordination.k8s.io/v1: what it says, and what a replica writes into it. Sends nothing (lease-requests.ts) and decides
 * nothing about who leads (lease-election.ts).
 */

import * as z from "zod";
import { LONGEST_LEASE_SECONDS } from "./longest-lease.ts";
import type { ObjectAddress, ResourceType } from "./resource.ts";

export const LEASES: ResourceType = { group: "coordination.k8s.io", version: "v1", plural: "leases" };

const HolderIdentity = z.string().optional();

const LeaseDurationSeconds = z.int().min(1).max(LONGEST_LEASE_SECONDS);

/** One below the largest int32, which is what the server stores: the next leader adds one. */
const MOST_TRANSITIONS = 2 ** 31 - 2;
const LeaseTransitions = z.int().min(0).max(MOST_TRANSITIONS).optional();

/** A Lease as the server has it. Fields that are not ours are kept, and go back unchanged. */
const LeaseObject = z.looseObject({
  // The uid goes back with each write: a PUT without one makes a Lease that somebody deleted anew, whatever version it carries (seen on 1.36.3).
  metadata: z.looseObject({ resourceVersion: z.string().min(1), uid: z.string().min(1) }),
  spec: z
    .looseObject({})
    .nullish()
    .transform((spec) => spec ?? {}),
});
export type LeaseObject = z.infer<typeof LeaseObject>;

/** What a Lease says. */
export interface Lease {
  readonly resourceVersion: string;
  /** Empty where nobody holds it. */
  readonly holder: string;
  /** For so long after it was last changed it holds: no time where nobody holds it. */
  readonly durationMs: number;
  readonly transitions: number;
  /** What stands in it wrongly, by field, and is not believed; undefined where nothing does. */
  readonly problem: string | undefined;
  readonly object: LeaseObject;
}

/** Who writes into a Lease, and when. */
export interface Claim {
  /** Unique to one process: two that bear one name would both lead. */
  readonly identity: string;
  readonly durationMs: number;
  readonly now: Date;
}

/**
 * Reads a Lease. A field that is missing or cannot be meant is told as a problem, and another value is taken in its place: an election
 * must go on, whatever somebody has written.
 *
 * @param object as the server has it
 * @param ownMs the duration of a Lease that gives none
 * @throws ZodError for an object without metadata, which no server sends
 */
export function readLease(object: unknown, ownMs: number): Lease {
  const lease = LeaseObject.parse(object);
  const problems: string[] = [];
  const read = <T>(field: string, schema: z.ZodType<T>, wanted: string, otherwise: T): T => {
    const found = lease.spec[field] ?? undefined;
    const parsed = schema.safeParse(found);
    if (parsed.success) return parsed.data;
    problems.push(`spec.${field} is ${found === undefined ? "not there" : JSON.stringify(found).slice(0, 100)}; want ${wanted}`);
    return otherwise;
  };
  const holder = read("holderIdentity", HolderIdentity, "a name", "(unreadable)") ?? "";
  const transitions = read("leaseTransitions", LeaseTransitions, `a whole number up to ${MOST_TRANSITIONS}`, 0) ?? 0;
  const wantedSeconds = `whole seconds from 1 to ${LONGEST_LEASE_SECONDS}`;
  const durationMs = holder === "" ? 0 : read("leaseDurationSeconds", LeaseDurationSeconds, wantedSeconds, wholeSeconds(ownMs)) * 1000;
  return {
    resourceVersion: lease.metadata.resourceVersion,
    holder,
    durationMs,
    transitions,
    problem: problems.length === 0 ? undefined : problems.join("; "),
    object: lease,
  };
}

/** @returns the body of a Lease that is not there yet, held by the one who makes it. */
export function newLease({ namespace, name }: ObjectAddress, claim: Claim): object {
  return {
    apiVersion: `${LEASES.group}/${LEASES.version}`,
    kind: "Lease",
    metadata: { name, namespace },
    spec: { ...held(claim), acquireTime: microTime(claim.now), leaseTransitions: 0 },
  };
}

/** @returns the Lease held by the claimant: renewed where it held it already, else taken over. */
export function claimedLease(lease: Lease, claim: Claim): LeaseObject {
  if (lease.holder === claim.identity) return withSpec(lease, { ...held(claim), leaseTransitions: lease.transitions });
  return withSpec(lease, { ...held(claim), acquireTime: microTime(claim.now), leaseTransitions: lease.transitions + 1 });
}

/** @returns the Lease held by nobody, as client-go releases it [1]: those who only look at times wait a second. [1] k8s.io/client-go, tools/leaderelection */
export function releasedLease(lease: Lease, now: Date): LeaseObject {
  const time = microTime(now);
  return withSpec(lease, {
    holderIdentity: "",
    leaseDurationSeconds: 1,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: lease.transitions,
  });
}

function held({ identity, durationMs, now }: Claim) {
  return { holderIdentity: identity, leaseDurationSeconds: wholeSeconds(durationMs), renewTime: microTime(now) };
}

function withSpec({ object }: Lease, spec: Record<string, unknown>): LeaseObject {
  return { ...object, spec: { ...object.spec, ...spec } };
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** The server takes a MicroTime with six digits alone. */
function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
