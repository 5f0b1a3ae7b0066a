/**
 * Judges by the API server's audit log whether replicas ever wrote beside each other. Reads no file and asks no clock.
 *
 * etcd numbers all writes of a cluster, to Leases and to statuses, so the resourceVersions of the answers put them into their true order. In
 * that order a *term* begins with the write that makes a replica the holder of the Lease, and ends with the next one that makes another or
 * nobody the holder. A status write belongs to the newest term of its replica that began before it. What must hold:
 *
 * 1. Each accepted status write belongs to a term: nobody writes who never held the Lease.
 * 2. Terms never go back: once one has written, nobody writes any more who belongs to an earlier one.
 * 3. Each status write, accepted or refused, says the resourceVersion that it was judged from, and an accepted one none older than what
 *    stood there: nothing was overwritten unseen.
 *
 * A write after the end of its term and before the first of the next one breaks none of these: a replica that is paused between its look at
 * the clock and its request can make one, and no Lease prevents it. Such writes are counted.
 */
import * as z from "zod";
import { LEASE_NAME } from "../../src/operator/permissions.ts";
import type { AuditEvent, AuditedResources } from "../control-plane/audit.ts";

/** Of the operator; the API server has one of its own as well. */
const LEASE_NAMESPACE = "flux-migration";

const GROUP = "flux-migration.dev";
const STATUSES = "migrationstatuses";

/** What the control plane has to log with bodies for this. */
export const BODIES_OF: readonly AuditedResources[] = [
  { group: "coordination.k8s.io", resources: ["leases"] },
  { group: GROUP, resources: [STATUSES, `${STATUSES}/status`] },
];

const Answered = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string().regex(/^\d+$/) }) });
const Sent = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string().min(1).optional() }).optional() });
const AnsweredLease = z.looseObject({
  spec: z.looseObject({ holderIdentity: z.string().optional(), renewTime: z.string().optional() }),
});

/** From the write that made a replica the holder to the one that ended that. */
export interface Term {
  readonly pod: string;
  readonly began: Date;
  /** Undefined for the one that went on at the end of the log. */
  ended: Date | undefined;
  /** When the server had answered the first status write of it; undefined where there was none. */
  wrote: Date | undefined;
  statusWrites: number;
}

/** A status write that the server accepted after the end of its term, before the next one's first. */
export interface LateWrite {
  readonly what: string;
  /** From the end of the term until the server received it, in milliseconds. */
  readonly afterMs: number;
}

export interface Verdict {
  readonly terms: readonly Term[];
  readonly leaseWrites: number;
  readonly statusWrites: number;
  /** Status writes that were refused with 409: somebody else was faster. */
  readonly refused: number;
  readonly late: readonly LateWrite[];
  /** What must not be: one line for each write that breaks one of the three. */
  readonly broken: readonly string[];
  /** By pod: the largest difference between a time that it wrote into the Lease and the server's clock, in milliseconds. */
  readonly skewsMs: ReadonlyMap<string, number>;
}

interface Write {
  readonly revision: number;
  readonly event: AuditEvent;
}

/**
 * @param events with the bodies of BODIES_OF, in any order; nobody may have deleted the Lease or the MigrationStatus
 * @throws ZodError where a body that is needed is not there
 */
export function judgeWriters(events: readonly AuditEvent[]): Verdict {
  const judge = new Judge();
  const writes = events.filter(({ stage, verb }) => stage === "ResponseComplete" && ["create", "update", "patch"].includes(verb));
  for (const event of writes.filter(isStatusWrite)) judge.asked(event);
  const accepted = writes.filter((event) => (event.code ?? 0) < 300 && (isOurLease(event) || event.resource === STATUSES)).map(numbered);
  for (const write of accepted.toSorted((one, other) => one.revision - other.revision)) judge.accepted(write);
  return judge.verdict();
}

function isStatusWrite({ pod, group, resource, subresource }: AuditEvent): boolean {
  return pod !== undefined && group === GROUP && resource === STATUSES && subresource === "status";
}

function isOurLease({ resource, namespace, name }: AuditEvent): boolean {
  // A create names its object in its body alone.
  return resource === "leases" && namespace === LEASE_NAMESPACE && (name === LEASE_NAME || name === "");
}

function numbered(event: AuditEvent): Write {
  return { revision: Number(Answered.parse(event.answered).metadata.resourceVersion), event };
}

class Judge {
  readonly #terms: Term[] = [];
  readonly #late: LateWrite[] = [];
  readonly #broken: string[] = [];
  readonly #skewsMs = new Map<string, number>();
  /** Of each pod, the index of its newest term. */
  readonly #newest = new Map<string, number>();
  /** Index of the newest term that has written. */
  #writing = -1;
  /** Index of the term that goes on; undefined while nobody holds the Lease. */
  #present: number | undefined;
  #holder = "";
  /** Revision of the MigrationStatus as it stands, by name. */
  readonly #stands = new Map<string, number>();
  #leaseWrites = 0;
  #statusWrites = 0;
  #refused = 0;

  /** A status write, whatever came of it. */
  asked(event: AuditEvent): void {
    if (event.code === 409) this.#refused += 1;
    if (versionSent(event) === undefined) this.#broken.push(`${told(event)}: carries no resourceVersion`);
  }

  accepted(write: Write): void {
    if (write.event.resource === "leases") this.#lease(write.event);
    else this.#object(write);
  }

  verdict(): Verdict {
    return {
      terms: this.#terms,
      leaseWrites: this.#leaseWrites,
      statusWrites: this.#statusWrites,
      refused: this.#refused,
      late: this.#late,
      broken: this.#broken,
      skewsMs: this.#skewsMs,
    };
  }

  #lease({ pod, answered, at }: AuditEvent): void {
    this.#leaseWrites += 1;
    const { holderIdentity = "", renewTime } = AnsweredLease.parse(answered).spec;
    if (pod !== undefined && renewTime !== undefined) {
      const skewMs = Date.parse(renewTime) - at.getTime();
      if (Math.abs(skewMs) > Math.abs(this.#skewsMs.get(pod) ?? 0)) this.#skewsMs.set(pod, skewMs);
    }
    // Renewed, or a person has set a label.
    if (holderIdentity === this.#holder) return;
    this.#holder = holderIdentity;
    const ended = this.#present === undefined ? undefined : this.#terms[this.#present];
    if (ended) ended.ended = at;
    if (holderIdentity === "" || pod === undefined) {
      this.#present = undefined;
      return;
    }
    this.#present = this.#terms.length;
    this.#newest.set(pod, this.#present);
    this.#terms.push({ pod, began: at, ended: undefined, wrote: undefined, statusWrites: 0 });
  }

  #object({ revision, event }: Write): void {
    const before = this.#stands.get(event.name);
    // An apply that changes nothing answers with the version that stands.
    if (before !== undefined && revision <= before) return;
    this.#stands.set(event.name, revision);
    if (!isStatusWrite(event)) return;
    this.#statusWrites += 1;
    const from = versionSent(event);
    // A newer one is of a write whose answer nobody was there to be given, so that it is not in the log.
    if (before !== undefined && Number(from) < before)
      this.#broken.push(`${told(event)}: judged from ${from}, though ${before} stood there`);
    this.#judge(event);
  }

  #judge(event: AuditEvent): void {
    const index = this.#newest.get(event.pod ?? "");
    const term = index === undefined ? undefined : this.#terms[index];
    if (index === undefined || term === undefined) {
      this.#broken.push(`${told(event)}: it never held the Lease`);
      return;
    }
    if (index < this.#writing) {
      this.#broken.push(`${told(event)}: ${this.#terms[this.#writing]?.pod} has taken the Lease since, and written`);
      return;
    }
    if (term.ended) this.#late.push({ what: told(event), afterMs: event.receivedAt.getTime() - term.ended.getTime() });
    this.#writing = index;
    term.wrote ??= event.at;
    term.statusWrites += 1;
  }
}

function versionSent({ sent }: AuditEvent): string | undefined {
  return Sent.parse(sent).metadata?.resourceVersion;
}

function told({ pod, verb, resource, subresource, name, at }: AuditEvent): string {
  return `${at.toISOString()} ${pod}: ${verb} ${resource}/${subresource} ${name}`;
}
