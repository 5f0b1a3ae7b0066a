/** The next instant at which an answer changes by itself. Collects no deadlines, and sets no timer. */

export const DEADLINE_KINDS = ["Row", "SupportEnd", "IgnoreEnd", "DataStale"] as const;

export interface Deadline {
  readonly kind: (typeof DEADLINE_KINDS)[number];
  /** An ISO date, which begins at 00:00 UTC, or an instant with its zone (2026-12-05T08:00:00Z). */
  readonly date: string;
  /** What ends or begins then, for people: `row 5`, `flux/flux ignored`. */
  readonly what: string;
}

/** The earliest deadline strictly after `now`; of equal ones the first given. */
export function nextDeadline(deadlines: readonly Deadline[], now: Date): Deadline | undefined {
  let next: { deadline: Deadline; at: number } | undefined;
  for (const deadline of deadlines) {
    const at = instantOf(deadline);
    if (at > now.getTime() && (next === undefined || at < next.at)) next = { deadline, at };
  }
  return next?.deadline;
}

/**
 * The instant of a deadline, in milliseconds since 1970.
 * @throws {RangeError} for a date that is none: left out in silence, the answer would change unseen
 */
export function instantOf(deadline: Deadline): number {
  const at = Date.parse(deadline.date);
  if (Number.isNaN(at))
    throw new RangeError(`deadline ${deadline.kind} (${deadline.what}) is "${deadline.date}"; want an ISO date or instant`);
  return at;
}
