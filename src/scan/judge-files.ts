/** From what was found in files to a MigrationStatus, as the operator would write it. Reads no clock. */
import { API_VERSION, SINGLETON } from "../api/group.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { assess } from "../assess/assess.ts";
import type { Look } from "../assess/look.ts";
import { UNLIMITED } from "../assess/size.ts";
import type { ReferenceData, Subject } from "../assess/subject.ts";
import type { Edition } from "../timetable/edition.ts";
import type { Baseline } from "./baseline.ts";
import { type SetAside, setAsideIn } from "./set-aside.ts";

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

export function judgeFiles(look: Look, options: JudgeOptions): { status: MigrationStatusStatus; setAside: ReadonlyMap<string, SetAside> } {
  const subject = subjectOf(look, options);
  const status = withoutKnown(subject, options);
  return { status, setAside: setAsideIn(status, subject) };
}

function withoutKnown(subject: Subject, { baseline }: JudgeOptions): MigrationStatusStatus {
  const { status } = assess(subject);
  if (!baseline) return status;
  // Whether something became graver than it was is known only once it was judged.
  const known = baseline.known(status.inventory?.components ?? []);
  const components = subject.look.components.map((component) => baseline.setAside(component, known));
  return assess({ ...subject, look: { ...subject.look, components } }).status;
}

function subjectOf(look: Look, { edition, reference, clusterName, programVersion, now }: JudgeOptions): Subject {
  const settings = { clusterName, operatorVersion: programVersion };
  return { look, edition, data: reference, spec: {}, generation: 0, settings, mostBytes: UNLIMITED, now };
}

export function printedStatus(status: MigrationStatusStatus): PrintedStatus {
  return { apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: SINGLETON }, spec: {}, status };
}
