/** Days as the data write them: ISO, in UTC. A day begins at 00:00 UTC. Reads no clock. */

/** The UTC day of an instant, as an ISO date. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** The ISO date `days` days after an ISO date. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() + days);
  return dayOf(instant);
}

/** Whether a text has the form of an ISO date; the day need not exist. */
export function looksLikeDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}

/** Whether a text is an ISO date of a day that exists: 2022-02-30 has the form, but no such day came. */
export function isDate(text: string): boolean {
  if (!looksLikeDate(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  // Date turns 30 February into 2 March in silence; only the way back shows it.
  return !Number.isNaN(instant.getTime()) && dayOf(instant) === text;
}
