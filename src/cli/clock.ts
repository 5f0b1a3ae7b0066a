/** The clock of a command: the machine's, or one that starts at a given day. Parses no setting: settings.ts has checked it. */

/**
 * @param at an ISO date or instant, as the setting `at` takes it; undefined for the machine's own time
 * @returns a clock that runs on from there, so that deadlines behind it still come
 */
export function clockFrom(at: string | undefined): () => Date {
  if (at === undefined) return () => new Date();
  const offsetMs = Date.parse(at) - Date.now();
  return () => new Date(Date.now() + offsetMs);
}
