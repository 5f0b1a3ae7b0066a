/** Where a release's values come from: v1's lists as v2's. Secrets and ConfigMaps are named, never read. Values themselves are not touched. */
import type { SpecV1, ValuesSource } from "./helm-release-v1.ts";
import { innerPath } from "./inner-path.ts";
import { isObjectName } from "./names.ts";
import { DEFAULT_KEY, type SuppliedValues } from "./supplied-values.ts";

const KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** In the order in which the Helm Operator looks for them: of those in one item, the first counts. */
const PARTS = ["configMapKeyRef", "secretKeyRef", "externalSourceRef", "chartFileRef"] as const;

/** It is not optional: without it, the values of the release would be others. */
const WAITS = "a person puts these values there, and Flux 2 waits for them";

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
 * @param supplied for what v2 does not reach
 * @param chartPath `./charts/web` where the chart is in Git: files are named from the repository's root there
 */
export function helmValues(v1: SpecV1, namespace: string, supplied: SuppliedValues, chartPath: string | undefined): HelmValues {
  const reader = new ValuesReader(namespace, supplied);
  (v1.valueFileSecrets ?? []).forEach(({ name }, index) => {
    reader.secret(`spec.valueFileSecrets[${index}]`, name);
  });
  (v1.valuesFrom ?? []).forEach((source, index) => {
    reader.source(`spec.valuesFrom[${index}]`, source);
  });
  const { translated, left, valuesFrom, files } = reader;
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

/** Reads sources in their order. */
class ValuesReader {
  readonly valuesFrom: Reference[] = [];
  readonly files: { path: string; optional: boolean; field: string }[] = [];
  readonly translated: [string, string][] = [];
  readonly left: [string, string][] = [];
  readonly #namespace: string;
  readonly #supplied: SuppliedValues;

  constructor(namespace: string, supplied: SuppliedValues) {
    this.#namespace = namespace;
    this.#supplied = supplied;
  }

  secret(field: string, name: string): void {
    if (isObjectName(name)) {
      this.translated.push([field, this.#next]);
      this.valuesFrom.push({ kind: "Secret", name, valuesKey: DEFAULT_KEY });
    } else this.left.push([field, "it names no Secret that can be"]);
  }

  source(field: string, source: ValuesSource): void {
    const [first, ...others] = PARTS.filter((part) => source[part]);
    for (const part of others) this.left.push([`${field}.${part}`, `${first} comes first: it had no effect`]);
    if (source.configMapKeyRef) this.#key(`${field}.configMapKeyRef`, "ConfigMap", source.configMapKeyRef);
    else if (source.secretKeyRef) this.#key(`${field}.secretKeyRef`, "Secret", source.secretKeyRef);
    else if (source.externalSourceRef) this.#address(`${field}.externalSourceRef`, source.externalSourceRef);
    else if (source.chartFileRef) this.#file(`${field}.chartFileRef`, source.chartFileRef);
  }

  /** Where the next one stands in v2. */
  get #next(): string {
    return `spec.valuesFrom[${this.valuesFrom.length}]`;
  }

  #key(field: string, kind: Reference["kind"], reference: KeyReference): void {
    const { name, namespace, key, optional } = reference;
    const valuesKey = key || DEFAULT_KEY;
    if (!isObjectName(name)) this.left.push([field, `it names no ${kind} that can be`]);
    else if (!KEY.test(valuesKey)) this.left.push([field, "its key is none that can be"]);
    else if (!namespace || namespace === this.#namespace) {
      this.translated.push(...fieldsOf(field, reference, this.#next));
      this.valuesFrom.push({ kind, name, valuesKey, ...(optional === true ? { optional } : {}) });
    } else {
      this.translated.push(...fieldsOf(field, { ...reference, optional: undefined }, this.#next));
      if (optional !== undefined) this.left.push([`${field}.optional`, WAITS]);
      this.valuesFrom.push({ kind, name: this.#supplied.copyOf(kind, name, namespace, optional === true), valuesKey });
    }
  }

  #address(field: string, { url, optional }: NonNullable<ValuesSource["externalSourceRef"]>): void {
    this.translated.push([`${field}.url`, `${this.#next}.name, of a ConfigMap to make`]);
    if (optional !== undefined) this.left.push([`${field}.optional`, WAITS]);
    this.valuesFrom.push({ kind: "ConfigMap", name: this.#supplied.ofAddress(url, field), valuesKey: DEFAULT_KEY });
  }

  #file(field: string, { path: given, optional }: NonNullable<ValuesSource["chartFileRef"]>): void {
    const path = innerPath(given);
    if (path === undefined || path === "") this.left.push([field, "its path leads to no file of the chart"]);
    else this.files.push({ path, optional: optional === true, field });
  }
}

function fieldsOf(field: string, reference: KeyReference, to: string): [string, string][] {
  const parts = {
    name: `${to}.name`,
    key: `${to}.valuesKey`,
    optional: `${to}.optional`,
    namespace: `${to}, of its own namespace`,
  } as const;
  return (["name", "key", "optional", "namespace"] as const).flatMap((part) =>
    reference[part] === undefined ? [] : [[`${field}.${part}`, parts[part]] satisfies [string, string]],
  );
}
