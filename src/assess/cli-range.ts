/** Which minors of the flux CLI work with an installation. Source: footnote 2 of the timetable, and the policy in config/timetable/after.yaml. */
import { minorsAt } from "../timetable/releases.ts";
import type { Subject } from "./subject.ts";

/** `2.5..2.7` for 2.6. The minor after the newest is named too, since a newer CLI may come. */
export function cliRange(minor: string, subject: Subject): string | undefined {
  const { releases, after } = subject.data;
  const minors = minorsAt(releases, subject.now);
  const index = minors.indexOf(minor);
  if (index < 0) return undefined;
  const skew = after.policy.skewMinors.count;
  const lowest = minors[Math.max(0, index - skew)] ?? minor;
  const highest = minors[index + skew] ?? minorAfter(minor, skew);
  return `${lowest}..${highest}`;
}

function minorAfter(minor: string, steps: number): string {
  const [major = "0", number = "0"] = minor.split(".");
  return `${major}.${Number(number) + steps}`;
}
