/** Shows several versions as one cell: `1.25.4`, or `2.7..2.9`. */
import coerce from "semver/functions/coerce.js";
import compare from "semver/functions/compare.js";
import { compareText } from "./compare-text.ts";

/** Orders versions and minors by number, so that 2.10 stands behind 2.9. Text that is no version comes first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [coerce(a, { includePrerelease: true }), coerce(b, { includePrerelease: true })];
  if (left && right) return compare(left, right);
  return left ? 1 : right ? -1 : compareText(a, b);
}

/** Orders Kubernetes versions by number alone: what vendors put behind them (-gke.100, -eks-1a2b, +k3s1) makes no pre-release of them. */
export function compareKubernetes(a: string, b: string): number {
  const [left, right] = [coerce(a), coerce(b)];
  return left && right ? compare(left, right) : 0;
}

/** @returns the one version, or lowest and highest with two dots between; undefined where there is none. */
export function versionRange(versions: readonly string[]): string | undefined {
  const sorted = [...new Set(versions)].sort(compareVersions);
  const [lowest, highest] = [sorted.at(0), sorted.at(-1)];
  if (lowest === undefined || highest === undefined) return undefined;
  return lowest === highest ? lowest : `${lowest}..${highest}`;
}
