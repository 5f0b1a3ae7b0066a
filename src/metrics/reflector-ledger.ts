/** Adds up what reflectors count, so that no number goes back when one is replaced by another of its kind. Reads no cluster. */
import type { ReflectorMetrics, RestartReason } from "../kube/reflector.ts";
import type { ReflectorReport } from "../operator/watched.ts";

export interface ReflectorTotals {
  reads: number;
  watches: number;
  readBytes: number;
  readonly restarts: Map<RestartReason, number>;
}

type Counts = ReflectorReport["metrics"];

export class ReflectorLedger {
  readonly #totals = new Map<string, ReflectorTotals>();
  /** What each reflector's counters were when they were last added. */
  readonly #added = new WeakMap<Counts, ReflectorMetrics>();
  #last: readonly ReflectorReport[] = [];

  /** Adds what was counted since the last call; a reflector that is gone since then gets its last count. */
  add(reports: readonly ReflectorReport[]): void {
    for (const { resource, metrics } of new Set([...this.#last, ...reports])) this.#addOne(resource, metrics);
    this.#last = reports;
  }

  /** By resource; also of one that is no longer watched. */
  totals(): ReadonlyMap<string, Readonly<ReflectorTotals>> {
    return this.#totals;
  }

  #addOne(resource: string, counts: Counts): void {
    const before = this.#added.get(counts);
    const total = this.#totals.get(resource) ?? { reads: 0, watches: 0, readBytes: 0, restarts: new Map() };
    this.#totals.set(resource, total);
    total.reads += counts.reads - (before?.reads ?? 0);
    total.watches += counts.watches - (before?.watches ?? 0);
    total.readBytes += counts.bytes - (before?.bytes ?? 0);
    for (const reason of reasonsOf(counts.restarts)) {
      const more = (counts.restarts[reason] ?? 0) - (before?.restarts[reason] ?? 0);
      total.restarts.set(reason, (total.restarts.get(reason) ?? 0) + more);
    }
    this.#added.set(counts, { ...counts, restarts: { ...counts.restarts } });
  }
}

function reasonsOf(restarts: Counts["restarts"]): RestartReason[] {
  return Object.keys(restarts).filter((reason): reason is RestartReason => reason in restarts);
}
