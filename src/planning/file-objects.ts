/** Reads from files what a plan is made from. What could not be read is said, with file and line. Plans nothing (src/plan). */
import * as z from "zod";
import type { Unreadable } from "../assess/look.ts";
import type { Catalogue } from "../detect/catalogue.ts";
import { detectWorkload } from "../detect/component.ts";
import { type CrdFacts, readCrd } from "../detect/crd.ts";
import type { Managers } from "../detect/managers-file.ts";
import { type NamespaceFacts, readNamespace } from "../detect/namespace.ts";
import { leftOpen } from "../detect/template.ts";
import { workloadKindOf } from "../detect/workload-kind.ts";
import { readManifestFiles } from "../files/manifest-files.ts";
import type { ManifestObject } from "../manifests/manifest.ts";

export interface FileObjects {
  readonly objects: readonly unknown[];
  /** `FILE:LINE` of each. */
  readonly places: ReadonlyMap<unknown, string>;
  readonly crds: readonly CrdFacts[];
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>;
  readonly unreadable: readonly Unreadable[];
  /** How many were read. */
  readonly files: number;
  /** `FILE:LINE: why`, of what was left out and is no fault. */
  readonly skipped: readonly string[];
}

/** @throws NoSuchFile */
export async function readFileObjects(
  paths: readonly string[],
  stdin: () => AsyncIterable<Buffer>,
  { catalogue, managers }: { readonly catalogue: Catalogue; readonly managers: Managers },
): Promise<FileObjects> {
  const places = new Map<unknown, string>();
  const objects: unknown[] = [];
  const unreadable: Unreadable[] = [];
  const skipped: string[] = [];
  const files = new Set<string>();
  for await (const part of readManifestFiles(paths, { stdin })) {
    const place = `${part.file}:${part.line}`;
    files.add(part.file);
    if (part.at === "Unread")
      unreadable.push({ resource: place, verb: "parse", reason: "InvalidObject", message: `${place}: ${part.why}` });
    else if (part.at === "Skipped") skipped.push(`${place}: ${part.why}`);
    else {
      const open = openIn(part, catalogue, managers);
      if (open === undefined) {
        objects.push(part.value);
        places.set(part.value, place);
      } else skipped.push(open);
    }
  }
  const definitions = objects.map((object) => readCrd(object, catalogue));
  const crds = definitions.flatMap((reading) => (reading.at === "Read" ? [reading.crd] : []));
  const namespaces = objects.filter(isNamespace).map(readNamespace);
  const named = namespaces.flatMap((reading) => (reading.at === "Read" ? [[reading.namespace.name, reading.namespace] as const] : []));
  return { objects, places, crds, namespaces: new Map(named), unreadable, files: files.size, skipped };
}

/** @returns what a template leaves open of a workload, with its place, as `scan` says it */
function openIn(part: ManifestObject, catalogue: Catalogue, managers: Managers): string | undefined {
  const kind = workloadKindOf(part.apiVersion, part.kind);
  const reading = kind && detectWorkload(part.value, kind, catalogue, managers);
  if (reading?.at !== "Malformed") return undefined;
  const open = leftOpen(part, reading.problem);
  return open && `${part.file}:${part.lineOf(reading.problem.path)}: ${open}`;
}

const Namespace = z.looseObject({ apiVersion: z.literal("v1"), kind: z.literal("Namespace") });

function isNamespace(object: unknown): boolean {
  return Namespace.safeParse(object).success;
}
