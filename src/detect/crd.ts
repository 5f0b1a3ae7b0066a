/**
 * Reads what a CustomResourceDefinition of Flux says about its versions. Which definitions are Flux's is data (config/images.yaml, crds).
 * Counts no objects and knows no release that removes a version (assess).
 */
import * as z from "zod";
import type { Catalogue } from "./catalogue.ts";
import { firstProblem, type WorkloadProblem } from "./problem.ts";
import { visibleText } from "./visible-text.ts";

/** What is known of one Flux CRD. Version lists stand in the order of {@link compareVersions}. */
export interface CrdFacts {
  /** `imagepolicies.image.toolkit.fluxcd.io` */
  name: string;
  group: string;
  kind: string;
  plural: string;
  scope: "Namespaced" | "Cluster";
  track: "Flux1" | "GitOpsToolkit";
  /** The label app.kubernetes.io/version: the Flux distribution that wrote it, as it stands. */
  release?: string;
  served: string[];
  storage: string;
  /** status.storedVersions; empty in a file, which has no status. */
  stored: string[];
  established: boolean;
  /** Set where it was read from a file. */
  source?: { file: string; line: number };
}

export type CrdReading = { at: "Read"; crd: CrdFacts } | { at: "Malformed"; problem: WorkloadProblem } | { at: "NotFlux" };

/** DNS subdomain names have at most 253 characters, labels 63. */
const NAME_CHARACTERS = 253;
const name = z.lazy(() => z.string().min(1).max(NAME_CHARACTERS));

const CrdName = z.lazy(() => z.looseObject({ metadata: z.looseObject({ name: z.string().min(1) }) }));

const CrdShape = z.lazy(() =>
  z.looseObject({
    metadata: z.looseObject({ labels: z.record(z.string(), z.string()).nullish() }),
    spec: z.looseObject({
      group: name,
      names: z.looseObject({ kind: name, plural: name }),
      scope: z.enum(["Namespaced", "Cluster"], { error: "Namespaced or Cluster" }),
      version: name.nullish().meta({ description: "The only version, where apiextensions v1beta1 names no list." }),
      versions: z.array(z.looseObject({ name, served: z.boolean(), storage: z.boolean() })).nullish(),
    }),
    status: z
      .looseObject({
        storedVersions: z.array(name).nullish(),
        conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish(),
      })
      .nullish(),
  }),
);

/**
 * @param input a CustomResourceDefinition as JSON or YAML gives it: hostile until read
 * @param catalogue which CRDs are Flux's
 * @returns NotFlux for every other one, whatever its shape; Malformed for one of Flux's, or one without a name, that cannot be read. Never throws.
 */
export function readCrd(input: unknown, catalogue: Pick<Catalogue, "crds">): CrdReading {
  const named = CrdName.safeParse(input);
  if (!named.success) return { at: "Malformed", problem: firstProblem(named.error, input) };
  const fullName = named.data.metadata.name;
  const track = crdTrack(fullName, catalogue);
  if (track === undefined) return { at: "NotFlux" };

  const read = CrdShape.safeParse(input);
  if (!read.success) return { at: "Malformed", problem: firstProblem(read.error, input) };
  const { metadata, spec, status } = read.data;
  const versions = spec.versions ?? (spec.version ? [{ name: spec.version, served: true, storage: true }] : []);
  const storage = versions.find((version) => version.storage);
  if (storage === undefined) {
    const found = versions.length === 0 ? "nothing" : "no version with storage: true";
    return {
      at: "Malformed",
      problem: { path: ["spec", "versions"], field: "spec.versions", found, want: "a version with storage: true" },
    };
  }
  const release = metadata.labels?.["app.kubernetes.io/version"];
  return {
    at: "Read",
    crd: {
      name: visibleText(fullName, NAME_CHARACTERS),
      group: visibleText(spec.group, NAME_CHARACTERS),
      kind: visibleText(spec.names.kind, NAME_CHARACTERS),
      plural: visibleText(spec.names.plural, NAME_CHARACTERS),
      scope: spec.scope,
      track,
      ...(release === undefined ? {} : { release: visibleText(release, NAME_CHARACTERS) }),
      served: versionList(versions.filter((version) => version.served).map((version) => version.name)),
      storage: visibleText(storage.name, NAME_CHARACTERS),
      stored: versionList(status?.storedVersions ?? []),
      established: status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") ?? false,
    },
  };
}

/** @returns the track of a CRD by its name (`plural.group`, which the API server enforces); undefined when it is not Flux's */
export function crdTrack(fullName: string, { crds }: Pick<Catalogue, "crds">): CrdFacts["track"] | undefined {
  const group = fullName.slice(fullName.indexOf(".") + 1);
  return crds.find((row) => ("name" in row ? row.name === fullName : fitsGroup(row.group, group)))?.track;
}

/**
 * Kubernetes' order of stability, each kind ascending: v1, v2, v1beta1, v1beta2, v1alpha1, then names of another form.
 * @returns negative when a stands before b
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function fitsGroup(pattern: string, group: string): boolean {
  return pattern.startsWith("*.") ? group.endsWith(pattern.slice(1)) && group.length >= pattern.length : group === pattern;
}

function versionList(names: readonly string[]): string[] {
  return names.toSorted(compareVersions).map((version) => visibleText(version, NAME_CHARACTERS));
}

const STABILITY = ["", "beta", "alpha"] as const;

function rank(version: string): [stability: number, major: number, minor: number] {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (match === null) return [STABILITY.length, 0, 0];
  return [STABILITY.findIndex((stability) => stability === (match[2] ?? "")), Number(match[1]), Number(match[3] ?? 0)];
}
