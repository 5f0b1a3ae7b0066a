/**
 * One replica's part in an election by Lease, as client-go plays it [1]: what it knows, whether it leads, and what it has to do next. Pure:
 * it is given the time, sends nothing, and has no timer. All times are milliseconds of this process's monotonic clock, and a holder's
 * claim counts from when this replica saw it: the clocks of others do not matter.
 *
 * A holder leads until its deadline, counted from the moment in which it sent its last renewal; another takes over only after the whole
 * duration, counted from a later moment. No lease fences a write, though: a paused process checks, sleeps, and writes. Writes carry
 * their resourceVersion for that.
 * [1] k8s.io/client-go, tools/leaderelection/leaderelection.go
 */

import { isDeepStrictEqual } from "node:util";
import { Backoff } from "./backoff.ts";
import type { Lease } from "./lease.ts";
import { isOlder } from "./resource-version.ts";

/** Times of an election, in milliseconds. */
export interface ElectionTimings {
  /** For so long a holder that is not heard keeps the Lease. */
  readonly durationMs: number;
  /** For so long after its last renewal a leader leads. */
  readonly renewDeadlineMs: number;
  /** From one renewal to the next, and from a failed request to the next. */
  readonly retryMs: number;
  /** For one request. */
  readonly requestMs: number;
}

/** @returns times in client-go's proportions (15 s, 10 s, 2 s), and half the deadline for a request, so that a renewal that hangs leaves time for another. */
export function electionTimings(durationMs: number): ElectionTimings {
  const part = (share: number) => Math.round(durationMs * share);
  return { durationMs, renewDeadlineMs: part(2 / 3), retryMs: part(2 / 15), requestMs: part(1 / 3) };
}

/** Up to so much longer, at random, as client-go: replicas must not come in step. */
const JITTER = 0.2;

/** After a conflict the Lease is looked at again in this part of a retry: somebody was faster, and the watch is about to tell who. */
const CONFLICT_PART = 0.1;

/** What was seen: the Lease, or that there is none. */
export type Sighting = { at: "Found"; lease: Lease } | { at: "Absent" };

/** What is to be done next. */
export type Step = { do: "Read" } | { do: "Create" } | { do: "Update"; lease: Lease } | { do: "Wait"; untilMs: number };

/** What came of a request. */
export type Answer =
  | { at: "Seen"; sighting: Sighting }
  | { at: "Written"; lease: Lease }
  /** Somebody wrote in between, or the Lease came or went. */
  | { at: "Outdated" }
  /** No answer, or one that may be another in a moment. */
  | { at: "Failed"; why: string; retryAfterMs: number }
  /** A no that stays one until a person acts: no right, no namespace. */
  | { at: "Refused"; code: number; why: string };

export class Election {
  readonly #identity: string;
  readonly #timings: ElectionTimings;
  readonly #random: () => number;
  readonly #refused: Backoff;
  #seen: Sighting | undefined;
  /** The newest version that was seen: both a watch and an answer can be late. */
  #newest: string | undefined;
  /** What was seen is known to be no longer true. */
  #outdated = false;
  /** Until then another holder's claim stands, unless it is renewed. */
  #claimEndsMs = Number.NEGATIVE_INFINITY;
  #leadsUntilMs = Number.NEGATIVE_INFINITY;
  #renewMs = Number.NEGATIVE_INFINITY;
  /** After a failure nothing is sent before. */
  #pauseUntilMs = Number.NEGATIVE_INFINITY;

  /** @param identity unique to this process: two that bear one name would both lead */
  constructor(identity: string, timings: ElectionTimings, random: () => number = Math.random) {
    this.#identity = identity;
    this.#timings = timings;
    this.#random = random;
    const { retryMs, durationMs } = timings;
    this.#refused = new Backoff({ firstMs: retryMs, factor: 2, capMs: 2 * durationMs, jitter: JITTER, resetMs: 4 * durationMs }, random);
  }

  /** The Lease as it was seen last; undefined before the first look. */
  seen(): Sighting | undefined {
    return this.#seen;
  }

  leads(nowMs: number): boolean {
    return nowMs < this.#leadsUntilMs;
  }

  /** When leadership ends unless it is renewed. */
  leadsUntilMs(): number {
    return this.#leadsUntilMs;
  }

  /** @returns the lease that this replica holds, leading or not. */
  held(): Lease | undefined {
    return this.#seen?.at === "Found" && this.#seen.lease.holder === this.#identity ? this.#seen.lease : undefined;
  }

  /** Until when another's claim is waited for, unless it is renewed; in the past where none stands. */
  waitsUntilMs(): number {
    return this.#claimEndsMs;
  }

  next(nowMs: number): Step {
    if (nowMs < this.#pauseUntilMs) return { do: "Wait", untilMs: this.#pauseUntilMs };
    if (this.#seen === undefined || this.#outdated) return { do: "Read" };
    if (this.leads(nowMs) && nowMs < this.#renewMs) return { do: "Wait", untilMs: this.#renewMs };
    if (nowMs < this.#claimEndsMs) return { do: "Wait", untilMs: this.#claimEndsMs };
    return this.#seen.at === "Absent" ? { do: "Create" } : { do: "Update", lease: this.#seen.lease };
  }

  /**
   * Takes in what a watch tells. It can be late, so what is older than what is known does not count; and an absence has no version, so
   * it is only a reason to look.
   */
  watched(sighting: Sighting, nowMs: number): void {
    if (sighting.at === "Found") {
      const { resourceVersion } = sighting.lease;
      if (resourceVersion !== this.#newest && !isOlder(resourceVersion, this.#newest)) this.#look(sighting, nowMs);
    } else if (this.#seen?.at === "Found") {
      this.#outdated = true;
    }
  }

  /**
   * Takes in what came of a step.
   *
   * @param sentMs when its request was sent: the server acted then or later
   */
  answered(answer: Answer, sentMs: number, nowMs: number): void {
    switch (answer.at) {
      case "Seen":
        this.#look(answer.sighting, nowMs);
        return;
      case "Written":
        this.#written(answer.lease, sentMs, nowMs);
        return;
      case "Outdated":
        this.#outdated = true;
        this.#pauseUntilMs = nowMs + this.#spread(this.#timings.retryMs * CONFLICT_PART);
        return;
      case "Failed": {
        // No server may keep us from leading for longer than a leader that died would.
        const askedMs = Math.min(answer.retryAfterMs, this.#timings.durationMs);
        this.#pauseUntilMs = Math.max(nowMs + askedMs, sentMs + this.#spread(this.#timings.retryMs));
        return;
      }
      case "Refused":
        this.#pauseUntilMs = nowMs + this.#refused.next(nowMs);
        return;
      default:
        answer satisfies never;
    }
  }

  /** The answer can be late as well: what the watch has told meanwhile holds. */
  #written(lease: Lease, sentMs: number, nowMs: number): void {
    const deleted = this.#outdated; // nothing is written on what was outdated before
    if (!isOlder(lease.resourceVersion, this.#newest)) this.#look({ at: "Found", lease }, nowMs);
    this.#outdated = deleted;
    if (deleted || !this.held()) return;
    this.#leadsUntilMs = sentMs + this.#timings.renewDeadlineMs;
    this.#renewMs = sentMs + this.#spread(this.#timings.retryMs);
  }

  #look(sighting: Sighting, nowMs: number): void {
    const before = this.#seen;
    const led = this.leads(nowMs);
    this.#seen = sighting;
    this.#outdated = false;
    const holds = this.held() !== undefined;
    if (!holds) this.#leadsUntilMs = Number.NEGATIVE_INFINITY;
    if (sighting.at === "Absent") {
      // A claim outlives its Lease: somebody deleted that, and another may have renewed it just before.
      if (before?.at === "Found" && !led) this.#claimEndsMs = nowMs + Math.max(before.lease.durationMs, this.#timings.durationMs);
      return;
    }
    const { lease } = sighting;
    this.#newest = lease.resourceVersion;
    if (holds) this.#claimEndsMs = Number.NEGATIVE_INFINITY;
    // Only a change of what it says renews a claim: a label that is set each second must not keep a dead leader in office.
    else if (before?.at !== "Found" || !isDeepStrictEqual(before.lease.object.spec, lease.object.spec))
      this.#claimEndsMs = nowMs + lease.durationMs; // which is 0 where nobody holds it
  }

  #spread(ms: number): number {
    return ms * (1 + JITTER * this.#random());
  }
}
