/** What an operator lets others see of itself: for metrics and `flux-migration check`. Decides nothing. */
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import type { ReflectorMetrics, ReflectorState } from "../kube/reflector.ts";

/**
 * What a pass came to. Conflict: somebody wrote first, and another pass follows. HeldBack: suspended, or kept by another operator, or not ours
 * to write. LostLead: another replica leads since it began.
 */
export type PassOutcome = "Written" | "Unchanged" | "Conflict" | "HeldBack" | "LostLead" | "Failed";

/**
 * What holds a pass back. Suspended: spec.suspend. Contested: another operator writes the same status, and ours gives way. NewerOperator: its
 * status is left alone. NoStatus: there is no MigrationStatus, and none is to be made. NotInstalled: there is no CRD. Unreadable: it is not
 * known what stands.
 */
export const HELD_BACK_BY = ["Suspended", "Contested", "NewerOperator", "NoStatus", "NotInstalled", "Unreadable"] as const;
export type HeldBackBy = (typeof HELD_BACK_BY)[number];

/** One reflector, as it is now. */
export interface ReflectorReport {
  /** As RBAC names it: `deployments.apps`. */
  readonly resource: string;
  state(): ReflectorState;
  /** Counters that go on; nobody outside writes them. */
  readonly metrics: Readonly<ReflectorMetrics>;
}

/** Told of what happens, as it happens. Must not throw. */
export interface Observer {
  /** After each pass of the one that leads. @param by there where it wrote nothing to the singleton for that reason */
  passed?(outcome: PassOutcome, seconds: number, by?: HeldBackBy): void;
  /**
   * The status that stands in the cluster after a pass: the judgement, or what stood there where nothing may be written. Undefined: none, or
   * a newer operator's.
   */
  stands?(status: MigrationStatusStatus | undefined): void;
  /** The annotations of the singleton, before each pass; also where another replica leads. */
  annotated?(annotations: Readonly<Record<string, string>>): void;
}
