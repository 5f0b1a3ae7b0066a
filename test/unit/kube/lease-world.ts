/**
 * Replicas of an election in one simulated time, around one Lease that takes writes by version: what can happen between them, happens
 * here in any order. It knows nothing of Kubernetes beyond that; the real API server has its own tests. It judges one thing, after each
 * event: that no two lead.
 */
import { claimedLease, type Lease, newLease, readLease, releasedLease } from "../../../src/kube/lease.ts";
import { type Answer, Election, electionTimings, type Step } from "../../../src/kube/lease-election.ts";

export const DURATION_MS = 15_000;
export const TIMINGS = electionTimings(DURATION_MS);
const ADDRESS = {
  resource: { group: "coordination.k8s.io", version: "v1", plural: "leases" },
  namespace: "flux-migration",
  name: "operator",
};
const LATENCY_MS = 5;

/** What becomes of a request. `Late`: it reaches the server when its sender has given up. */
export type Fate = "LostRequest" | "LostAnswer" | "SlowAnswer" | "Late" | "ServerError" | "Forbidden";

const REFUSALS: Readonly<Record<string, Answer>> = {
  ServerError: { at: "Failed", why: "500", retryAfterMs: 0 },
  Forbidden: { at: "Refused", code: 403, why: "no" },
};

/** How a replica's clocks differ from the others': the monotonic one starts anywhere and drifts, the wall clock is wrong. */
export interface Clocks {
  readonly startMs: number;
  readonly rate: number;
  readonly wallSkewMs: number;
}

interface Replica {
  readonly name: string;
  readonly clocks: Clocks;
  readonly election: Election;
  paused: boolean;
  dead: boolean;
  connected: boolean;
  watching: boolean;
  readonly fates: Fate[];
  /** What it could not take in while it was paused. */
  readonly inbox: (() => void)[];
  busy: boolean;
  /** Its timer: the last that was set counts. */
  timer: number;
}

interface Stored {
  readonly metadata: { readonly resourceVersion: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

interface Event {
  readonly atMs: number;
  readonly act: () => void;
}

export class World {
  readonly replicas: Replica[] = [];
  /** Instants at which two replicas led, and who. */
  readonly violations: string[] = [];
  /** Each time that somebody began to lead. */
  readonly terms: string[] = [];
  writes = 0;
  #nowMs = 0;
  #events: Event[] = [];
  #version = 100;
  #lease: Stored | undefined;
  #read: Lease | undefined;
  #leader: string | undefined;
  readonly #random: () => number;

  constructor(clocks: readonly Clocks[], random: () => number) {
    this.#random = random;
    for (const each of clocks) this.add(each);
  }

  leaders(): string[] {
    return this.replicas.filter((replica) => this.#leads(replica)).map(({ name }) => name);
  }

  /** A replica that starts now. */
  add(clocks: Clocks): void {
    const name = `replica-${this.replicas.length}`;
    const election = new Election(name, TIMINGS, this.#random);
    const replica = {
      name,
      clocks,
      election,
      paused: false,
      dead: false,
      connected: true,
      watching: true,
      fates: [],
      inbox: [],
      busy: false,
      timer: 0,
    };
    this.replicas.push(replica);
    this.#proceed(replica);
    this.#tell(replica);
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#events.reduce<Event | undefined>((first, event) => (first && first.atMs <= event.atMs ? first : event), undefined);
      if (!next || next.atMs > endMs) break;
      this.#events = this.#events.filter((event) => event !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
      this.#judge();
    }
    this.#nowMs = endMs;
    this.#judge();
  }

  /** Pauses a replica, parts it from the server, or takes its watch away. */
  afflict(index: number, how: Partial<Pick<Replica, "paused" | "connected" | "watching">>): void {
    Object.assign(this.#replica(index), how);
  }

  resume(index: number): void {
    const replica = this.#replica(index);
    if (!replica.paused) return;
    replica.paused = false;
    for (const act of replica.inbox.splice(0)) act();
    this.#proceed(replica);
    this.#judge();
  }

  /** Dies without a word; another process starts in its place. */
  crash(index: number): void {
    const replica = this.#replica(index);
    replica.dead = true;
    this.add(replica.clocks);
  }

  /** Ends in good order; another process starts in its place. */
  stop(index: number): void {
    const replica = this.#replica(index);
    const held = replica.election.held();
    replica.dead = true;
    if (held && replica.connected && !replica.paused) {
      const body = releasedLease(held, this.#wallClock(replica));
      this.#after(LATENCY_MS, () => void this.#put(body.metadata.resourceVersion, body));
    }
    this.add(replica.clocks);
  }

  doom(index: number, fate: Fate): void {
    this.#replica(index).fates.push(fate);
  }

  /** Somebody puts a label on the Lease. */
  touch(): void {
    if (this.#lease) this.#store({ ...this.#lease, metadata: { ...this.#lease.metadata, labels: { touched: String(this.#nowMs) } } });
  }

  delete(): void {
    this.#lease = undefined;
    this.#read = undefined;
    this.#version += 1;
    for (const replica of this.replicas) this.#tell(replica);
  }

  /** All that goes wrong ends; what is under way does not. */
  heal(): void {
    for (const [index, replica] of this.replicas.entries()) {
      replica.connected = true;
      replica.fates.length = 0;
      replica.watching = true;
      this.resume(index);
      this.#tell(replica);
    }
  }

  #replica(index: number): Replica {
    const alive = this.replicas.filter(({ dead }) => !dead);
    const replica = alive[index % alive.length];
    if (!replica) throw new Error("all are dead");
    return replica;
  }

  #leads(replica: Replica): boolean {
    return !replica.dead && replica.election.leads(this.#local(replica));
  }

  #local({ clocks }: Replica): number {
    return clocks.startMs + this.#nowMs * clocks.rate;
  }

  #wallClock({ clocks }: Replica): Date {
    return new Date(Date.UTC(2026, 10, 23) + this.#nowMs + clocks.wallSkewMs);
  }

  /** A paused replica is asked as well: its time runs on. */
  #judge(): void {
    const leaders = this.leaders();
    if (leaders.length > 1) this.violations.push(`${Math.round(this.#nowMs)} ms: ${leaders.join(" and ")}`);
    const [leader] = leaders;
    if (leader !== undefined && leader !== this.#leader) this.terms.push(leader);
    this.#leader = leader;
  }

  #after(ms: number, act: () => void): void {
    this.#events.push({ atMs: this.#nowMs + ms, act });
  }

  /** Done by the replica itself: not while it is paused, never once it is dead. */
  #by(replica: Replica, act: () => void): void {
    if (replica.dead) return;
    if (replica.paused) replica.inbox.push(act);
    else act();
  }

  #proceed(replica: Replica): void {
    if (replica.dead || replica.paused || replica.busy) return;
    const step = replica.election.next(this.#local(replica));
    if (step.do === "Wait") {
      const waitMs = Math.max(1, (step.untilMs - this.#local(replica)) / replica.clocks.rate);
      replica.timer += 1;
      const { timer } = replica;
      this.#after(waitMs, () => {
        if (replica.timer === timer) this.#by(replica, () => this.#proceed(replica));
      });
      return;
    }
    this.#send(replica, step);
  }

  #send(replica: Replica, step: Exclude<Step, { do: "Wait" }>): void {
    replica.busy = true;
    const sentMs = this.#local(replica);
    const limitMs = TIMINGS.requestMs / replica.clocks.rate;
    const fate = replica.connected ? replica.fates.shift() : "LostRequest";
    const body = this.#body(replica, step);
    let open = true;
    const answer = (given: Answer) =>
      this.#by(replica, () => {
        if (!open) return;
        open = false;
        replica.busy = false;
        replica.election.answered(given, sentMs, this.#local(replica));
        this.#proceed(replica);
      });
    this.#after(limitMs, () => answer({ at: "Failed", why: "not answered in time", retryAfterMs: 0 }));
    if (fate === "LostRequest") return;
    const refusal = REFUSALS[fate ?? "None"];
    if (refusal) {
      this.#after(LATENCY_MS, () => answer(refusal));
      return;
    }
    this.#after(fate === "Late" ? limitMs * 1.5 : LATENCY_MS, () => {
      const given = this.#serve(step, body);
      if (fate === "LostAnswer") return;
      this.#after(fate === "SlowAnswer" ? limitMs * 0.9 : LATENCY_MS, () => answer(given));
    });
  }

  #body(replica: Replica, step: Exclude<Step, { do: "Wait" }>): object {
    const claim = { identity: replica.name, durationMs: DURATION_MS, now: this.#wallClock(replica) };
    return step.do === "Update" ? claimedLease(step.lease, claim) : newLease(ADDRESS, claim);
  }

  #serve(step: Exclude<Step, { do: "Wait" }>, body: object): Answer {
    if (step.do === "Read") return { at: "Seen", sighting: this.#read ? { at: "Found", lease: this.#read } : { at: "Absent" } };
    if (step.do === "Update") return this.#put(step.lease.resourceVersion, body);
    if (this.#lease) return { at: "Outdated" };
    return this.#store({ ...body, metadata: { uid: "u", resourceVersion: "" } });
  }

  #put(version: string, body: object): Answer {
    if (this.#lease?.metadata.resourceVersion !== version) return { at: "Outdated" };
    return this.#store({ ...body, metadata: this.#lease.metadata });
  }

  #store(lease: Stored): Answer {
    this.#version += 1;
    this.writes += 1;
    this.#lease = structuredClone({ ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } });
    this.#read = readLease(this.#lease, DURATION_MS);
    for (const replica of this.replicas) this.#tell(replica);
    return { at: "Written", lease: this.#read };
  }

  /** A watch tells in order, each replica in its own time. */
  #tell(replica: Replica): void {
    if (replica.dead || !replica.watching || !replica.connected) return;
    const lease = this.#read;
    this.#after(LATENCY_MS, () =>
      this.#by(replica, () => {
        replica.election.watched(lease ? { at: "Found", lease } : { at: "Absent" }, this.#local(replica));
        this.#proceed(replica);
      }),
    );
  }
}
