/** Tells an object that a template leaves open from one that is wrong. Renders nothing. */
import * as z from "zod";
import type { WorkloadProblem } from "./problem.ts";
import { visibleText } from "./visible-text.ts";

const NAME_CHARACTERS = 100;

const Named = z.lazy(() => z.looseObject({ metadata: z.looseObject({ name: z.string() }) }));

/** What helm fills in, `{{ .Values.tag }}`, or Flux once a kustomization is built, `${TAG}` [1]. [1] Kustomization, spec.postBuild */
const OPEN = /\{\{|\$\{/;

export function isLeftOpen(value: unknown): boolean {
  return typeof value === "string" && OPEN.test(value);
}

/** Longer than any image: what is filled in stands somewhere in it. */
const IMAGE_CHARACTERS = 4_096;

/** @returns whether an image can be any, as the name at the end of its repository is left open: `{{ .Values.image.repository }}:1.2.3` */
export function canBeAnyImage(text: string): boolean {
  if (text.length > IMAGE_CHARACTERS) return isLeftOpen(text);
  const [name = ""] = text.replaceAll(OPENED, MARK).split("@", 1);
  return name.slice(name.lastIndexOf("/") + 1).startsWith(MARK);
}

/** What is filled in, whatever stands within. */
const OPENED = /\{\{.*?\}\}|\$\{[^}]*\}/gs;
const MARK = "\u0000";

/** @returns the name that an object gives itself, safe to show; empty where it gives none */
export function nameOf(object: unknown): string {
  return visibleText(Named.safeParse(object).data?.metadata.name ?? "", NAME_CHARACTERS);
}

/** @returns what the template leaves open; undefined where the object is wrong whatever its values are */
export function leftOpen({ kind, value }: { kind: string; value: unknown }, { field, found }: WorkloadProblem): string | undefined {
  return isLeftOpen(found) ? `${kind} ${nameOf(value)} is a template: ${field} is ${found}` : undefined;
}
