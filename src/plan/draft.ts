/** The plan while it is made: the target, the names that are taken, the objects so far, and the account. Decides nothing about Flux. */
import { Ledger } from "./ledger.ts";
import { Names } from "./names.ts";
import type { GeneratedKind, Target } from "./target.ts";

/** A generated manifest, in the order of its fields. */
export interface PlannedObject {
  readonly apiVersion: string;
  readonly kind: GeneratedKind;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A value of a planned object that image automation rewrites. */
export interface Mark {
  /** From the top of the object, by keys. */
  readonly path: readonly string[];
  /** The comment behind it: `{"$imagepolicy": "flux-system:web:tag"}`. */
  readonly marker: string;
}

export class Draft {
  readonly ledger = new Ledger();
  readonly names: Names;
  readonly objects: PlannedObject[] = [];
  /** By object: `HelmRelease shop/cart`. */
  readonly marks = new Map<string, Mark[]>();
  readonly target: Target;
  /** Of the toolkit, where sources and Kustomizations go. */
  readonly namespace: string;
  readonly #made = new Map<string, string>();

  constructor(target: Target, namespace: string, existing: Iterable<string>) {
    this.target = target;
    this.namespace = namespace;
    this.names = new Names(existing);
  }

  /** A Secret that a person makes. */
  secretFor(origin: string, namespace: string, wanted: string): string {
    return this.madeFor("Secret", origin, namespace, wanted);
  }

  /**
   * A Secret or ConfigMap that a person makes. Each origin has one of its own: in a shared one the second would overwrite the first, and its
   * host would be sent the other's credential.
   * @param origin where its content comes from, and for which host
   */
  madeFor(kind: "ConfigMap" | "Secret", origin: string, namespace: string, wanted: string): string {
    const key = JSON.stringify([kind, origin, namespace, wanted]);
    const name = this.#made.get(key) ?? this.names.take(kind, namespace, wanted);
    this.#made.set(key, name);
    return name;
  }

  /** A value takes one marker: the first. */
  mark(object: string, mark: Mark): void {
    const marks = this.marks.get(object) ?? [];
    const path = JSON.stringify(mark.path);
    if (!marks.some((each) => JSON.stringify(each.path) === path)) this.marks.set(object, [...marks, mark]);
  }

  /** @param name not yet taken */
  add(kind: GeneratedKind, namespace: string, name: string, spec: PlannedObject["spec"]): string {
    this.objects.push({ apiVersion: this.target.apiVersions[kind], kind, metadata: { name, namespace }, spec: withoutUndefined(spec) });
    return `${kind} ${namespace}/${name}`;
  }
}

function withoutUndefined(spec: PlannedObject["spec"]): PlannedObject["spec"] {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}
