/** Tells what kustomize lays over another object from an object that is wrong. Applies no patch. */
import { type Catalogue, mayNameFlux } from "./catalogue.ts";
import type { WorkloadProblem } from "./problem.ts";
import { valueAt } from "./value-at.ts";

/** Where a word of Flux names an object, and no image. */
const NAMING = /^(labels|annotations|matchLabels|matchExpressions)$|[nN]ame$/;

/**
 * What lacks a part that the server wants, and holds no image of Flux, runs nothing by itself. With such an image a part may be mistyped, or
 * stand in the wrong place.
 */
export function isPatch(object: unknown, { path }: WorkloadProblem, catalogue: Catalogue): boolean {
  return path[0] === "spec" && valueAt(object, path) === undefined && !holdsImage(object, catalogue);
}

function holdsImage(object: unknown, catalogue: Catalogue): boolean {
  // Grows as it is walked, and takes each part once: an object of YAML may hold cycles.
  const parts = new Set([object]);
  for (const part of parts) {
    if (typeof part === "string" && mayNameFlux(part, catalogue)) return true;
    if (typeof part !== "object" || part === null) continue;
    for (const [key, value] of Object.entries(part)) if (!NAMING.test(key)) parts.add(value);
  }
  return false;
}
