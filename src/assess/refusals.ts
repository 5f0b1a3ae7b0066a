/** Statuses of objects that cannot be followed: a second MigrationStatus, a MigrationTimetable that is wrong. */

import { SINGLETON } from "../api/group.ts";
import type { Condition, MigrationStatus, MigrationStatusStatus } from "../api/migration-status.ts";
import { MigrationStatusStatus as StatusSchema } from "../api/migration-status.ts";
import { type MigrationTimetable, MigrationTimetableStatus } from "../api/migration-timetable.ts";
import { NONE, UNKNOWN } from "../api/words.ts";
import type { TimetableReading } from "./chosen-timetable.ts";
import { instantWithoutFraction } from "./transitions.ts";

type Said = Pick<Condition, "type" | "status" | "reason" | "message">;

function timed(said: readonly Said[], before: readonly Condition[] | undefined, generation: number, now: Date): Condition[] {
  return said.map((condition) => {
    const same = before?.find((candidate) => candidate.type === condition.type && candidate.status === condition.status);
    return { ...condition, lastTransitionTime: same?.lastTransitionTime ?? instantWithoutFraction(now), observedGeneration: generation };
  });
}

function refusal(reason: string, message: string): Said[] {
  return [
    { type: "Ready", status: "False", reason, message },
    { type: "Stalled", status: "True", reason, message },
  ];
}

/** Any other name than the singleton's. */
export function notSingleton(object: MigrationStatus, now: Date): MigrationStatusStatus {
  const message = `Only MigrationStatus/${SINGLETON} is kept true; delete this one: kubectl delete migrationstatus ${object.metadata.name}`;
  const before = StatusSchema.safeParse(object.status ?? {});
  const generation = object.metadata.generation ?? 0;
  return {
    observedGeneration: generation,
    summary: unknownSummary(message),
    conditions: timed(refusal("NotSingleton", message), before.data?.conditions, generation, now),
  };
}

/** No cell of the row is blank. */
function unknownSummary(message: string): NonNullable<MigrationStatusStatus["summary"]> {
  return {
    fluxd: UNKNOWN,
    helmOperator: UNKNOWN,
    toolkit: UNKNOWN,
    phase: UNKNOWN,
    support: "Unknown",
    migration: "Unknown",
    progress: UNKNOWN,
    remaining: [],
    action: NONE,
    severity: "None",
    blockedBy: "None",
    installs: 0,
    nextDate: NONE,
    message,
  };
}

export function timetableStatus(reading: TimetableReading, object: MigrationTimetable, now: Date): MigrationTimetableStatus {
  const before = MigrationTimetableStatus.safeParse(object.status ?? {});
  const generation = object.metadata.generation ?? 0;
  const said: Said[] = reading.ok
    ? [
        {
          type: "Ready",
          status: "True",
          reason: "Valid",
          message: `Edition ${reading.timetable.edition.edition}: ${reading.timetable.edition.rows.map((row) => row.date).join(", ")}.`,
        },
      ]
    : refusal("Invalid", `${reading.problems.join("; ")}.`);
  return { observedGeneration: generation, conditions: timed(said, before.data?.conditions, generation, now) };
}
