/**
 * How Flux, Helm 4 and kpt read a custom resource: the rules of kstatus, written anew for kinds that it does not know by name. Not for
 * Deployments and other built-in kinds, for which it has rules of their own.
 *
 * Source: github.com/fluxcd/cli-utils v1.3.0, pkg/kstatus/status: generic.go (checkGenericProperties, checkGeneration), status.go (Compute,
 * checkReadyCondition). sigs.k8s.io/cli-utils has the same rules.
 */
import * as z from "zod";

/** Current ends a wait well, Failed ends it badly; InProgress goes on until a time-out. */
export type KStatus = "Terminating" | "InProgress" | "Failed" | "Current";

const CustomResource = z.looseObject({
  metadata: z.looseObject({ generation: z.int().optional(), deletionTimestamp: z.string().optional() }),
  status: z
    .looseObject({
      observedGeneration: z.int().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().optional() })).optional(),
    })
    .optional(),
});

export function kstatus(object: unknown): { status: KStatus; message: string } {
  const { metadata, status } = CustomResource.parse(object);
  if (metadata.deletionTimestamp) return { status: "Terminating", message: "Resource scheduled for deletion" };
  const { observedGeneration, conditions = [] } = status ?? {};
  if (metadata.generation !== undefined && observedGeneration !== undefined && observedGeneration !== metadata.generation)
    return { status: "InProgress", message: `generation ${metadata.generation} was not observed yet, only ${observedGeneration}` };
  // Whichever of the two stands first decides.
  const standard = conditions.find(({ type, status: value }) => (type === "Reconciling" || type === "Stalled") && value === "True");
  if (standard) return { status: standard.type === "Stalled" ? "Failed" : "InProgress", message: standard.message ?? "" };
  const ready = conditions.find(({ type, status: value }) => type === "Ready" && ["True", "False", "Unknown"].includes(value));
  if (ready?.status === "True") return { status: "Current", message: "Resource is Ready" };
  if (ready) return { status: "InProgress", message: ready.message ?? "" };
  return { status: "Current", message: "Resource is current" };
}
