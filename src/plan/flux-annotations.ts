/** Reads the annotations by which people steered Flux 1. Only their keys are known here; what becomes of each stands in automation.ts. */

export interface FluxAnnotation {
  readonly key: string;
  readonly value: string;
  readonly means: "Automated" | "Locked" | "Ignore" | "Filter" | "ValuePath" | "Unknown";
  /** Of Filter and ValuePath. */
  readonly container?: string;
  /** Of ValuePath: what the path leads to. */
  readonly part?: "image" | "registry" | "repository" | "tag";
}

/** Annotations and labels written by fluxd and the Helm Operator themselves, or by kubectl: no one's input. */
const MARKS: ReadonlySet<string> = new Set([
  "fluxcd.io/sync-checksum",
  "fluxcd.io/sync-gc-mark",
  "helm.fluxcd.io/antecedent",
  "kubectl.kubernetes.io/last-applied-configuration",
]);

export function isMarkOfProgram(key: string): boolean {
  return MARKS.has(key);
}

/** Prefixes of Flux 2, whose annotations mean nothing to Flux 1. */
const FLUX2_PREFIXES: ReadonlySet<string> = new Set(["reconcile"]);
const OURS = /^(?:([a-z0-9-]+)\.)?(fluxcd\.io|flux\.weave\.works)\/(.+)$/s;
const STEERING = { automated: "Automated", locked: "Locked", locked_user: "Locked", locked_msg: "Locked", ignore: "Ignore" } as const;
const PATHS = ["image", "registry", "repository", "tag"] as const;

/** @returns those of Flux 1, the newer prefix first: where a thing is said twice, the first counts */
export function fluxAnnotations(annotations: ReadonlyMap<string, string>): FluxAnnotation[] {
  const read = [...annotations].flatMap(([key, value]) => {
    const match = isMarkOfProgram(key) ? null : OURS.exec(key);
    return match && !FLUX2_PREFIXES.has(match[1] ?? "") ? [annotation(key, value, match[1], match[2] === "fluxcd.io", match[3] ?? "")] : [];
  });
  return read.toSorted((a, b) => Number(isOld(a.key)) - Number(isOld(b.key)) || (a.key < b.key ? -1 : 1));
}

function isOld(key: string): boolean {
  return key.includes("flux.weave.works/");
}

function annotation(key: string, value: string, prefix: string | undefined, isNew: boolean, name: string): FluxAnnotation {
  if (prefix === undefined) {
    const means = Object.entries(STEERING).find(([word]) => word === name)?.[1];
    if (means !== undefined) return { key, value, means };
    if (name.startsWith("tag.")) return { key, value, means: "Filter", container: name.slice(4) };
  }
  if (prefix === "filter" && isNew) return { key, value, means: "Filter", container: name };
  const part = PATHS.find((each) => each === prefix);
  if (part !== undefined && isNew) return { key, value, means: "ValuePath", container: name, part };
  return { key, value, means: "Unknown" };
}
