/** Compares versions of objects. Knows no objects. */

/** Versions are compared as numbers, which Kubernetes allows since 1.35 and etcd has always made true; anything else is not compared. */
export function isOlder(version: string, than: string | undefined): boolean {
  return than !== undefined && /^\d+$/.test(version) && /^\d+$/.test(than) && BigInt(version) < BigInt(than);
}
