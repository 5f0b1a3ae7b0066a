/** From where on a scan has found something: a severity, a phase of Flux 1, or the end of a toolkit's support. */
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { SEVERITIES, type Severity } from "../api/words.ts";
import { PHASES } from "../timetable/track.ts";

/** Ends with 0 whatever is found. */
export const NEVER = "Never";
const END_OF_SUPPORT = "EndOfSupport";

/** Every word that it may be, in the order in which help lists them. */
export const THRESHOLDS: readonly string[] = [
  NEVER,
  ...SEVERITIES.filter((severity) => severity !== "None"),
  ...PHASES.Flux1,
  END_OF_SUPPORT,
];

/** What `ActionRequired` means too. */
export const DEFAULT_THRESHOLD = "Warning" satisfies Severity;

/** @returns the threshold in its own spelling; undefined for an unknown word. Capitals do not matter. */
export function thresholdNamed(text: string): string | undefined {
  return THRESHOLDS.find((known) => known.toLowerCase() === text.toLowerCase());
}

/** @returns whether a status reaches the threshold. What is ignored does not count. */
export function reaches({ summary, inventory }: MigrationStatusStatus, threshold: string): boolean {
  if (threshold === NEVER || !summary) return false;
  const phases: readonly string[] = PHASES.Flux1;
  if (phases.includes(threshold)) return phases.indexOf(summary.phase) >= phases.indexOf(threshold);
  if (threshold === END_OF_SUPPORT) return (inventory?.instances ?? []).some(({ support }) => support === END_OF_SUPPORT);
  const severities: readonly string[] = SEVERITIES;
  return severities.indexOf(summary.severity) >= severities.indexOf(threshold);
}
