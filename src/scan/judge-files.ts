/** From what was found in files to a MigrationStatus, as the operator would write it. Reads no clock. */
import { API_VERSION, SINGLETON } from "../api/group.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { assess } from "../assess/assess.ts";
import type { Look } from "../assess/look.ts";
import type { ReferenceData } from "../assess/subject.ts";
import type { Edition } from "../timetable/edition.ts";
import type { Baseline } from "./baseline.ts";

export interface JudgeOptions {
  readonly edition: Edition;
  readonly reference: ReferenceData;
  readonly clusterName: string;
  readonly programVersion: string;
  readonly now: Date;
  readonly baseline?: Baseline;
}

/** A MigrationStatus as it is printed: what reads one of a cluster reads this too. */
export interface PrintedStatus {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: object;
  status: MigrationStatusStatus;
}

export function judgeFiles(look: Look, options: JudgeOptions): MigrationStatusStatus {
  const { edition, reference, clusterName, programVersion, now, baseline } = options;
  const settings = { clusterName, operatorVersion: programVersion };
  const judge = (seen: Look) => assess({ look: seen, edition, data: reference, spec: {}, generation: 0, settings, now }).status;
  const status = judge(look);
  if (!baseline) return status;
  // Whether something became graver than it was is known only once it was judged.
  const known = baseline.known(status.inventory?.components ?? []);
  return judge({ ...look, components: look.components.map((component) => baseline.setAside(component, known)) });
}

export function printedStatus(status: MigrationStatusStatus): PrintedStatus {
  return { apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: SINGLETON }, spec: {}, status };
}
