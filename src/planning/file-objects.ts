/** Reads from files what a plan is made from. What could not be read is said, with file and line. Plans nothing (src/plan). */
import * as z from "zod";
import type { Unreadable } from "../assess/look.ts";
import type { Catalogue } from "../detect/catalogue.ts";
import { type DetectedComponent, detectWorkload } from "../detect/component.ts";
import { type CrdFacts, readCrd } from "../detect/crd.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";
import type { Managers } from "../detect/managers-file.ts";
import { type NamespaceFacts, readNamespace } from "../detect/namespace.ts";
import { leftOpen } from "../detect/template.ts";
import { workloadKindOf } from "../detect/workload-kind.ts";
import { readManifestFiles } from "../files/manifest-files.ts";
import type { ManifestObject } from "../manifests/manifest.ts";
import { Declared } from "../scan/declared.ts";

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

interface FileData {
  readonly catalogue: Catalogue;
  readonly managers: Managers;
  readonly declaredInstalls: DeclaredInstalls;
}

/** @throws NoSuchFile */
export async function readFileObjects(
  paths: readonly string[],
  stdin: () => AsyncIterable<Buffer>,
  { catalogue, managers, declaredInstalls }: FileData,
): Promise<FileObjects> {
  const declared = new Declared(declaredInstalls, () => ({}));
  const running = new Set<string>();
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
      declared.add(part);
      const { components, open } = lookedAt(part, catalogue, managers);
      for (const component of components) running.add(daemonKey(component));
      if (open === undefined) {
        objects.push(part.value);
        places.set(part.value, place);
      } else skipped.push(open);
    }
  }
  const unseen = declared.end().components.filter((each) => each.track === "Flux1" && !isRendered(each, running));
  unreadable.push(...unseen.map(unrendered));
  const definitions = objects.map((object) => readCrd(object, catalogue));
  const crds = definitions.flatMap((reading) => (reading.at === "Read" ? [reading.crd] : []));
  const namespaces = objects.filter(isNamespace).map(readNamespace);
  const named = namespaces.flatMap((reading) => (reading.at === "Read" ? [[reading.namespace.name, reading.namespace] as const] : []));
  return { objects, places, crds, namespaces: new Map(named), unreadable, files: files.size, skipped };
}

/** @returns the components that a workload runs, and what a template leaves open of it, with its place, as `scan` says it */
function lookedAt(
  part: ManifestObject,
  catalogue: Catalogue,
  managers: Managers,
): { components: readonly DetectedComponent[]; open?: string } {
  const kind = workloadKindOf(part.apiVersion, part.kind);
  const reading = kind && detectWorkload(part.value, kind, catalogue, managers);
  if (reading === undefined) return { components: [] };
  if (reading.at !== "Malformed") return { components: reading.components };
  const open = leftOpen(part, reading.problem);
  return { components: [], ...(open === undefined ? {} : { open: `${part.file}:${part.lineOf(reading.problem.path)}: ${open}` }) };
}

function daemonKey({ name, namespace }: Pick<DetectedComponent, "name" | "namespace">): string {
  return `${name} ${namespace}`;
}

/** What a chart makes may name no namespace, and leave it to whoever applies it. */
function isRendered({ name, namespace }: DetectedComponent, running: ReadonlySet<string>): boolean {
  return [namespace, "default"].some((each) => running.has(daemonKey({ name, namespace: each })));
}

/** A plan is made from a daemon's arguments, which are those of a workload. */
function unrendered({ name, namespace, workload, source }: DetectedComponent): Unreadable {
  const place = source === undefined ? "" : `${source.file}:${source.line}`;
  const message = `${place}: ${workload.kind} ${namespace}/${workload.name} installs ${name}, and its workload is not among what was read: plan from the cluster, or with what helm template or kustomize build prints`;
  return { resource: place, verb: "parse", reason: "InvalidObject", message };
}

const Namespace = z.looseObject({ apiVersion: z.literal("v1"), kind: z.literal("Namespace") });

function isNamespace(object: unknown): boolean {
  return Namespace.safeParse(object).success;
}
