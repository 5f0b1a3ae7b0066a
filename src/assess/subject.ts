/** What everything else here is given: the cluster as it was seen, the data, the settings and the time. Holds no judgement. */
import type { MigrationStatusSpec, MigrationStatusStatus } from "../api/migration-status.ts";
import type { After } from "../timetable/after.ts";
import type { Edition } from "../timetable/edition.ts";
import type { ReleaseData } from "../timetable/releases.ts";
import type { Advice } from "./advice.ts";
import type { ApiVersions } from "./api-versions-file.ts";
import type { Look } from "./look.ts";

/** Data from config/, parsed. */
export interface ReferenceData {
  after: After;
  releases: ReleaseData;
  apis: ApiVersions;
  advice: Advice;
}

export interface Subject {
  look: Look;
  /** Edition with the administrator's dates filled in. */
  edition: Edition;
  /** Those dates, by row number; absent where there are none. */
  dates?: Readonly<Record<string, string>>;
  data: ReferenceData;
  spec: MigrationStatusSpec;
  /** `metadata.generation` of the MigrationStatus. */
  generation: number;
  /** Value of the annotation reconcile.fluxcd.io/requestedAt. */
  requestedAt?: string;
  settings: { clusterName: string; ownerLabel?: string; operatorVersion: string };
  /** Why the MigrationTimetable, or the spec, cannot be used; the last good one is given then. */
  problem?: { reason: "TimetableInvalid" | "SpecInvalid"; message: string };
  /** The status that stands in the cluster: transition times and history go on from it. */
  previous?: MigrationStatusStatus;
  /** Largest status that the server takes, where it refused a larger one; UNLIMITED where none is asked to. */
  mostBytes?: number;
  now: Date;
}
