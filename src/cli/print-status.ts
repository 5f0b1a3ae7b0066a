/** Prints a status for a person: the row of kubectl, the conditions, and what to do next. */
import { stripVTControlCharacters } from "node:util";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { nextActions } from "./next-actions.ts";

/** The header and row that `kubectl get migrationstatus` prints, without AGE: nothing has been written yet. */
export function statusRow(status: MigrationStatusStatus): { header: string[]; cells: string[] } {
  const { summary } = status;
  const ready = status.conditions?.find((condition) => condition.type === "Ready")?.status ?? "Unknown";
  const columns: [string, string][] = [
    ["NAME", "cluster"],
    ["FLUXD", summary?.fluxd ?? "Unknown"],
    ["HELM-OP", summary?.helmOperator ?? "Unknown"],
    ["TOOLKIT", summary?.toolkit ?? "Unknown"],
    ["FLUX1-PHASE", summary?.phase ?? "Unknown"],
    ["SUPPORT", summary?.support ?? "Unknown"],
    ["MIGRATION", summary?.migration ?? "Unknown"],
    ["ACTION", summary?.action ?? "Unknown"],
    ["READY", ready],
  ];
  return { header: columns.map(([name]) => name), cells: columns.map(([, cell]) => cell) };
}

/** Columns as kubectl sets them: three spaces between, the last one not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("   "))
    .join("\n");
}

/** @returns row, conditions and next actions, ready for a terminal: nothing that a cluster holds can steer it */
export function statusText(status: MigrationStatusStatus): string {
  const { header, cells } = statusRow(status);
  const conditions = (status.conditions ?? []).map(({ type, status: value, reason, message }) => [type, value, reason, message]);
  const next = status.summary?.action === "NoAction" ? [] : nextActions(status);
  const actions = next.map(({ severity, code, message }) => [severity, code, message]);
  return [
    table([header, cells]),
    "",
    table([["CONDITION", "STATUS", "REASON", "MESSAGE"], ...conditions]),
    "",
    actions.length === 0 ? "Nothing to do." : table([["SEVERITY", "ACTION", "WHAT TO DO"], ...actions]),
  ]
    .map(visible)
    .join("\n");
}

function visible(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, (character) => (character === "\n" ? character : ""));
}
