/** Where a release's values come from: v1's lists as v2's. Secrets and ConfigMaps are named, never read. Values themselves are not touched. */
import type { SpecV1, ValuesSource } from "./helm-release-v1.ts";
import { innerPath } from "./inner-path.ts";
import { isObjectName } from "./names.ts";

/** Of v1 and v2 alike. */
const DEFAULT_KEY = "values.yaml";
const KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** In the order in which the Helm Operator looks for them: of those in one item, the first counts. */
const PARTS = ["configMapKeyRef", "secretKeyRef", "externalSourceRef", "chartFileRef"] as const;

interface Reference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly valuesKey: string;
  readonly optional?: boolean;
}

export interface HelmValues {
  readonly valuesFrom: readonly Reference[];
  /** Files of the chart, in order; empty where only its values.yaml counts. */
  readonly valuesFiles: readonly string[];
  readonly ignoreMissingValuesFiles: boolean;
  readonly translated: readonly (readonly [string, string])[];
  readonly left: readonly (readonly [string, string])[];
}

/**
 * @param namespace of the HelmRelease
 * @param chartPath `./charts/web` where the chart is in Git: files are named from the repository's root there
 */
export function helmValues(v1: SpecV1, namespace: string, chartPath: string | undefined): HelmValues {
  const translated: [string, string][] = [];
  const left: [string, string][] = [];
  const valuesFrom: Reference[] = [];
  const files: { path: string; optional: boolean; field: string }[] = [];
  (v1.valueFileSecrets ?? []).forEach(({ name }, index) => {
    const field = `spec.valueFileSecrets[${index}]`;
    if (!isObjectName(name)) left.push([field, "it names no Secret that can be"]);
    else {
      translated.push([field, `spec.valuesFrom[${valuesFrom.length}]`]);
      valuesFrom.push({ kind: "Secret", name, valuesKey: DEFAULT_KEY });
    }
  });
  (v1.valuesFrom ?? []).forEach((source, index) => {
    const field = `spec.valuesFrom[${index}]`;
    const [first, ...others] = PARTS.filter((part) => source[part]);
    for (const part of others) left.push([`${field}.${part}`, `${first} comes first: it had no effect`]);
    if (first === "externalSourceRef")
      left.push([`${field}.externalSourceRef`, "Flux 2 loads no values from addresses: put them into a ConfigMap"]);
    for (const [part, kind] of [["configMapKeyRef", "ConfigMap"] as const, ["secretKeyRef", "Secret"] as const]) {
      const reference = source[part];
      if (first !== part || !reference) continue;
      const read = referenceOf(kind, reference, namespace);
      if ("why" in read) left.push([`${field}.${part}`, read.why]);
      else {
        translated.push(...fieldsOf(`${field}.${part}`, reference, `spec.valuesFrom[${valuesFrom.length}]`));
        valuesFrom.push(read);
      }
    }
    if (first === "chartFileRef" && source.chartFileRef) {
      const { optional } = source.chartFileRef;
      const path = innerPath(source.chartFileRef.path);
      if (path === undefined || path === "") left.push([`${field}.chartFileRef`, "its path leads to no file of the chart"]);
      else files.push({ path, optional: optional === true, field: `${field}.chartFileRef` });
    }
  });
  const from = (file: string) => (chartPath === undefined ? file : `${chartPath}/${file}`);
  // The chart build knows one switch for all of its files.
  const lenient = files.length > 0 && files.every(({ optional }) => optional);
  for (const { field, optional } of files) {
    translated.push([`${field}.path`, "spec.chart.spec.valuesFiles"]);
    if (optional && !lenient)
      left.push([`${field}.optional`, "Flux 2 takes all values files as optional, or none: this one must be there now"]);
    else translated.push([`${field}.optional`, "spec.chart.spec.ignoreMissingValuesFiles"]);
  }
  const valuesFiles = files.length === 0 ? [] : [DEFAULT_KEY, ...files.map(({ path }) => path)].map(from);
  return { valuesFrom, valuesFiles, ignoreMissingValuesFiles: lenient, translated, left };
}

type KeyReference = NonNullable<ValuesSource["configMapKeyRef"]>;

function referenceOf(kind: Reference["kind"], { name, namespace, key, optional }: KeyReference, own: string): Reference | { why: string } {
  if (namespace && namespace !== own) return { why: `Flux 2 reads a ${kind} of the HelmRelease's own namespace only: copy it there` };
  if (!isObjectName(name)) return { why: `it names no ${kind} that can be` };
  const valuesKey = key || DEFAULT_KEY;
  if (!KEY.test(valuesKey)) return { why: "its key is none that can be" };
  return { kind, name, valuesKey, ...(optional === true ? { optional } : {}) };
}

function fieldsOf(field: string, reference: KeyReference, to: string): [string, string][] {
  const parts = {
    name: `${to}.name`,
    key: `${to}.valuesKey`,
    optional: `${to}.optional`,
    namespace: `${to}, of the same namespace`,
  } as const;
  return (["name", "key", "optional", "namespace"] as const).flatMap((part) =>
    reference[part] === undefined ? [] : [[`${field}.${part}`, parts[part]] satisfies [string, string]],
  );
}
