/** Posts Events about our objects, each transition once. An Event is a courtesy: nobody waits for one, and none that fails stops anything. */

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createObject } from "./apply.ts";
import { Backoff, type BackoffTimings } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { ConnectionError, messageOf, StatusError } from "./errors.ts";
import type { KubeLog } from "./log.ts";
import { troubleOf } from "./trouble.ts";

/** The server refuses longer messages [1]. [1] k8s.io/kubernetes, pkg/apis/core/validation/events.go, NoteLengthLimit */
const MESSAGE_BYTES = 1024;

/** Transitions that are remembered as told; the server remembers more, by the Event's name. */
const REMEMBERED = 1000;

/** Events that wait, at most; the oldest are let go. A write tells of a few, and there are two writes a second at most. */
const MOST_WAITING = 100;

/** An Event is tried for so long: what comes later is no news. */
const TRIED_MS = 600_000;

/** What is under way at the end is waited for this long: the next process tells what was lost. */
const LAST_MS = 1_000;

const RETRY: BackoffTimings = { firstMs: 1_000, factor: 2, capMs: 60_000, jitter: 1, resetMs: 120_000 };

/** The name of an object before the hash: object names may have 253 characters, and so may an Event's. */
const NAME_CHARACTERS = 200;

/** core/v1: `kubectl describe` asks for these by kind, name and uid of the involved object. */
const EVENTS = { group: "", version: "v1", plural: "events" };

/** Where the server wants those about cluster-scoped objects. */
const NAMESPACE = "default";

/** The cluster-scoped object that an Event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface EventFacts {
  readonly about: EventSubject;
  readonly type: "Normal" | "Warning";
  /** One CamelCase word. */
  readonly reason: string;
  /** A sentence; cut at 1024 bytes. */
  readonly message: string;
  /** What makes this transition another one than the last with the same words, such as its time in the status. */
  readonly transition: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly log: KubeLog;
  readonly clock: () => Date;
  /** The component that reports: `flux-migration-operator`. */
  readonly component: string;
  /** The one of its replicas that reports: the pod's name. */
  readonly instance: string;
  /** Between the tries of one that failed. */
  readonly retry?: BackoffTimings;
}

export interface EventRecorder {
  /** Posts an Event soon, unless this transition has been told. */
  post(facts: EventFacts): void;
  /** Lets go what waits: somebody else tells it. */
  forget(): void;
  /** Waits for what has been posted, but for no second try, and not for long. */
  stop(): Promise<void>;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

interface Waiting {
  readonly facts: EventFacts;
  readonly untilMs: number;
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #retry: Backoff;
  readonly #told = new Set<string>();
  readonly #ended = new AbortController();
  readonly #cut = new AbortController();
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #failing = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#retry = new Backoff(options.retry ?? RETRY);
  }

  post(facts: EventFacts): void {
    this.#waiting = [...this.#waiting, { facts, untilMs: performance.now() + TRIED_MS }].slice(-MOST_WAITING);
    this.#running ??= this.#run();
  }

  forget(): void {
    this.#waiting = [];
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    const last = setTimeout(() => this.#cut.abort(), LAST_MS);
    await this.#running;
    clearTimeout(last);
  }

  /** One after the other, so that they stand in their order. */
  async #run(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const delayMs = await this.#try(next);
      if (delayMs === undefined) {
        this.#waiting = this.#waiting.filter((other) => other !== next);
        continue;
      }
      await sleep(delayMs, undefined, { signal: this.#ended.signal }).catch(() => undefined);
      if (this.#ended.signal.aborted) break;
    }
    // In the same turn as the last look at what waits: a call in between would be lost.
    this.#running = undefined;
  }

  /** @returns milliseconds until the next try; undefined where none is due. Never rejects. */
  async #try({ facts, untilMs }: Waiting): Promise<number | undefined> {
    const id = transitionId(facts);
    if (this.#told.has(id)) return undefined;
    const { client, component, log } = this.#options;
    const name = `${facts.about.name.slice(0, NAME_CHARACTERS).replace(/[^a-z0-9]+$/, "")}.${id}`;
    try {
      // The name is the transition's: after a restart, from a second replica or where an answer was lost, the server says that it is told already.
      const body = eventBody(this.#options, facts, name);
      await createObject(client, { resource: EVENTS, namespace: NAMESPACE, name }, body, component, this.#cut.signal);
      remember(this.#told, id);
      this.#failing = false;
      return undefined;
    } catch (error) {
      if (this.#cut.signal.aborted) return undefined;
      if (!this.#failing) log.warn("an Event could not be posted", { reason: facts.reason, error: messageOf(error) });
      this.#failing = true;
      const nowMs = performance.now();
      return mayPassLater(error) && nowMs < untilMs ? this.#retry.next(nowMs, troubleOf(error)?.retryAfterMs) : undefined;
    }
  }
}

/** A refusal for what the Event is, or for whose, is the last word. */
function mayPassLater(error: unknown): boolean {
  if (error instanceof StatusError) return error.code === 401 || error.code === 429 || error.code >= 500;
  return error instanceof ConnectionError;
}

function eventBody(options: EventRecorderOptions, facts: EventFacts, name: string) {
  const { component, instance } = options;
  const { about } = facts;
  const now = `${options.clock().toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: NAMESPACE },
    involvedObject: { ...about },
    type: facts.type,
    reason: facts.reason,
    message: cutBytes(facts.message, MESSAGE_BYTES),
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}

function transitionId({ about, type, reason, message, transition }: EventFacts): string {
  return createHash("sha256").update([about.uid, type, reason, message, transition].join("\u0000")).digest("hex").slice(0, 20);
}

function remember(told: Set<string>, id: string): void {
  told.add(id);
  const [oldest] = told;
  if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
}

/** @returns as many whole characters as fit, with three dots where some are missing. */
function cutBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const room = maxBytes - 3;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(room));
  return `${text.slice(0, read)}...`;
}
