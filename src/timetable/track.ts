/** The tracks of the timetable, and the phases that each may pass through. Dates and meanings are data (config/timetable). */

export const TRACKS = ["Flux1", "Flux2CLI", "GitOpsToolkit"] as const;
export type Track = (typeof TRACKS)[number];

/** The phases of each track, in the order in which they may follow each other. No edition has them all. */
export const PHASES = {
  Flux1: ["Maintenance", "PartialMigration", "Superseded", "MigrationAndSecuritySupport", "Archived"],
  Flux2CLI: ["Development", "FeatureParity", "NeedsTesting", "Beta", "ReleaseCandidate", "GenerallyAvailable", "ContinuedDevelopment"],
  GitOpsToolkit: ["Alpha", "Beta", "BetaProductionReady", "StableProductionReady", "ContinuedDevelopment"],
} as const satisfies Record<Track, readonly string[]>;

/** The date of a row that is announced without one. */
export const TBD = "TBD";
