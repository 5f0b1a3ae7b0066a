/**
 * Leader election by Lease: carries out what the election (kube/lease-election.ts) says is due, and tells when leadership comes and goes.
 * It fences no write: between leading() and a write a process can be paused, so each write carries its resourceVersion as well.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { FIELD_MANAGER } from "../api/group.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { KubeClient } from "../kube/client.ts";
import { stackOf } from "../kube/errors.ts";
import { claimedLease, LEASES, type Lease, newLease, readLease, releasedLease } from "../kube/lease.ts";
import { type Answer, Election, type ElectionTimings, electionTimings, type Step } from "../kube/lease-election.ts";
import { createLeaseRequests, type LeaseRequests } from "../kube/lease-requests.ts";
import type { KubeLog } from "../kube/log.ts";
import { createReflector, type Reflector } from "../kube/reflector.ts";
import type { ObjectAddress } from "../kube/resource.ts";
import { LeadershipLog } from "./leadership-log.ts";

/** Of stop(): half of the second in which a process has to end, whatever the server does. A Lease that is not released runs out. */
const STOP_MS = 450;

/** Whoever may write the Lease can write anything there. */
const HOLDER_CHARACTERS = 256;

const VERBS = { Read: "get", Create: "create", Update: "update" } as const;

export interface Leadership {
  start(): void;
  /** Gives the Lease back, so that another takes over at once. Ends within half a second, also where no server answers. */
  stop(): Promise<void>;
  /** Whether this replica may write now. Asked before each write: what was true a moment ago may have run out. */
  leading(): boolean;
  /** Who holds the Lease as it was seen last; undefined where nobody does, or nothing was seen yet. */
  holder(): string | undefined;
}

export interface LeadershipOptions {
  client: KubeClient;
  log: KubeLog;
  /** For the times that people read in the Lease. No decision depends on it. */
  clock: () => Date;
  namespace: string;
  name: string;
  /** Unique to this process, such as the pod's name and something random: two that bear one name would both lead. */
  identity: string;
  /** A leader that is not heard for so long is replaced. The Lease holds whole seconds: it is rounded up there. */
  durationMs: number;
  /** Called after leading() has become another, but for stop(). */
  changed: () => void;
  /** Milliseconds since any moment; performance.now where not given. */
  monotonic?: () => number;
}

/** @returns a part in the election that has not started; nothing is asked of the server yet. */
export function createLeadership(options: LeadershipOptions): Leadership {
  return new LeaseLeadership(options);
}

class LeaseLeadership implements Leadership {
  readonly #options: LeadershipOptions;
  readonly #address: ObjectAddress;
  readonly #timings: ElectionTimings;
  readonly #election: Election;
  readonly #requests: LeaseRequests;
  readonly #reflector: Reflector<Lease>;
  readonly #log: LeadershipLog;
  readonly #now: () => number;
  readonly #stepsEnd = new AbortController();
  #stopped: Promise<void> | undefined;
  #ending = false;
  /** The step under way: there is never more than one. */
  #underWay: Promise<void> | undefined;
  #failing = false;
  /** Whether changed() has told that this replica leads. */
  #told = false;
  #nextStep: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: LeadershipOptions) {
    const { client, log, clock, namespace, name, identity, durationMs, monotonic } = options;
    this.#options = options;
    this.#now = monotonic ?? (() => performance.now());
    this.#address = { resource: LEASES, namespace, name };
    this.#timings = electionTimings(durationMs);
    this.#election = new Election(identity, this.#timings);
    this.#log = new LeadershipLog(log, this.#address);
    const { requestMs } = this.#timings;
    this.#requests = createLeaseRequests({ client, address: this.#address, durationMs, requestMs, fieldManager: FIELD_MANAGER });
    this.#reflector = createReflector<Lease>({
      client,
      clock,
      resource: LEASES,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      form: "Object",
      log: withoutNews(log),
      keep: (object) => readLease(object, durationMs),
      changed: () => this.#watched(),
    });
  }

  start(): void {
    this.#reflector.start();
    this.#proceed();
  }

  leading(): boolean {
    return !this.#ending && this.#election.leads(this.#now());
  }

  holder(): string | undefined {
    const seen = this.#election.seen();
    if (seen?.at !== "Found" || seen.lease.holder === "") return undefined;
    return visibleText(seen.lease.holder, HOLDER_CHARACTERS);
  }

  stop(): Promise<void> {
    this.#ending = true;
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  /** Carries out what is due, one step after the other, and sleeps until more is. */
  #proceed(): void {
    if (this.#ending || this.#underWay !== undefined) return;
    clearTimeout(this.#nextStep);
    const nowMs = this.#now();
    const step = this.#election.next(nowMs);
    if (step.do === "Wait") {
      this.#nextStep = setTimeout(() => this.#proceed(), Math.ceil(step.untilMs - nowMs));
      return;
    }
    this.#underWay = this.#carryOut(step).finally(() => {
      this.#underWay = undefined;
      this.#proceed();
    });
  }

  async #carryOut(step: Exclude<Step, { do: "Wait" }>): Promise<void> {
    const sentMs = this.#now();
    const answer = await this.#send(step);
    this.#election.answered(answer, sentMs, this.#now());
    if (this.#ending) return;
    this.#log.answered(VERBS[step.do], answer);
    const failed = answer.at === "Failed" || answer.at === "Refused";
    // The watch has met the same trouble, and may sleep on for half a minute.
    if (this.#failing && !failed) this.#reflector.relist();
    this.#failing = failed;
    this.#tell();
  }

  #send(step: Exclude<Step, { do: "Wait" }>): Promise<Answer> {
    const { identity, durationMs, clock } = this.#options;
    const claim = { identity, durationMs, now: clock() };
    const { signal } = this.#stepsEnd;
    switch (step.do) {
      case "Read":
        return this.#requests.read(signal);
      case "Create":
        return this.#requests.create(newLease(this.#address, claim), signal);
      case "Update":
        return this.#requests.update(claimedLease(step.lease, claim), signal);
      default:
        return step satisfies never;
    }
  }

  #watched(): void {
    if (this.#ending) return;
    const state = this.#reflector.state();
    const [lease] = this.#reflector.items();
    this.#log.watched(state);
    if (lease) this.#election.watched({ at: "Found", lease }, this.#now());
    else if (state.at === "Synced") this.#election.watched({ at: "Absent" }, this.#now());
    this.#tell();
    this.#proceed();
  }

  /** Says what has become another, and looks again when the deadline has passed. */
  #tell(): void {
    const nowMs = this.#now();
    const leads = this.#election.leads(nowMs);
    const seen = this.#election.seen();
    clearTimeout(this.#deadline);
    if (leads) this.#deadline = setTimeout(() => this.#tell(), Math.ceil(this.#election.leadsUntilMs() - nowMs));
    this.#tellWaiting(nowMs);
    this.#log.wrong(seen?.at === "Found" ? seen.lease.problem : undefined);
    this.#log.holder(this.#election.held() ? undefined : this.holder());
    if (leads === this.#told) return;
    this.#told = leads;
    if (leads) this.#log.leads();
    else this.#log.leadsNoMore(this.#causeOfLoss());
    try {
      this.#options.changed();
    } catch (error) {
      this.#options.log.error("a listener failed", { error: stackOf(error) });
    }
  }

  #tellWaiting(nowMs: number): void {
    const seen = this.#election.seen();
    const waitMs = this.#election.waitsUntilMs() - nowMs;
    // A holder of our own setting is replaced in the time that people expect.
    const usualMs = Math.ceil(this.#timings.durationMs / 1000) * 1000;
    const long = seen?.at === "Found" ? seen.lease.durationMs > usualMs : true;
    this.#log.waits(seen?.at === "Found" ? this.holder() : undefined, long && waitMs > 0 ? waitMs : undefined);
  }

  #causeOfLoss(): string {
    if (this.#election.held()) return `not renewed within ${this.#timings.renewDeadlineMs / 1000} s`;
    if (this.#election.seen()?.at === "Absent") return "somebody deleted the Lease";
    const holder = this.holder();
    return holder === undefined ? "somebody released the Lease" : `${holder} took the Lease`;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#nextStep);
    clearTimeout(this.#deadline);
    const limit = new AbortController();
    const late = sleep(STOP_MS, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.#reflector.stop(), this.#release(limit.signal)]), late]);
    limit.abort();
  }

  async #release(signal: AbortSignal): Promise<void> {
    // What was sent may be written yet, so that the version to release is not known: it is given a moment.
    const patience = new AbortController();
    await Promise.race([this.#underWay, sleep(STOP_MS / 2, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    this.#stepsEnd.abort();
    if ((await this.#releaseOnce(signal))?.at !== "Outdated") return;
    const nowMs = this.#now();
    this.#election.answered(await this.#requests.read(signal), nowMs, nowMs);
    await this.#releaseOnce(signal);
  }

  async #releaseOnce(signal: AbortSignal): Promise<Answer | undefined> {
    const lease = this.#election.held();
    if (!lease) return undefined;
    const answer = await this.#requests.update(releasedLease(lease, this.#options.clock()), signal);
    if (answer.at === "Written") this.#log.released();
    return answer;
  }
}

/** What the election's own requests come to is told: the watch beside them has no news of its own. */
function withoutNews(log: KubeLog): KubeLog {
  return {
    debug: (sentence, fields) => log.debug(sentence, fields),
    info: (sentence, fields) => log.debug(sentence, fields),
    warn: (sentence, fields) => log.warn(sentence, fields),
    error: (sentence, fields) => log.error(sentence, fields),
  };
}
