/** Which workloads an administrator has set aside, and until when. */
import type { MigrationStatusSpec } from "../api/migration-status.ts";
import { visibleText } from "../detect/visible-text.ts";
import { dayOf } from "../timetable/day.ts";

type IgnoreEntry = NonNullable<MigrationStatusSpec["ignore"]>[number];
/** As the schema of spec.ignore allows. */
const REASON_CHARACTERS = 500;

export interface Ignored {
  reason: string;
  until?: string;
}

/** @returns why the component's own file sets it aside now. It ends as an entry does. */
export function setAside({ setAside: said }: { setAside?: Ignored }, now: Date): Ignored | undefined {
  return said === undefined || (said.until !== undefined && said.until <= dayOf(now)) ? undefined : said;
}

/** @returns why the component is set aside now, or undefined where it counts. An entry ends at 00:00 UTC of its day. */
export function ignoredBy(
  component: { namespace: string; workload: { name: string } },
  entries: readonly IgnoreEntry[],
  now: Date,
): Ignored | undefined {
  const today = dayOf(now);
  const entry = entries.find(
    (candidate) =>
      candidate.namespace === component.namespace &&
      (candidate.name === undefined || candidate.name === component.workload.name) &&
      (candidate.until === undefined || candidate.until > today),
  );
  if (!entry) return undefined;
  return { reason: visibleText(entry.reason, REASON_CHARACTERS), ...(entry.until === undefined ? {} : { until: entry.until }) };
}
