/** What a status says is to be done, for a person: the same list for each form of output. Words nothing itself. */
import type { Component } from "../api/inventory.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";

export interface NextAction {
  readonly severity: Component["severity"];
  readonly code: string;
  readonly message: string;
}

/** The summary first, then each component and installation with another sentence. Of equal sentences the first stays. */
export function nextActions({ summary, inventory }: MigrationStatusStatus): NextAction[] {
  if (!summary) return [];
  const entries = [...(inventory?.components ?? []), ...(inventory?.instances ?? [])].filter(({ action }) => action.code !== "NoAction");
  const all: NextAction[] = [
    { severity: summary.severity, code: summary.action, message: summary.message },
    ...entries.map(({ severity, action }) => ({ severity, code: action.code, message: action.message })),
  ];
  const seen = new Set<string>();
  return all.filter(({ message }) => !seen.has(message) && seen.add(message));
}
