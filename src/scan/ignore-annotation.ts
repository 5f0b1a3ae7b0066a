/** The annotation by which a manifest says that it is known: `flux-migration.dev/ignore: "until=2026-12-31; moves with the new cluster"`. */
import { visibleText } from "../detect/visible-text.ts";
import { isDate } from "../timetable/day.ts";

export const IGNORE_ANNOTATION = "flux-migration.dev/ignore";

/** As the schema of spec.ignore allows. */
const REASON_CHARACTERS = 500;

const UNTIL = /^until=([^;]*);/;

/** A last day that is meant and not read would never come: with another sign, or where no other was read, in words. */
const MEANT = /\buntil\s*[=:]|\b(?:un)?till?\b\W{0,3}\d{4}-\d\d-\d\d/i;
const MEANT_AGAIN = /\buntil\s*=/i;

export type IgnoreReading = { at: "Read"; reason: string; until?: string } | { at: "Wrong"; why: string };

/** An annotation that cannot be understood ignores nothing, and is told: a wrong date would hide a finding for ever. */
export function readIgnore(text: string): IgnoreReading {
  const given = text.trim();
  const [front = "", until] = UNTIL.exec(given) ?? [];
  const reason = given.slice(front.length).trim();
  const date = until?.trim();
  const wrong = (why: string): IgnoreReading => ({ at: "Wrong", why: `${IGNORE_ANNOTATION} ${why}; want "until=2026-12-31; reason"` });
  if (reason === "") return wrong("gives no reason");
  if ((date === undefined ? MEANT : MEANT_AGAIN).test(reason)) return wrong("names its last day in another way, or gives no reason");
  if (date !== undefined && !isDate(date)) return wrong(`has the date "${visibleText(date, 20)}", which is no day`);
  return { at: "Read", reason: visibleText(reason, REASON_CHARACTERS), ...(date === undefined ? {} : { until: date }) };
}
