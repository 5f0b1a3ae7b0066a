/** What was set aside keeps the rule that it breaks: who reads a suppressed finding sees what was suppressed. Judges nothing. */
import type { Action, Component } from "../api/inventory.ts";
import type { Severity } from "../api/words.ts";

export interface SetAside {
  readonly by: "Annotation" | "Baseline";
  /** What it would be told if it counted. */
  readonly severity: Severity;
  readonly action: Action;
}

type Placed = Pick<Component, "name" | "namespace" | "workload" | "container" | "source">;

/** Tells the components of one scan apart. Between two scans lines move: the baseline has a key of its own. */
export function placeKey({ name, namespace, workload, container, source }: Placed): string {
  return JSON.stringify([name, namespace, workload.kind, workload.name, container, source?.file, source?.line]);
}
