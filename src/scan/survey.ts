/** Gathers, from the parts of manifests, what an assessment looks at. Opens no file and judges nothing. */
import * as z from "zod";
import { DOCUMENT_RESOURCE, type Look, type Orphans, type Unreadable } from "../assess/look.ts";
import type { Catalogue } from "../detect/catalogue.ts";
import { type DetectedComponent, detectWorkload, type FilePlace, type WorkloadKind } from "../detect/component.ts";
import { type CrdFacts, crdTrack, readCrd } from "../detect/crd.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";
import type { Managers } from "../detect/managers-file.ts";
import { type NamespaceFacts, readNamespace } from "../detect/namespace.ts";
import { isPatch } from "../detect/patch.ts";
import type { WorkloadProblem } from "../detect/problem.ts";
import { leftOpen, nameOf } from "../detect/template.ts";
import { valueAt } from "../detect/value-at.ts";
import { visibleText } from "../detect/visible-text.ts";
import { workloadKindOf } from "../detect/workload-kind.ts";
import type { ManifestObject, ManifestPart, Skipped, Unread } from "../manifests/manifest.ts";
import { Declared } from "./declared.ts";
import { IGNORE_ANNOTATION, readIgnore } from "./ignore-annotation.ts";

/** Paths have 4,096 characters at most on Linux; more is a joke. */
const FILE_CHARACTERS = 4096;

const Annotations = z.lazy(() => z.record(z.string(), z.string()));

/** Of an object; a chart has its own at its top. */
const ANNOTATED = [["metadata", "annotations"], ["annotations"]] as const;

export interface SurveyData {
  readonly catalogue: Catalogue;
  readonly managers: Managers;
  readonly declaredInstalls: DeclaredInstalls;
}

export class Survey {
  readonly #data: SurveyData;
  readonly #components: DetectedComponent[] = [];
  readonly #crds: CrdFacts[] = [];
  readonly #namespaces = new Map<string, NamespaceFacts>();
  readonly #unread: Unread[] = [];
  readonly #skipped: Skipped[] = [];
  /** Of them, those that may hold Flux: a note about what counts all the same is none. */
  #mayHoldFlux = 0;
  /** What was said of them, with their places. */
  readonly #unreadIgnores = new Set<string>();
  readonly #declared: Declared;
  /** By the regular name of their CRD. */
  readonly #objects = new Map<string, Orphans & { track: CrdFacts["track"] }>();

  constructor(data: SurveyData) {
    this.#data = data;
    this.#declared = new Declared(data.declaredInstalls, (object) => this.#setAside(object));
  }

  add(part: ManifestPart): void {
    if (part.at === "Unread") this.#unread.push(part);
    else if (part.at === "Skipped") this.#skip(part);
    else this.#object(part);
  }

  /** What was left out on purpose, in the order in which it came. */
  skipped(): readonly Skipped[] {
    return this.#skipped;
  }

  unread(): readonly Unread[] {
    return this.#unread;
  }

  /** @param files how many were read; asked once, when all was added */
  look(files: number): Look {
    const declared = this.#declared.end();
    for (const part of declared.skipped) this.#skip(part);
    return {
      components: [...this.#components, ...declared.components],
      crds: this.#crds,
      objects: this.#objectCounts(),
      orphans: this.#orphans(),
      namespaces: this.#namespaces,
      unreadable: this.#unread.map(unreadable),
      files,
      skipped: this.#mayHoldFlux,
    };
  }

  #skip(part: Skipped): void {
    this.#skipped.push(part);
    this.#mayHoldFlux += 1;
  }

  #object(object: ManifestObject): void {
    const kind = workloadKindOf(object.apiVersion, object.kind);
    if (kind) this.#workload(object, kind);
    else if (object.kind === "CustomResourceDefinition" && object.apiVersion.startsWith("apiextensions.k8s.io/")) this.#crd(object);
    else if (object.kind === "Namespace" && object.apiVersion === "v1") this.#namespace(object);
    else {
      this.#declared.add(object);
      this.#count(object);
    }
  }

  #workload(object: ManifestObject, kind: WorkloadKind): void {
    const { catalogue, managers } = this.#data;
    // The line that a change of version touches: code hosts show what stands in a changed line.
    const imageAt = (path: readonly PropertyKey[]) => placeOf({ file: object.file, line: object.lineOf(path) });
    const reading = detectWorkload(object.value, kind, catalogue, managers, imageAt);
    if (reading.at === "Malformed") {
      this.#malformed(object, reading.problem);
      return;
    }
    if (reading.components.length === 0) return;
    const setAside = this.#setAside(object);
    for (const component of reading.components) this.#components.push({ ...component, ...setAside });
  }

  #setAside(object: ManifestObject): Pick<DetectedComponent, "setAside"> {
    const [annotated] = ANNOTATED.flatMap((place) => {
      const annotation = Annotations.safeParse(valueAt(object.value, place)).data?.[IGNORE_ANNOTATION];
      return annotation === undefined ? [] : [{ place, annotation }];
    });
    if (annotated === undefined) return {};
    const read = readIgnore(annotated.annotation);
    if (read.at === "Read") return { setAside: { reason: read.reason, ...(read.until === undefined ? {} : { until: read.until }) } };
    const { file } = object;
    const line = object.lineOf([...annotated.place, IGNORE_ANNOTATION]);
    // Said once of a kustomization that declares several.
    const said = JSON.stringify([file, line, read.why]);
    if (!this.#unreadIgnores.has(said)) this.#skipped.push({ at: "Skipped", file, line, why: read.why });
    this.#unreadIgnores.add(said);
    return {};
  }

  #crd(object: ManifestObject): void {
    const reading = readCrd(object.value, this.#data.catalogue);
    if (reading.at === "Malformed") this.#malformed(object, reading.problem);
    if (reading.at === "Read") this.#crds.push({ ...reading.crd, source: placeOf(object) });
  }

  #namespace(object: ManifestObject): void {
    const reading = readNamespace(object.value);
    if (reading.at === "Read") this.#namespaces.set(reading.namespace.name, reading.namespace);
  }

  #count(object: ManifestObject): void {
    const { apiVersion, kind } = object;
    const crd = regularName(kind, apiVersion.split("/")[0] ?? "");
    const track = crdTrack(crd, this.#data.catalogue);
    if (track === undefined) return;
    const known = this.#objects.get(crd);
    this.#objects.set(crd, { track, crd, objects: (known?.objects ?? 0) + 1, source: known?.source ?? placeOf(object) });
  }

  /** The plurals of Flux 1 are all regular, so that the CRD would have this name. */
  #orphans(): Orphans[] {
    return [...this.#objects.values()]
      .filter(({ track, crd }) => track === "Flux1" && !this.#crds.some(({ name }) => name === crd))
      .map(({ crd, objects, source }) => ({ crd, objects, source }));
  }

  #objectCounts(): Map<string, number> {
    return new Map(this.#crds.map(({ name, kind, group }) => [name, this.#objects.get(regularName(kind, group))?.objects ?? 0]));
  }

  #malformed(object: ManifestObject, problem: WorkloadProblem): void {
    if (isPatch(object.value, problem, this.#data.catalogue)) return;
    const line = object.lineOf(problem.path);
    const place = { file: object.file, line };
    const open = leftOpen(object, problem);
    if (open !== undefined) this.#skip({ at: "Skipped", ...place, why: open });
    else
      this.#unread.push({
        at: "Unread",
        ...place,
        why: `${object.kind} ${nameOf(object.value)}: ${problem.field === "" ? "it" : problem.field} is ${problem.found}; want ${problem.want}`,
      });
  }
}

/** `helmreleases.helm.fluxcd.io`: what the CRD of a kind is called, unless its plural is irregular. */
function regularName(kind: string, group: string): string {
  return `${kind.toLowerCase()}s.${group}`;
}

function placeOf({ file, line }: { file: string; line: number }): FilePlace {
  return { file: visibleText(file, FILE_CHARACTERS), line };
}

function unreadable(unread: Unread): Unreadable {
  const { file, line } = placeOf(unread);
  return {
    resource: DOCUMENT_RESOURCE,
    object: `${file}:${line}`,
    verb: "parse",
    reason: "InvalidObject",
    message: `${file}:${line} ${unread.why}`,
  };
}
