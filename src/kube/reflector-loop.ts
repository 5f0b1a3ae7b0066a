/** The reflector's loop: list, watch, recover. Sees no bytes and no HTTP: its source reads, trouble.ts sorts errors, backoff.ts says how long to wait. */

import { Backoff } from "./backoff.ts";
import { messageOf, stackOf } from "./errors.ts";
import { type Kept, KeptSet } from "./kept-set.ts";
import type { KubeLog } from "./log.ts";
import type { LoopTime } from "./loop-time.ts";
import { ReadingPosition } from "./reading-position.ts";
import { ReadingState } from "./reading-state.ts";
import type { ReflectorMetrics, RestartReason, Source, WatchSink } from "./reflector-source.ts";
import type { Reflector, ReflectorState } from "./reflector-state.ts";
import type { ReflectorTimings } from "./reflector-timings.ts";
import { type ResourceType, resourceName } from "./resource.ts";
import { isOlder } from "./resource-version.ts";
import { troubleOf } from "./trouble.ts";

export interface LoopParts<T> {
  readonly source: Source<T>;
  readonly resource: ResourceType;
  /** Absence of the whole kind is never believed. */
  readonly alwaysServed?: boolean;
  readonly log: KubeLog;
  readonly metrics: ReflectorMetrics;
  readonly timings: ReflectorTimings;
  readonly changed: () => void;
  /** Told when a list came from before what was seen: etcd was restored. */
  readonly restored?: (() => void) | undefined;
  readonly time: LoopTime;
}

export class ReflectorLoop<T> implements Reflector<T> {
  readonly resource: string;
  readonly metrics: Readonly<ReflectorMetrics>;
  readonly #parts: LoopParts<T>;
  readonly #kept = new KeptSet<T>();
  readonly #backoff: Backoff;
  readonly #time: LoopTime;
  readonly #position = new ReadingPosition();
  readonly #reading: ReadingState;
  #running: Promise<void> | undefined;
  #stopped = false;
  /** Ends the request or the wait that is under way. */
  #turn = new AbortController();
  /** Cuts a wait of the back-off short; undefined while there is none that may be. */
  #backingOff: AbortController | undefined;
  #listAsked = false;
  #listing = false;
  /** What the present watch has brought so far, its pauses included: nothing, the server's consent, frames. */
  #heard: "Nothing" | "Opened" | "Frames" = "Nothing";
  #quiet = false;
  #versionDoubted = false;
  #lastTrouble: RestartReason | undefined;

  constructor(parts: LoopParts<T>) {
    this.#parts = parts;
    this.resource = resourceName(parts.resource);
    this.metrics = parts.metrics;
    this.#backoff = new Backoff(parts.timings.backoff);
    this.#time = parts.time;
    const { resource, alwaysServed = false, timings } = parts;
    this.#reading = new ReadingState({ resource, alwaysServed, unauthorizedGraceMs: timings.unauthorizedGraceMs });
  }

  state(): ReflectorState {
    return this.#reading.state;
  }

  items(): readonly T[] {
    return this.#kept.values();
  }

  start(): void {
    if (this.#stopped) return;
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#turn.abort();
    await this.#running;
  }

  relist(): void {
    this.#listAsked = true;
    // A list under way may have been answered before the change that we are told of: it is finished, and another one follows.
    if (!this.#listing) this.#turn.abort();
  }

  hurry(): void {
    this.#backingOff?.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#turn = new AbortController();
      if (this.#listAsked) this.#position.listLatest();
      const startedMs = this.#time.nowMs();
      this.#heard = "Nothing";
      let verb: "list" | "watch" = "list";
      try {
        // The doubt is settled by a list of one object.
        if (this.#versionDoubted && this.#position.resume !== undefined && (await this.#mustListAgain(this.#turn.signal)))
          this.#position.listLatest();
        const { resume } = this.#position;
        if (resume === undefined) {
          await this.#list();
          continue;
        }
        verb = "watch";
        await this.#watch(resume);
        await this.#afterHealthyEnd(startedMs);
      } catch (error) {
        await this.#recover(verb, error);
      }
    }
  }

  async #list(): Promise<void> {
    this.#listing = true;
    this.#listAsked = false;
    const { signal } = this.#turn;
    try {
      const { kept, resourceVersion } = await this.#parts.source.list(this.#position.listStart, signal);
      if (signal.aborted) return;
      if (this.#position.listed(resourceVersion)) {
        this.#count("Restored");
        this.#parts.restored?.();
      }
      this.#versionDoubted = false;
      const differs = this.#kept.replace(kept);
      this.#answered(differs, this.#reading.listed());
    } finally {
      this.#listing = false;
    }
  }

  async #watch(from: string): Promise<void> {
    const { signal } = this.#turn;
    const over = new AbortController();
    const unlessOver = (act: () => void) => {
      if (!signal.aborted) act();
    };
    const sink: WatchSink<T> = {
      opened: () =>
        unlessOver(() => {
          if (this.#heard === "Nothing") {
            this.#heard = "Opened";
            void this.#checkMeanwhile(AbortSignal.any([signal, over.signal]));
          }
          this.#answered(false, this.#reading.healthy());
        }),
      progressed: (resourceVersion) => unlessOver(() => this.#progressed(resourceVersion)),
      kept: (key) => this.#kept.get(key),
      keysNamed: (name) => this.#kept.keysNamed(name),
      put: (key, kept) => unlessOver(() => this.#kept.put(key, kept) && this.#tell()),
      remove: (key, uid) => unlessOver(() => this.#isThere(key, uid) && this.#kept.delete(key) && this.#tell()),
    };
    try {
      await this.#parts.source.watch({ resourceVersion: from, quiet: this.#quiet }, sink, signal);
    } finally {
      over.abort();
    }
  }

  /** A watch that runs outlives the right to it, and one whose version the cluster has lost is silent: neither is ever said, so it is asked for. */
  async #checkMeanwhile(signal: AbortSignal): Promise<void> {
    const { least, most } = this.#parts.timings.checkMs;
    for (;;) {
      await this.#time.wait(least + Math.random() * (most - least), signal);
      if (signal.aborted) return;
      try {
        if (await this.#mustListAgain(signal)) return this.relist();
      } catch (error) {
        if (signal.aborted) return;
        // The list is refused as well, and says so in the usual way.
        if (troubleOf(error)?.reason === "Forbidden") return this.relist();
        this.#log("debug", "the cluster's resourceVersion could not be asked for", { error: messageOf(error) }); // the watch will tell why
      }
    }
  }

  #progressed(resourceVersion: string): void {
    // A restored etcd goes on from an older version, and says so in its next bookmark: what lies between would be missed.
    if (!this.#position.progressed(resourceVersion)) {
      this.relist();
      return;
    }
    this.#heard = "Frames";
    this.#quiet = false;
  }

  /** An old DELETED must not remove the object that was made anew under the same name. */
  #isThere(key: string, uid: string): boolean {
    const kept: Kept<T> | undefined = this.#kept.get(key);
    return kept !== undefined && (uid === "" || kept.uid === uid);
  }

  /** The server answers; whether it lets us look, the state says. */
  #answered(setDiffers: boolean, stateDiffers: boolean): void {
    const synced = this.state().at === "Synced";
    if (synced && this.#lastTrouble !== undefined) this.#log("info", "reading again", { after: this.#lastTrouble });
    if (synced) this.#lastTrouble = undefined;
    if (setDiffers || stateDiffers) this.#tell();
  }

  async #afterHealthyEnd(startedMs: number): Promise<void> {
    this.#count("Ended");
    this.#versionDoubted = this.#heard !== "Frames";
    const nowMs = this.#time.nowMs();
    const restMs = startedMs + this.#parts.timings.shortWatchMs - nowMs;
    const tooShort = restMs > 0;
    // The server so ends the watch of one who reads too slowly, and the longer the pause, the more is to be read after it.
    if (tooShort) await this.#wait(this.#heard === "Frames" ? restMs : this.#backoff.next(nowMs));
  }

  /** Whether etcd was restored from a backup: the cluster is at an older version than we have seen. */
  async #mustListAgain(signal: AbortSignal): Promise<boolean> {
    // What the watch brings while the answer is under way may be newer than it.
    const known = this.#position.resume;
    const latest = await this.#parts.source.latestVersion(signal);
    this.#versionDoubted = false;
    return isOlder(latest, known);
  }

  async #recover(verb: "list" | "watch", error: unknown): Promise<void> {
    if (this.#stopped) return;
    if (this.#turn.signal.aborted) {
      this.#count("Asked");
      return;
    }
    const trouble = troubleOf(error);
    if (trouble === undefined)
      this.#log("error", "a bug interrupted the reading; it is started again", {
        verb,
        error: stackOf(error),
      });
    const reason = trouble?.reason ?? "Malformed";
    this.#count(reason);
    if (verb === "watch" && reason === "Silent") this.#learnFromSilence();
    // Who ended it may come back with another past.
    if (reason === "Cut") this.#versionDoubted = true;
    const nowMs = this.#time.nowMs();
    const stateDiffers = this.#reading.failed(verb, reason, error, nowMs);
    this.#position.failed(verb, reason);
    if (reason === "NotFound" && this.#reading.isSurelyGone()) return this.#notInstalled();
    const delayMs = this.#backoff.next(nowMs, trouble?.retryAfterMs);
    // The same trouble again is no news: an outage of an hour is one line a kind.
    const level = this.#lastTrouble === reason ? "debug" : "info";
    this.#log(level, `${verb} is tried again`, { cause: reason, delayMs: Math.round(delayMs), error: messageOf(error) });
    this.#lastTrouble = reason;
    if (stateDiffers) this.#tell();
    const hurried = new AbortController();
    if (!trouble?.retryAfterMs) this.#backingOff = hurried;
    await this.#time.wait(delayMs, AbortSignal.any([this.#turn.signal, hurried.signal]));
    this.#backingOff = undefined;
  }

  /** Silence from the first moment on can be a quiet kind: the next watch, from the same version, brings what a dead one kept back, if anything. */
  #learnFromSilence(): void {
    this.#quiet = this.#heard === "Opened";
    this.#versionDoubted = this.#quiet;
  }

  /** The kind is not served. */
  async #notInstalled(): Promise<void> {
    this.#lastTrouble = "NotFound";
    this.#position.forget();
    const setDiffers = this.#kept.replace(new Map());
    if (this.#reading.notInstalled() || setDiffers) this.#tell();
    await this.#wait(this.#parts.timings.notInstalledMs * (1 + Math.random() * 0.2));
  }

  async #wait(delayMs: number): Promise<void> {
    await this.#time.wait(delayMs, this.#turn.signal); // aborted: stop() or relist()
  }

  #tell(): void {
    try {
      this.#parts.changed();
    } catch (error) {
      this.#log("error", "a listener failed", { error: stackOf(error) });
    }
  }

  #count(reason: RestartReason): void {
    const { restarts } = this.#parts.metrics;
    restarts[reason] = (restarts[reason] ?? 0) + 1;
  }

  #log(level: keyof KubeLog, sentence: string, fields: Record<string, unknown>): void {
    this.#parts.log[level](sentence, { resource: this.resource, ...fields });
  }
}
