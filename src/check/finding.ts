/** What `flux-migration check` answers with: one finding for each thing that was looked at. Looks at nothing itself. */

/**
 * From harmless to grave. `Skipped`: need not be known, and could not be looked at. `Warning`: works, and wants attention. `Failed`: does not work as it should.
 * `Unread`: must be known, and could not be read, which is worse than a failure: nothing can be said.
 */
export const LEVELS = ["Skipped", "Good", "Warning", "Failed", "Unread"] as const;
export type Level = (typeof LEVELS)[number];

/** One thing that was looked at. */
export interface Finding {
  readonly level: Level;
  /** Where: `MigrationStatus/cluster`, `CRD migrationstatuses.flux-migration.dev`. */
  readonly at: string;
  /** What was found there, and what was wanted. */
  readonly found: string;
  /** What to do about it. */
  readonly next?: string;
}

/** Findings that belong together. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** The gravest level of all findings. */
export function gravest(sections: readonly Section[]): Level {
  const levels = sections.flatMap(({ findings }) => findings.map(({ level }) => level));
  return LEVELS.findLast((level) => levels.includes(level)) ?? "Good";
}
