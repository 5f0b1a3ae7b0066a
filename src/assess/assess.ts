/** The assessment: one pure function from what was seen, the data and the time to the whole status. No clock, no I/O. */
import type { Condition, Deadline, MigrationStatusStatus } from "../api/migration-status.ts";
import { rowAt } from "../timetable/phase.ts";
import { newestMinor } from "../timetable/releases.ts";
import { sortOut } from "./cluster.ts";
import { type Judgement, judge } from "./conditions.ts";
import { deadlinesOf, nextInstant } from "./deadlines.ts";
import { findings, inventoryOf } from "./inventory.ts";
import { capped } from "./size.ts";
import type { Subject } from "./subject.ts";
import { summaryOf } from "./summary.ts";
import { type Change, changesBetween, historyOf, instantWithoutFraction } from "./transitions.ts";

export interface Assessment {
  status: MigrationStatusStatus;
  /** What changed since the previous status; each becomes an Event. */
  changes: Change[];
  /** When the same cluster must be judged again although nothing changed. */
  next?: Date;
}

/**
 * Judges a cluster. Equal subjects give equal statuses, and a subject whose `previous` is the result gives that result again:
 * a write that changes nothing is never needed.
 */
export function assess(subject: Subject): Assessment {
  const cluster = sortOut(subject);
  const found = findings(cluster);
  const summary = summaryOf(cluster, found);
  const deadlines = deadlinesOf(cluster);
  const { previous, now } = subject;
  const judged: MigrationStatusStatus = {
    observedGeneration: subject.generation,
    ...(subject.requestedAt === undefined ? {} : { lastHandledReconcileAt: subject.requestedAt }),
    summary,
    ...facts(subject),
    deadlines: shown(deadlines),
    conditions: withTimes(judge(cluster, summary), subject),
    inventory: inventoryOf(found, cluster),
  };
  const changes = changesBetween(previous, judged, now);
  const status = { ...capped(judged, subject.mostBytes), history: historyOf(previous, changes) };
  const next = nextInstant(deadlines, subject);
  return { status, changes, ...(next === undefined ? {} : { next }) };
}

/** Deadlines that are shown: a list of ignored workloads must not fill the status. */
const SHOWN_DEADLINES = 20;

function shown(deadlines: readonly Deadline[]): Deadline[] {
  return deadlines.slice(0, SHOWN_DEADLINES);
}

function facts({
  look,
  data,
  edition,
  dates,
  now,
  settings,
}: Subject): Pick<MigrationStatusStatus, "cluster" | "operator" | "data" | "timetable"> {
  return {
    cluster: { name: settings.clusterName, uid: look.clusterUid ?? "Unknown", version: look.kubernetesVersion ?? "Unknown" },
    operator: { version: settings.operatorVersion },
    data: { releasesAsOf: data.releases.asOf, newestMinor: newestMinor(data.releases, now) ?? "None" },
    timetable: { edition: edition.edition, row: rowAt(edition, now), ...(dates ? { dates: { ...dates } } : {}) },
  };
}

/** A transition time moves only with the status of its condition. */
function withTimes(judgements: readonly Judgement[], { previous, now, generation }: Subject): Condition[] {
  return judgements.map((judgement) => {
    const before = previous?.conditions?.find((condition) => condition.type === judgement.type);
    const lastTransitionTime = before?.status === judgement.status ? before.lastTransitionTime : instantWithoutFraction(now);
    return { ...judgement, lastTransitionTime, observedGeneration: generation };
  });
}
