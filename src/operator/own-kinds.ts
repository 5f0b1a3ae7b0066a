/** Watches our own kinds. Their specs stay unread here, so that one that somebody wrote wrongly can be answered by name. */
import { GROUP, VERSION } from "../api/group.ts";
import { MigrationStatus } from "../api/migration-status.ts";
import { MigrationTimetable } from "../api/migration-timetable.ts";
import { createReflector, type Reflector } from "../kube/reflector.ts";
import type { ResourceType } from "../kube/resource.ts";
import { awaited, type WatchContext } from "./watch-context.ts";

export const STATUSES: ResourceType = { group: GROUP, version: VERSION, plural: "migrationstatuses" };
export const TIMETABLES: ResourceType = { group: GROUP, version: VERSION, plural: "migrationtimetables" };

export function watchStatuses(context: WatchContext): Reflector<MigrationStatus> {
  return createReflector<MigrationStatus>({
    ...awaited(context),
    resource: STATUSES,
    form: "Object",
    keep: (object) => MigrationStatus.parse(object),
  });
}

export function watchTimetables(context: WatchContext): Reflector<MigrationTimetable> {
  return createReflector<MigrationTimetable>({
    ...awaited(context),
    resource: TIMETABLES,
    form: "Object",
    keep: (object) => MigrationTimetable.parse(object),
  });
}
