/** What changed between two statuses: the same list becomes Events and status.history. Not for how Events are sent: src/kube does that. */
import type { MigrationStatusStatus, Transition } from "../api/migration-status.ts";
import { visibleText } from "../detect/visible-text.ts";
import { dayOf } from "../timetable/day.ts";

export interface Change extends Transition {
  type: "Normal" | "Warning";
}

/** Kept in status.history: enough to see how a migration went, small enough to read. */
export const HISTORY_LENGTH = 10;

/** Deadlines told at once: a status that somebody wrote over may hold any number of them. */
const MOST_AT_ONCE = 5;
const MESSAGE_CHARACTERS = 300;

/** Every reason there is, and the type of its Event. */
const TYPES = {
  Flux1Detected: "Warning",
  PhaseChanged: "Warning",
  MigrationCompleted: "Normal",
  DeadlineReached: "Warning",
  AccessDenied: "Warning",
  AccessRestored: "Normal",
} as const satisfies Record<string, Change["type"]>;
type Reason = keyof typeof TYPES;

type Rule = (before: MigrationStatusStatus, after: MigrationStatusStatus, today: string) => { reason: Reason; message: string }[];

const statusOf = (status: MigrationStatusStatus, type: string) => status.conditions?.find((condition) => condition.type === type);

/** Workloads of Flux 1, by which a second fluxd is told although the condition was True already. */
const flux1Names = (status: MigrationStatusStatus) =>
  (status.inventory?.components ?? [])
    .filter((component) => component.track === "Flux1" && component.ignored === undefined)
    .map((component) => `${component.name} in ${component.namespace}/${component.workload.name}`);

/** What was last told of Flux 1, by which a gap in what could be read is bridged. */
const lastTold = (status: MigrationStatusStatus) =>
  status.history?.find(({ reason }) => reason === "Flux1Detected" || reason === "MigrationCompleted")?.reason;

const detected: Rule = (before, after) => {
  // Seen again after a time in which it could not be looked for: no news.
  if (statusOf(before, "Flux1Present")?.status === "Unknown" && lastTold(before) === "Flux1Detected") return [];
  // What was left out, for size or because it could not be read back, cannot be told from what is new, unless there was no Flux 1 at all.
  const { components, omittedComponents = 0 } = before.inventory ?? {};
  if ((components === undefined || omittedComponents > 0) && statusOf(before, "Flux1Present")?.status === "True") return [];
  const known = new Set(flux1Names(before));
  const fresh = [...new Set(flux1Names(after))].filter((name) => !known.has(name));
  return fresh.length === 0
    ? []
    : [
        {
          reason: "Flux1Detected",
          message: `Found ${fresh.slice(0, 5).join(", ")}${fresh.length > 5 ? ` and ${fresh.length - 5} more` : ""}.`,
        },
      ];
};

const phaseChanged: Rule = (before, after) => {
  const [from, to] = [before.summary?.phase, after.summary?.phase];
  const phases = (phase: string | undefined) => phase !== undefined && phase !== "None" && phase !== "Unknown";
  if (from === to || !phases(from) || !phases(to)) return [];
  return [{ reason: "PhaseChanged", message: `Flux 1: ${from} became ${to}.` }];
};

const completed: Rule = (before, after) => {
  const done = statusOf(after, "MigrationComplete");
  const earlier = statusOf(before, "MigrationComplete")?.status;
  // A cluster that never had Flux 1 has migrated nothing, and what could not be read for a while was not completed by being read again.
  const news = earlier === "False" || (earlier === "Unknown" && lastTold(before) === "Flux1Detected");
  return done?.status === "True" && done.reason === "ToolkitOnly" && news ? [{ reason: "MigrationCompleted", message: done.message }] : [];
};

const deadlineReached: Rule = (before, after, today) => {
  const ahead = new Set((after.deadlines ?? []).map((deadline) => deadline.date));
  return (before.deadlines ?? [])
    .filter((deadline) => deadline.date <= today && !ahead.has(deadline.date))
    .slice(0, MOST_AT_ONCE)
    .map((deadline) => ({
      reason: "DeadlineReached",
      message: `${deadline.date}: ${visibleText(deadline.message, MESSAGE_CHARACTERS)}`,
    }));
};

const accessDenied: Rule = (before, after) => {
  const now = statusOf(after, "Ready");
  const then = statusOf(before, "Ready");
  if (now?.reason !== "AccessDenied" || then?.reason === "AccessDenied") return [];
  return [{ reason: "AccessDenied", message: now.message }];
};

const accessRestored: Rule = (before, after) =>
  statusOf(before, "Ready")?.reason === "AccessDenied" && statusOf(after, "Ready")?.status === "True"
    ? [{ reason: "AccessRestored", message: "Everything can be read again." }]
    : [];

const rules: readonly Rule[] = [detected, phaseChanged, completed, deadlineReached, accessDenied, accessRestored];

/** @param before undefined for a status that is written for the first time
 *  @param after before anything is left out for size: what is hidden is news as well */
export function changesBetween(before: MigrationStatusStatus | undefined, after: MigrationStatusStatus, now: Date): Change[] {
  const time = instantWithoutFraction(now);
  return rules.flatMap((rule) => rule(before ?? {}, after, dayOf(now))).map((change) => ({ ...change, type: TYPES[change.reason], time }));
}

/**
 * Changes that a status tells of in its history. Whoever wrote it may have died before it told them elsewhere.
 *
 * @param withinMs of now, to either side: clocks differ
 */
export function recentChanges(status: MigrationStatusStatus | undefined, now: Date, withinMs: number): Change[] {
  return (status?.history ?? []).slice(0, HISTORY_LENGTH).flatMap(({ time, reason, message }) => {
    const recent = Math.abs(now.getTime() - Date.parse(time)) <= withinMs;
    // Somebody may have written words of their own into it.
    return recent && isReason(reason) ? [{ type: TYPES[reason], time, reason, message: visibleText(message, message.length) }] : [];
  });
}

function isReason(word: string): word is Reason {
  return Object.hasOwn(TYPES, word);
}

export function historyOf(before: MigrationStatusStatus | undefined, changes: readonly Change[]): Transition[] {
  const fresh = changes.map(({ time, reason, message }): Transition => ({ time, reason, message }));
  return [...fresh.toReversed(), ...(before?.history ?? [])].slice(0, HISTORY_LENGTH);
}

/** Kubernetes keeps seconds: a fraction would differ from what is read back. */
export function instantWithoutFraction(instant: Date): string {
  return instant.toISOString().replace(/\.\d{3}Z$/, "Z");
}
