/** What was set aside keeps the rule that it breaks: who reads a suppressed finding sees what was suppressed. */
import type { Action, Component } from "../api/inventory.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import type { Severity } from "../api/words.ts";
import { assess } from "../assess/assess.ts";
import type { Subject } from "../assess/subject.ts";

export interface SetAside {
  /** By an annotation in its own file; else by a baseline, or by the spec of the cluster's MigrationStatus. */
  readonly inSource: boolean;
  /** What it would be told if it counted. */
  readonly severity: Severity;
  readonly action: Action;
}

type Placed = Pick<Component, "name" | "namespace" | "workload" | "container" | "source">;

/** Tells the components of one scan apart. Between two scans lines move: the baseline has a key of its own. */
export function placeKey({ name, namespace, workload, container, source }: Placed): string {
  return JSON.stringify([name, namespace, workload.kind, workload.name, container, source?.file, source?.line]);
}

/**
 * @param status what became of the subject
 * @param subject as it was before a baseline set something aside
 * @returns of each component that is set aside there, what it would be told if it counted
 */
export function setAsideIn({ inventory }: MigrationStatusStatus, subject: Subject): ReadonlyMap<string, SetAside> {
  const ignored = new Set((inventory?.components ?? []).flatMap((component) => (component.ignored ? [placeKey(component)] : [])));
  if (ignored.size === 0) return new Map();
  const { look, spec } = subject;
  const annotated = new Set(look.components.filter(({ setAside }) => setAside).map(placeKey));
  const components = look.components.map(({ setAside: _, ...component }) => component);
  const counting = assess({ ...subject, look: { ...look, components }, spec: { ...spec, ignore: [] } }).status;
  return new Map(
    (counting.inventory?.components ?? []).flatMap((component) => {
      const key = placeKey(component);
      const { severity, action } = component;
      return ignored.has(key) ? [[key, { inSource: annotated.has(key), severity, action }] as const] : [];
    }),
  );
}
