/** How a minor of Flux 2 is supported at an instant, and how old the release data may be. Gives no advice, and reads no clock. */
import type { SupportPolicy } from "./after.ts";
import { addDays, dayOf } from "./day.ts";
import { compareMinors, isMinor, minorsAt, newestMinor, newestWords, type ReleaseData } from "./releases.ts";

export type Support = "Current" | "Supported" | "Ending" | "EndOfSupport" | "Unknown";

export interface SupportState {
  readonly support: Support;
  /** EndOfSupport: the ISO date on which support ended. */
  readonly ended?: string;
  /** Ending: the minor whose release ends it (`2.10`); its day is not known. */
  readonly endsWith?: string;
  /** Unknown: the reason. */
  readonly why?: string;
}

/**
 * The support of a minor: the newest minors are supported, as many as the policy says, and one that drops out has ended on the day
 * of the release that pushed it out. Only what was released by `now` counts.
 */
export function supportOf(data: ReleaseData, policy: SupportPolicy, minor: string, now: Date): SupportState {
  const known = minorsAt(data, now);
  const place = known.indexOf(minor);
  const newest = known.at(-1);
  if (place < 0 || newest === undefined) return { support: "Unknown", why: unknownMinor(data, minor, now) };
  const supported = policy.supportedMinors.count;
  const successor = known[place + supported];
  if (successor !== undefined) return { support: "EndOfSupport", ...endedOn(data, successor) };
  if (minor === newest) return { support: "Current" };
  return place === known.length - supported ? { support: "Ending", endsWith: minorAfter(data, newest) } : { support: "Supported" };
}

/** Whether the release data are too old at `now` to state a support, and the ISO date from which they are. */
export function dataStale(data: ReleaseData, policy: SupportPolicy, now: Date): { stale: boolean; since: string } {
  const since = addDays(data.asOf, policy.staleAfterDays.count);
  return { stale: dayOf(now) >= since, since };
}

function endedOn(data: ReleaseData, successor: string): Pick<SupportState, "ended"> {
  const ended = data.minors.find(({ minor }) => minor === successor)?.released;
  return ended === undefined ? {} : { ended };
}

// The data may know it (after 0.41 came 2.0); by counting on, that name would be wrong.
function minorAfter(data: ReleaseData, newest: string): string {
  const next = data.minors.find(({ minor }) => compareMinors(minor, newest) > 0)?.minor;
  const [major = 0, minor = 0] = newest.split(".").map(Number);
  return next ?? `${major}.${minor + 1}`;
}

function unknownMinor(data: ReleaseData, minor: string, now: Date): string {
  if (!isMinor(minor)) return `"${minor}" is no minor version of Flux, such as 2.9`;
  const newest = newestMinor(data, now);
  if (newest === undefined || compareMinors(minor, newest) > 0) return `Flux ${minor} is newer than ${newestWords(data, now)}`;
  return `Flux ${minor} is not in the release data as of ${data.asOf}`;
}
