/** The objects that are ours, by namespace and name. Tells whether a change is one. Knows no requests and no states. */

import { isDeepStrictEqual } from "node:util";

/** An object that is ours, in the form that its keeper chose. */
export interface Kept<T> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
}

/** The part of a key that is the object's name. */
function nameOfKey(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** @returns the key of an object: two objects of one name and namespace are never there at once. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`; // no name holds a slash
}

export class KeptSet<T> {
  #kept = new Map<string, Kept<T>>();
  readonly #keysByName = new Map<string, Set<string>>();
  #values: readonly T[] | undefined;

  get(key: string): Kept<T> | undefined {
    return this.#kept.get(key);
  }

  /** @returns the keys of all kept objects of a name, in whatever namespaces. */
  keysNamed(name: string): readonly string[] {
    return [...(this.#keysByName.get(name) ?? [])];
  }

  /** @returns the kept values. The same array until something changes. */
  values(): readonly T[] {
    this.#values ??= Array.from(this.#kept.values(), ({ value }) => value);
    return this.#values;
  }

  /** @returns true where the value is another one than before. */
  put(key: string, kept: Kept<T>): boolean {
    const before = this.#kept.get(key);
    const same = before !== undefined && before.uid === kept.uid && isDeepStrictEqual(before.value, kept.value);
    // The old value stays where both are equal: who compares by identity sees no change either.
    this.#kept.set(key, same ? { ...kept, value: before.value } : kept);
    const name = nameOfKey(key);
    const keys = this.#keysByName.get(name);
    if (keys) keys.add(key);
    else this.#keysByName.set(name, new Set([key]));
    if (!same) this.#values = undefined;
    return !same;
  }

  /** @returns true where it was there. */
  delete(key: string): boolean {
    const was = this.#kept.delete(key);
    if (!was) return false;
    this.#values = undefined;
    const name = nameOfKey(key);
    const keys = this.#keysByName.get(name);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByName.delete(name);
    return true;
  }

  /**
   * Replaces the whole set at once: emptying first would show a cluster without Flux for a moment, and the alert would resolve.
   *
   * @returns true where it differs from the set before.
   */
  replace(next: ReadonlyMap<string, Kept<T>>): boolean {
    let changed = false;
    for (const key of [...this.#kept.keys()]) {
      if (!next.has(key)) changed = this.delete(key) || changed;
    }
    for (const [key, kept] of next) changed = this.put(key, kept) || changed;
    return changed;
  }
}
