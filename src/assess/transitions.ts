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

const ABOUT_FLUX1: readonly string[] = ["Flux1Detected", "MigrationCompleted"] satisfies Reason[];
const ABOUT_ACCESS: readonly string[] = ["AccessDenied", "AccessRestored"] satisfies Reason[];

/** What was last told of one matter, by which a gap in what could be read is bridged. */
const lastTold = (status: MigrationStatusStatus, about: readonly string[]) =>
  status.history?.find(({ reason }) => about.includes(reason))?.reason;

const FOUND = /^Found (.+?)( and \d+ more)?\.$/s;

/** What was told of Flux 1 since it was last gone; undefined where the names of some were left out, or stood in lines that are gone. */
function toldNames({ history = [] }: MigrationStatusStatus): string[] | undefined {
  const gone = history.findIndex(({ reason }) => reason === "MigrationCompleted");
  if (gone < 0 && history.length >= HISTORY_LENGTH) return undefined;
  const told = history.slice(0, gone < 0 ? history.length : gone).filter(({ reason }) => reason === "Flux1Detected");
  const found = told.map(({ message }) => FOUND.exec(message));
  if (found.some((match) => match?.[2] !== undefined)) return undefined;
  return found.flatMap((match) => match?.[1]?.split(", ") ?? []);
}

/** Whether Flux 1 may be among what a status left out: the least grave goes first (size.ts). */
function mayHideFlux1({ inventory }: MigrationStatusStatus): boolean {
  const { components, omittedComponents = 0 } = inventory ?? {};
  if (components === undefined) return true;
  return omittedComponents > 0 && !components.some(({ track, severity }) => track !== "Flux1" && severity === "None");
}

/** Flux 1 that is no news. Undefined where anything may be known: then nothing is told. */
function knownNames(before: MigrationStatusStatus): string[] | undefined {
  const present = statusOf(before, "Flux1Present");
  if (present?.status === "True") return mayHideFlux1(before) ? undefined : flux1Names(before);
  // Seen again after a time in which it could not be looked for. Where some namespaces are looked at on purpose, all of those were seen.
  return present?.status === "Unknown" && present.reason !== "NamespacesSelected" ? toldNames(before) : [];
}

const detected: Rule = (before, after) => {
  const known = knownNames(before);
  if (known === undefined) return [];
  const fresh = [...new Set(flux1Names(after))].filter((name) => !known.includes(name));
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
  const earlier = statusOf(before, "MigrationComplete");
  // A cluster that never had Flux 1 has migrated nothing, and what could not be read for a while was not completed by being read again. Where
  // Flux 1 went before the toolkit came, the migration ends with the toolkit.
  const open = earlier?.status === "Unknown" || earlier?.reason === "NothingToMigrate";
  const news = earlier?.status === "False" || (open && lastTold(before, ABOUT_FLUX1) === "Flux1Detected");
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

/** Whether it was told that something may not be read, and not yet that it may again. */
const wasDenied = (before: MigrationStatusStatus) =>
  statusOf(before, "Ready")?.reason === "AccessDenied" || lastTold(before, ABOUT_ACCESS) === "AccessDenied";

const accessDenied: Rule = (before, after) => {
  const now = statusOf(after, "Ready");
  if (now?.reason !== "AccessDenied" || wasDenied(before)) return [];
  return [{ reason: "AccessDenied", message: now.message }];
};

/** Whatever else stood meanwhile, or stands still: a timetable that is wrong is no matter of access. */
const accessRestored: Rule = (before, after) => {
  const whole = statusOf(after, "Ready") !== undefined && statusOf(after, "Reconciling") === undefined;
  return wasDenied(before) && whole ? [{ reason: "AccessRestored", message: "Everything can be read again." }] : [];
};

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

/** The newest first. What was last told of Flux 1 keeps the last place, however much else came after it: rules ask for it. */
export function historyOf(before: MigrationStatusStatus | undefined, changes: readonly Change[]): Transition[] {
  const fresh = changes.map(({ time, reason, message }): Transition => ({ time, reason, message }));
  const all = [...fresh.toReversed(), ...(before?.history ?? [])];
  const kept = all.slice(0, HISTORY_LENGTH);
  const last = all.find(({ reason }) => ABOUT_FLUX1.includes(reason));
  return last === undefined || kept.includes(last) ? kept : [...kept.slice(0, -1), last];
}

/** Kubernetes keeps seconds: a fraction would differ from what is read back. */
export function instantWithoutFraction(instant: Date): string {
  return instant.toISOString().replace(/\.\d{3}Z$/, "Z");
}
