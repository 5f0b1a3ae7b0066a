/** Objects by their names, as others refer to them. Knows no kind, and says nothing of what is not there. */
import type { ManifestObject } from "../manifests/manifest.ts";

export function nameKey(kind: string, namespace: string | undefined, name: string): string {
  return JSON.stringify([kind, namespace ?? "default", name]);
}

/** Each name may stand in several folders, as those of several clusters in one repository do. Values are plain: they are compared as JSON. */
export class NamedObjects<T> {
  readonly #found = new Map<string, { file: string; value: T }[]>();

  add({ kind, file }: ManifestObject, { name, namespace }: { name: string; namespace?: string | undefined }, value: T): void {
    const key = nameKey(kind, namespace, name);
    const found = this.#found.get(key);
    if (found) found.push({ file, value });
    else this.#found.set(key, [{ file, value }]);
  }

  /** @returns the one that shares most folders with a file; undefined where there is none, or several that differ and are as near */
  nearest(key: string | undefined, file: string): T | undefined {
    let best: T | undefined;
    let most = -1;
    for (const candidate of (key === undefined ? undefined : this.#found.get(key)) ?? []) {
      const shared = sharedFolders(candidate.file, file);
      if (shared === most && JSON.stringify(candidate.value) !== JSON.stringify(best)) best = undefined;
      if (shared > most) [best, most] = [candidate.value, shared];
    }
    return best;
  }
}

function sharedFolders(one: string, other: string): number {
  if (one === other) return Number.POSITIVE_INFINITY;
  const [a, b] = [one, other].map((file) => file.split(/[/\\]/).slice(0, -1));
  const apart = a?.findIndex((folder, index) => folder !== b?.[index]) ?? -1;
  return apart === -1 ? (a?.length ?? 0) : apart;
}
