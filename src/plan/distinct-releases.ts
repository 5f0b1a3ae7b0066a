/** The HelmReleases v1 among what was seen, one of each name, as an API server would hold them. What cannot be told or read whole is listed. */
import { compareText } from "../assess/compare-text.ts";
import { listed } from "../assess/sentence.ts";
import { valueAt } from "../detect/value-at.ts";
import { HELM_RELEASE_V1 } from "./helm-release-v1.ts";
import type { Ledger } from "./ledger.ts";
import { plainTree, sameTree } from "./plain-tree.ts";
import type { Seen, SeenHelmRelease } from "./seen-object.ts";

export interface DistinctRelease {
  readonly head: SeenHelmRelease;
  /** The object as a plain tree. */
  readonly value: unknown;
}

type SeenRelease = Seen & { readonly head: SeenHelmRelease };

/**
 * @param places where each object stands, as far as it stands in a file
 * @returns how many were seen, and those of them that can be read; the newer kind first, then by name
 */
export function distinctReleases(seen: readonly Seen[], places: ReadonlyMap<unknown, string>, ledger: Ledger) {
  const groups = [...Map.groupBy(seen.filter(isRelease), ({ head }) => head.subject).values()];
  const newer = new Set(groups.flatMap(([first]) => (first !== undefined && isNewer(first.head) ? [nameOf(first.head)] : [])));
  const readable = groups.flatMap((group): DistinctRelease[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { head } = first;
    const tree = plainTree(first.object);
    const problem =
      !isNewer(head) && newer.has(nameOf(head))
        ? { field: "the whole object", why: `a HelmRelease of this name is there as ${HELM_RELEASE_V1}, which counts` }
        : tree.at === "None"
          ? tree
          : (differing(group, tree.value, places) ?? encrypted(tree.value));
    if (problem === undefined && tree.at === "Tree") return [{ head, value: tree.value }];
    if (problem !== undefined) ledger.left(head.subject, problem.field, `${problem.why}. Nothing of this object is translated`);
    return [];
  });
  const order = ({ head }: DistinctRelease) => `${isNewer(head) ? 0 : 1} ${head.subject}`;
  return { count: groups.length, readable: readable.toSorted((a, b) => compareText(order(a), order(b))) };
}

function isRelease(seen: Seen): seen is SeenRelease {
  return seen.head.is === "HelmRelease";
}

function isNewer({ apiVersion }: SeenHelmRelease): boolean {
  return apiVersion === HELM_RELEASE_V1;
}

function nameOf({ namespace, name }: SeenHelmRelease): string {
  return `${namespace}/${name}`;
}

/** Which of them the cluster has, no file says. */
function differing(group: readonly SeenRelease[], value: unknown, places: ReadonlyMap<unknown, string>) {
  const trees = group.slice(1).map(({ object }) => plainTree(object));
  if (trees.every((tree) => tree.at === "Tree" && sameTree(tree.value, value))) return undefined;
  const named = group.flatMap(({ object }) => places.get(object) ?? []);
  const where = named.length === 0 ? "" : ` (${listed(named)})`;
  return {
    field: "the whole object",
    why: `${group.length} objects of this name were read, and differ${where}: plan one environment at a time`,
  };
}

/** Flux 1 decrypted a file before it applied it. */
function encrypted(value: unknown) {
  if (valueAt(value, ["sops"]) === undefined) return undefined;
  return { field: "sops", why: "SOPS has encrypted the object: decrypt its file, or plan from the cluster" };
}
