/** What a test says of a status: its row, one of its conditions. Reads no cluster. */
import type { Condition, MigrationStatusStatus } from "../../../src/api/migration-status.ts";

/** The row of kubectl, without NAME and AGE. */
export function rowOf(status: MigrationStatusStatus | undefined): string {
  const { summary } = status ?? {};
  if (!summary) return "(no summary)";
  const cells = [summary.fluxd, summary.helmOperator, summary.toolkit, summary.phase, summary.support, summary.migration, summary.action];
  return [...cells, conditionOf(status, "Ready")?.status].join(" ");
}

export function conditionOf(status: MigrationStatusStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
