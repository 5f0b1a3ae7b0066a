/** Which objects a plan is made from, told by apiVersion and kind alone. Reads nothing further of them. */
import * as z from "zod";
import { visibleText } from "../detect/visible-text.ts";
import { type WorkloadKind, workloadKindOf } from "../detect/workload-kind.ts";
import { HELM_RELEASE_V1, HELM_RELEASE_V1BETA1 } from "./helm-release-v1.ts";

const HELM_RELEASES: ReadonlySet<string> = new Set([HELM_RELEASE_V1, HELM_RELEASE_V1BETA1]);
/** What HelmReleases were before. */
const FLUX_HELM_RELEASE = "helm.integrations.flux.weave.works/v1alpha2";

const Head = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().nullish() }),
});

interface Named {
  readonly subject: string;
  readonly name: string;
  readonly namespace: string;
}

/** Other is one that a plan only reads the annotations of. */
export type NamedObject =
  | (Named & { readonly is: "Workload"; readonly kind: WorkloadKind })
  | SeenHelmRelease
  | (Named & { readonly is: "CronJob" | "FluxHelmRelease" | "Toolkit" | "Secret" | "ConfigMap" | "Other" });

export type SeenHelmRelease = Named & { readonly is: "HelmRelease"; readonly apiVersion: string };

export type SeenObject = NamedObject | { readonly is: "Shapeless" };

export interface Seen {
  readonly object: unknown;
  readonly head: SeenObject;
}

/** @returns Shapeless for what has not the head of an object */
export function seenObject(input: unknown): SeenObject {
  const read = Head.safeParse(input);
  if (!read.success) return { is: "Shapeless" };
  const { apiVersion, kind, metadata } = read.data;
  const { name } = metadata;
  const namespace = metadata.namespace || "default";
  const subject = `${kind} ${visibleText(`${namespace}/${name}`, 320)}`;
  const workload = workloadKindOf(apiVersion, kind);
  if (workload) return { is: "Workload", kind: workload, subject, name, namespace };
  if (apiVersion.startsWith("batch/") && kind === "CronJob") return { is: "CronJob", subject, name, namespace };
  if (HELM_RELEASES.has(apiVersion) && kind === "HelmRelease")
    return { is: "HelmRelease", apiVersion, subject: `${subject} (${apiVersion})`, name, namespace };
  if (/\.toolkit\.fluxcd\.io\//.test(apiVersion)) return { is: "Toolkit", subject, name, namespace };
  if (apiVersion === FLUX_HELM_RELEASE && kind === "FluxHelmRelease") return { is: "FluxHelmRelease", subject, name, namespace };
  const place = metadata.namespace ? `${metadata.namespace}/${name}` : name;
  const is = apiVersion === "v1" && (kind === "Secret" || kind === "ConfigMap") ? kind : "Other";
  return { is, subject: `${visibleText(kind, 63)} ${visibleText(place, 320)}`, name, namespace };
}
