/** Names of our API in Kubernetes. Not for schemas: migration-status.ts and migration-timetable.ts hold those. */

export const GROUP = "flux-migration.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** The one MigrationStatus that is kept true; any other name is told NotSingleton. */
export const SINGLETON = "cluster";

/** Field manager of every write: one name, so that server-side apply can tell our fields from a person's. */
export const FIELD_MANAGER = "flux-migration-operator";

/** Asks for a pass now, as on every object of Flux. Source: fluxcd/pkg/apis/meta, ReconcileRequestAnnotation. */
export const REQUESTED_AT_ANNOTATION = "reconcile.fluxcd.io/requestedAt";

/** Sets the log level of the running operator, without a restart; on the singleton. */
export const LOG_LEVEL_ANNOTATION = "flux-migration.dev/log-level";
