/** The words of which one stands in every object that a scan cares for. Not for finding them in bytes: src/manifests/needles.ts. */
import type { Catalogue } from "../detect/catalogue.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";

/** CRDs and objects of Flux, by the ends of their groups; and the annotation by which Terraform is told from bootstrap. */
const GROUPS = ["fluxcd.io", "flux.weave.works", "fluxcd.controlplane.io"];

/** A chart whose name no other project has needs no repository; every other one, and each address, has a host and a path. */
export function scanNeedles(catalogue: Catalogue, { charts, addresses }: DeclaredInstalls): string[] {
  const alone = charts.filter((row) => row.alone).map(({ chart }) => chart);
  const declared = [...alone, ...charts.flatMap(({ repositories }) => repositories), ...addresses.map(({ address }) => address)];
  return [...catalogue.needles, ...GROUPS, ...declared, "flux-migration.dev/managed-by"];
}
