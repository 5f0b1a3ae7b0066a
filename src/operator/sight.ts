/** Everything that the operator sees of a cluster, kept true by watches. Judges nothing: src/assess does that. */

import type { MigrationStatus } from "../api/migration-status.ts";
import type { MigrationTimetable } from "../api/migration-timetable.ts";
import type { Look, Unreadable } from "../assess/look.ts";
import type { Data } from "../data/read-data.ts";
import type { CrdFacts } from "../detect/crd.ts";
import { type NamespaceFacts, readNamespace } from "../detect/namespace.ts";
import { clusterUid, serverVersion } from "../kube/discovery.ts";
import { messageOf } from "../kube/errors.ts";
import { createReflector, type Reflector } from "../kube/reflector.ts";
import { NAMESPACES } from "../kube/resource.ts";
import { Flux1Objects, type KeptCrd, watchCrds } from "./crd-watch.ts";
import { Notices } from "./notices.ts";
import { ObjectCounts } from "./object-counts.ts";
import { watchStatuses, watchTimetables } from "./own-kinds.ts";
import { hasAnswered, Patience } from "./patience.ts";
import type { WatchContext } from "./watch-context.ts";
import { type KeptWorkload, malformed, watchWorkloads } from "./workload-watch.ts";

/** Objects are counted and the server's version is asked this often: neither decides anything by itself. */
const COUNT_INTERVAL_MS = 600_000;

/** Sooner where an answer was missing: it may be there by now. */
const MISSING_INTERVAL_MS = 30_000;

/** A kind that does not answer at start is waited for this long before it is called unreadable: the last good status stays meanwhile. */
const UNAVAILABLE_GRACE_MS = 60_000;

/** A kind whose CRD comes later holds up what is judged of all others: a little, so that a status is not written twice, and no longer. */
const LATE_GRACE_MS = 10_000;

/** Each kind finds a restored etcd by itself; within this time that is the same one. */
const SAME_RESTORE_MS = 60_000;

export interface SightOptions extends WatchContext {
  data: Data;
  countIntervalMs?: number;
  unavailableGraceMs?: number;
}

interface OwnKindsNeeded {
  /** Where there is one to keep true. */
  readonly statuses: boolean;
  /** Where one is referred to. */
  readonly timetables: boolean;
}

export class Sight {
  readonly #options: SightOptions;
  readonly #workloads: Reflector<KeptWorkload>[];
  readonly #namespaces: Reflector<NamespaceFacts>;
  readonly #crds: Reflector<KeptCrd>;
  readonly #flux1Objects: Flux1Objects;
  readonly #statuses: Reflector<MigrationStatus>;
  readonly #timetables: Reflector<MigrationTimetable>;
  readonly #counts: ObjectCounts;
  readonly #notices: Notices;
  readonly #patience: Patience;
  readonly #ended = new AbortController();
  #surveys: Promise<void> = Promise.resolve();
  /** A survey that was asked for and has not begun. */
  #due: Promise<void> | undefined;
  #surveyed = false;
  #settledOnce = false;
  #restoredMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #version: string | undefined;
  #uid: string | undefined;

  constructor(options: SightOptions) {
    this.#options = options;
    const { client, log, clock, data, source, timings } = options;
    const context = {
      client,
      log,
      clock,
      changed: () => this.#changed(),
      restored: () => this.#restored(),
      ...(source ? { source } : {}),
      ...(timings ? { timings } : {}),
    };
    this.#workloads = watchWorkloads(context, data);
    this.#namespaces = createReflector<NamespaceFacts>({
      ...context,
      resource: NAMESPACES,
      alwaysServed: true,
      form: "Metadata",
      keep: (object) => {
        const reading = readNamespace(object);
        return reading.at === "Read" ? reading.namespace : undefined;
      },
    });
    this.#crds = watchCrds(context, data);
    this.#flux1Objects = new Flux1Objects(context);
    this.#statuses = watchStatuses(context);
    this.#timetables = watchTimetables(context);
    this.#notices = new Notices(log);
    this.#counts = new ObjectCounts(client, this.#notices);
    this.#patience = new Patience({ log, ended: () => this.#changed() });
  }

  start(): void {
    for (const reflector of this.#fixed()) {
      reflector.start();
      this.#patience.begin(reflector, this.#graceMs());
    }
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    this.#patience.stop();
    clearTimeout(this.#timer);
    await Promise.all([...this.#fixed().map((reflector) => reflector.stop()), this.#flux1Objects.stop(), this.#surveys]);
  }

  /** Whether every kind has answered, or has had its time, so that a judgement does not rest on a look that has only begun. */
  settled(): boolean {
    const settled = this.#surveyed && this.reflectors().every((reflector) => this.#patience.isOver(reflector));
    this.#settledOnce ||= settled;
    return settled;
  }

  statuses(): Reflector<MigrationStatus> {
    return this.#statuses;
  }

  timetables(): Reflector<MigrationTimetable> {
    return this.#timetables;
  }

  /** Reads again what is counted rather than watched: somebody asked for it. */
  refresh(): Promise<void> {
    return this.#survey();
  }

  /** @param needed which of our own kinds are: a right that nobody needs is not missing */
  look(needed: OwnKindsNeeded): Look {
    const workloads = this.#workloads.flatMap((reflector) => reflector.items());
    return {
      components: workloads.flatMap((kept) => (kept.at === "Flux" ? kept.components : [])),
      crds: this.#fluxCrds(),
      objects: new Map([...this.#counts.counts(), ...this.#flux1Objects.counts()]),
      namespaces: new Map(this.#namespaces.items().map((namespace) => [namespace.name, namespace])),
      unreadable: this.#unreadable(needed),
      ...(this.#version === undefined ? {} : { kubernetesVersion: this.#version }),
      ...(this.#uid === undefined ? {} : { clusterUid: this.#uid }),
    };
  }

  /** Every kind that is watched now. */
  reflectors(): Reflector<unknown>[] {
    return [...this.#fixed(), ...this.#flux1Objects.reflectors()];
  }

  #fixed(): Reflector<unknown>[] {
    return [...this.#workloads, this.#namespaces, this.#crds, this.#statuses, this.#timetables];
  }

  #graceMs(): number {
    return this.#options.unavailableGraceMs ?? UNAVAILABLE_GRACE_MS;
  }

  #fluxCrds(): CrdFacts[] {
    return this.#crds.items().flatMap((kept) => (kept.at === "Flux" ? [kept.crd] : []));
  }

  #unreadable({ statuses, timetables }: OwnKindsNeeded): Unreadable[] {
    // One that has not answered may hold what nobody could obey yet. One that refuses is for who needs it.
    const statusesMatter = statuses || !hasAnswered(this.#statuses);
    const own = [...(statusesMatter ? [this.#statuses] : []), ...(timetables ? [this.#timetables] : [])];
    const read = [...this.#workloads, this.#namespaces, this.#crds, ...own, ...this.#flux1Objects.reflectors()];
    const broken = [...this.#workloads, this.#crds].flatMap((reflector: Reflector<KeptWorkload | KeptCrd>) =>
      reflector.items().flatMap((kept) => (kept.at === "Malformed" ? [malformed(reflector.resource, kept)] : [])),
    );
    return [...read.flatMap((reflector) => this.#patience.unreadable(reflector)), ...broken];
  }

  #changed(): void {
    if (this.#ended.signal.aborted) return;
    const crds = this.#fluxCrds();
    this.#flux1Objects.follow(crds);
    const graceMs = this.#settledOnce ? Math.min(this.#graceMs(), LATE_GRACE_MS) : this.#graceMs();
    for (const reflector of this.#flux1Objects.reflectors()) this.#patience.begin(reflector, graceMs);
    const crdsKnown = this.#crds.state().at !== "Starting" || this.#patience.isOver(this.#crds);
    if (crdsKnown && (!this.#surveyed || this.#counts.outdated(crds))) void this.#survey();
    this.#options.changed();
  }

  /** Looks again at once where the back-off would wait, up to a minute. */
  hurry(): void {
    for (const reflector of this.reflectors()) reflector.hurry();
  }

  /** One kind has noticed: the others need not wait until they do. */
  #restored(): void {
    const nowMs = performance.now();
    if (nowMs - this.#restoredMs < SAME_RESTORE_MS) return;
    this.#restoredMs = nowMs;
    this.#options.log.warn("the cluster's resourceVersion went back, as after a restore of etcd: every kind is read again", {});
    for (const reflector of this.reflectors()) reflector.relist();
  }

  /** Counts, one survey after the other; the next is due after the interval. One that has not begun serves all who ask meanwhile. */
  #survey(): Promise<void> {
    clearTimeout(this.#timer);
    this.#due ??= this.#surveys
      .then(() => {
        this.#due = undefined;
        return this.#surveyOnce();
      })
      .catch((error: unknown) => {
        // Requests that we ended ourselves are no trouble.
        if (!this.#ended.signal.aborted) this.#options.log.error("the survey failed", { error: messageOf(error) });
      })
      .then(() => this.#surveyLater());
    this.#surveys = this.#due;
    return this.#due;
  }

  #surveyLater(): void {
    clearTimeout(this.#timer);
    if (this.#ended.signal.aborted) return;
    const interval = this.#options.countIntervalMs ?? COUNT_INTERVAL_MS;
    const missing = this.#version === undefined || this.#counts.troubled();
    this.#timer = setTimeout(() => void this.#survey(), missing ? Math.min(interval, MISSING_INTERVAL_MS) : interval);
  }

  async #surveyOnce(): Promise<void> {
    const { signal } = this.#ended;
    if (signal.aborted) return;
    const { client } = this.#options;
    const [version, uid, counted] = await Promise.all([
      serverVersion(client, signal),
      this.#uid === undefined ? clusterUid(client, signal) : undefined,
      this.#counts.refresh(this.#fluxCrds(), signal),
    ]);
    if (signal.aborted) return;
    const before = JSON.stringify([this.#version, this.#uid, this.#surveyed]);
    if (version.at === "Found") this.#version = version.value.gitVersion;
    if (version.at === "Unreadable") this.#notices.say("version", `the server does not tell its version: ${version.why}`);
    else this.#notices.over("version");
    if (uid?.at === "Found") this.#uid = uid.value;
    if (uid?.at === "Unreadable") this.#notices.say("uid", `the cluster's uid cannot be read: ${uid.why}`);
    else this.#notices.over("uid");
    this.#surveyed = true;
    if (counted || before !== JSON.stringify([this.#version, this.#uid, this.#surveyed])) this.#options.changed();
  }
}
