/** The words of which one stands in every object that a scan cares for. Not for finding them in bytes: src/manifests/needles.ts. */
import type { Catalogue } from "../detect/catalogue.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";

/** CRDs and objects of Flux, by the ends of their groups; and the annotation by which Terraform is told from bootstrap. */
const GROUPS = ["fluxcd.io", "flux.weave.works", "fluxcd.controlplane.io"];

/** What a kustomization names of Flux, `github.com/fluxcd/flux2//manifests/install?ref=v2.6.4`, the image catalogue's fluxcd/flux covers. */
export function scanNeedles(catalogue: Catalogue, { charts, addresses }: DeclaredInstalls): string[] {
  const alone = charts.filter((row) => row.alone).map(({ chart }) => chart);
  const declared = [...alone, ...charts.flatMap(({ repositories }) => repositories), ...addresses.map(({ address }) => address)];
  return [...catalogue.needles, ...GROUPS, ...declared, "flux-migration.dev/managed-by"];
}
