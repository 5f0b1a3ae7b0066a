/** Objects by their names, as others refer to them. Knows no kind, and says nothing of what is not there. */
import type { ManifestObject } from "../manifests/manifest.ts";

/** Of one name and as near; more in one place are nobody's. */
const MOST_VALUES = 100;

export function nameKey(kind: string, namespace: string | undefined, name: string): string {
  return JSON.stringify([kind, namespace ?? "default", name]);
}

/** Each name may stand in several folders, as those of several clusters in one repository do. Values are plain: they are compared as JSON. */
export class NamedObjects<T> {
  /** By name, then by file and by each folder above it. */
  readonly #found = new Map<string, Map<string, Map<string, T>>>();

  add({ kind, file }: ManifestObject, { name, namespace }: { name: string; namespace?: string | undefined }, value: T): void {
    const places = entryOf(this.#found, nameKey(kind, namespace, name), () => new Map());
    const text = JSON.stringify(value);
    for (const place of placesOf(file)) {
      const values = entryOf(places, place, () => new Map());
      if (values.size < MOST_VALUES) values.set(text, value);
    }
  }

  /** @returns those of a name that share most folders with a file, each once: several where a repository holds several clusters */
  nearest(key: string | undefined, file: string): readonly T[] {
    const places = key === undefined ? undefined : this.#found.get(key);
    if (places === undefined) return [];
    for (const place of placesOf(file)) {
      const values = places.get(place);
      if (values) return [...values.values()];
    }
    return [];
  }
}

/** `a/b/c.yaml`, `a/b/`, `a/`, and the place that all files share. */
function* placesOf(file: string): Generator<string> {
  const path = file.replaceAll("\\", "/");
  yield path;
  for (let end = path.lastIndexOf("/"); end >= 0; end = path.lastIndexOf("/", end - 1)) {
    yield path.slice(0, end + 1);
    if (end === 0) break;
  }
  yield "";
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
