/** Posts Events about our objects, each transition once. An Event is a courtesy: none that fails stops anything. */

import { createHash } from "node:crypto";
import { createObject } from "./apply.ts";
import type { KubeClient } from "./client.ts";
import { messageOf } from "./errors.ts";
import type { KubeLog } from "./log.ts";

/** The server refuses longer messages [1]. [1] k8s.io/kubernetes, pkg/apis/core/validation/events.go, NoteLengthLimit */
const MESSAGE_BYTES = 1024;

/** Transitions that are remembered as told; the server remembers more, by the Event's name. */
const REMEMBERED = 1000;

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
}

export interface EventRecorder {
  /** Posts an Event unless this transition has been told. Never rejects. */
  post(facts: EventFacts): Promise<void>;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, log, component } = options;
  const told = new Set<string>();
  let failing = false;
  return {
    post: async (facts) => {
      const id = transitionId(facts);
      if (told.has(id)) return;
      const name = `${facts.about.name.slice(0, NAME_CHARACTERS).replace(/[^a-z0-9]+$/, "")}.${id}`;
      try {
        // The name is the transition's: after a restart, or from a second replica, the server answers that it is told already.
        await createObject(client, { resource: EVENTS, namespace: NAMESPACE, name }, eventBody(options, facts, name), component);
        remember(told, id);
        failing = false;
      } catch (error) {
        if (!failing) log.warn("an Event could not be posted", { reason: facts.reason, error: messageOf(error) });
        failing = true;
      }
    },
  };
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
