/** Which Secrets the objects of a plan name. Reads none. */
import { valueAt } from "../detect/value-at.ts";
import type { PlannedObject } from "./draft.ts";

/** @returns `flux-system/flux-git-deploy`, of objects in these namespaces, each once */
export function secretsRead(objects: readonly PlannedObject[], namespaces: ReadonlySet<string>): string[] {
  const read = objects
    .filter(({ metadata }) => namespaces.has(metadata.namespace))
    .flatMap(({ metadata, spec }) => secretsOf(spec).map((name) => `${metadata.namespace}/${name}`));
  return [...new Set(read)];
}

/** By secretRef, however deep, or as a source of values. In the values of a chart the word may mean anything. */
function secretsOf(spec: unknown): string[] {
  if (typeof spec !== "object" || spec === null) return [];
  return Object.entries(spec).flatMap(([key, value]) => {
    if (key === "values") return [];
    const name = key === "secretRef" || valueAt(value, ["kind"]) === "Secret" ? valueAt(value, ["name"]) : undefined;
    return typeof name === "string" ? [name] : secretsOf(value);
  });
}
