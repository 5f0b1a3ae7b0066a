/** What a reflector believes of its resource, through trouble: what was read once holds until the cluster says otherwise. Asks for nothing itself. */

import { isDeepStrictEqual } from "node:util";
import { messageOf, StatusError } from "./errors.ts";
import type { RestartReason } from "./reflector-source.ts";
import type { ReflectorState } from "./reflector-state.ts";
import { type ResourceType, resourceName } from "./resource.ts";
import { refusalSentence } from "./trouble.ts";

export interface ReadingStateOptions {
  readonly resource: ResourceType;
  /** Absence of the whole kind is never believed. */
  readonly alwaysServed: boolean;
  /** For so long is a 401 borne where something was read before: credentials are about to be renewed. */
  readonly unauthorizedGraceMs: number;
}

export class ReadingState {
  readonly #options: ReadingStateOptions;
  #state: ReflectorState = { at: "Starting" };
  /** Answers of 404, one after the other. */
  #missed = 0;
  #unauthorizedSinceMs: number | undefined;

  constructor(options: ReadingStateOptions) {
    this.#options = options;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** The server answers, and lets us look. @returns whether that is news */
  healthy(): boolean {
    this.#missed = 0;
    this.#unauthorizedSinceMs = undefined;
    return this.#become({ at: "Synced" });
  }

  /** A list was answered. While no watch may follow it, that is no health: nobody would tell of a change. @returns whether it is news */
  listed(): boolean {
    this.#missed = 0;
    const state = this.#state;
    const mayOnlyList = state.at === "Unreadable" && state.verb === "watch" && state.reason === "Forbidden";
    return mayOnlyList ? false : this.healthy();
  }

  /** The kind is not served. @returns whether that is news */
  notInstalled(): boolean {
    return this.#become({ at: "NotInstalled" });
  }

  /** While an API server starts, it can answer 404 for a kind that it has not loaded yet: what was there is believed gone at the second 404. */
  isSurelyGone(): boolean {
    if (this.#options.alwaysServed) return false;
    this.#missed += 1;
    return this.#state.at === "Starting" || this.#state.at === "NotInstalled" || this.#missed > 1;
  }

  /** @returns whether the trouble leads to another state than the one before */
  failed(verb: "list" | "watch", reason: RestartReason, error: unknown, nowMs: number): boolean {
    const why = this.#unreadable(reason, nowMs);
    if (why === undefined) return false;
    const { resource } = this.#options;
    const told = error instanceof StatusError && why !== "Unavailable";
    const message = told ? refusalSentence(resource, verb, error) : `${resourceName(resource)}: ${messageOf(error)}`;
    return this.#become({ at: "Unreadable", verb, reason: why, message });
  }

  /** @returns undefined where the last state still holds */
  #unreadable(reason: RestartReason, nowMs: number): "Forbidden" | "Unauthorized" | "Unavailable" | undefined {
    if (reason !== "Unauthorized") this.#unauthorizedSinceMs = undefined;
    if (reason === "Forbidden") return "Forbidden";
    const { alwaysServed, unauthorizedGraceMs } = this.#options;
    // What was read once still holds while the server is away; before that there is nothing to hold.
    const holds = this.#state.at === "Synced" || this.#state.at === "NotInstalled";
    if (reason === "Unauthorized") {
      this.#unauthorizedSinceMs ??= nowMs;
      return holds && nowMs - this.#unauthorizedSinceMs < unauthorizedGraceMs ? undefined : "Unauthorized";
    }
    const restartsList = reason === "Expired" || reason === "FutureVersion" || (reason === "NotFound" && !alwaysServed);
    return this.#state.at === "Starting" && !restartsList ? "Unavailable" : undefined;
  }

  #become(state: ReflectorState): boolean {
    const differs = !isDeepStrictEqual(this.#state, state);
    this.#state = state;
    return differs;
  }
}
