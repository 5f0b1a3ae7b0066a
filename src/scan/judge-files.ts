/** From what was found in files to a MigrationStatus, as the operator would write it. Reads no clock. */
import { API_VERSION, SINGLETON } from "../api/group.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { assess } from "../assess/assess.ts";
import type { Look } from "../assess/look.ts";
import type { ReferenceData } from "../assess/subject.ts";
import type { Edition } from "../timetable/edition.ts";
import type { Baseline } from "./baseline.ts";
import { placeKey, type SetAside } from "./set-aside.ts";

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
  const { baseline } = options;
  const status = judge(look, options);
  if (!baseline) return status;
  // Whether something became graver than it was is known only once it was judged.
  const known = baseline.known(status.inventory?.components ?? []);
  return judge({ ...look, components: look.components.map((component) => baseline.setAside(component, known)) }, options);
}

function judge(look: Look, { edition, reference, clusterName, programVersion, now }: JudgeOptions): MigrationStatusStatus {
  const settings = { clusterName, operatorVersion: programVersion };
  return assess({ look, edition, data: reference, spec: {}, generation: 0, settings, now }).status;
}

/**
 * @param status what became of the look
 * @returns of each component that is set aside there, who did so, and what it would be told if it counted
 */
export function setAsideIn(status: MigrationStatusStatus, look: Look, options: JudgeOptions): ReadonlyMap<string, SetAside> {
  const ignored = (status.inventory?.components ?? []).filter((component) => component.ignored).map(placeKey);
  if (ignored.length === 0) return new Map();
  const annotated = new Set(look.components.filter(({ setAside }) => setAside).map(placeKey));
  const counting = judge({ ...look, components: look.components.map(({ setAside: _, ...component }) => component) }, options);
  const judged = new Map((counting.inventory?.components ?? []).map((component) => [placeKey(component), component]));
  return new Map(
    ignored.flatMap((key) => {
      const told = judged.get(key);
      return told === undefined
        ? []
        : [[key, { by: annotated.has(key) ? "Annotation" : "Baseline", severity: told.severity, action: told.action } as const]];
    }),
  );
}

export function printedStatus(status: MigrationStatusStatus): PrintedStatus {
  return { apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: SINGLETON }, spec: {}, status };
}
