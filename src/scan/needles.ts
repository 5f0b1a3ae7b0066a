/** The words of which one stands in every object that a scan cares for. Not for finding them in bytes: src/manifests/needles.ts. */
import type { Catalogue } from "../detect/catalogue.ts";

/** CRDs and objects of Flux, by the ends of their groups; and the annotation by which Terraform is told from bootstrap. */
const GROUPS = ["fluxcd.io", "flux.weave.works", "fluxcd.controlplane.io"];

/** What a kustomization names of Flux: `github.com/fluxcd/flux2//manifests/install?ref=v2.6.4`. Covered by the image catalogue's fluxcd/flux. */
export function scanNeedles(catalogue: Catalogue): string[] {
  return [...catalogue.needles, ...GROUPS, "flux-migration.dev/managed-by"];
}
