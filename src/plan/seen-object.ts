/** Which objects a plan is made from, told by apiVersion and kind alone. Reads nothing further of them. */
import * as z from "zod";
import { visibleText } from "../detect/visible-text.ts";

const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const HELM_RELEASES: ReadonlySet<string> = new Set(["helm.fluxcd.io/v1", "flux.weave.works/v1beta1"]);
/** What HelmReleases were before. */
const FLUX_HELM_RELEASE = "helm.integrations.flux.weave.works/v1alpha2";

const Head = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().nullish() }),
});

export interface NamedObject {
  /** Other for one that a plan only reads the annotations of. */
  readonly is: "Workload" | "CronJob" | "HelmRelease" | "FluxHelmRelease" | "Toolkit" | "Other";
  readonly subject: string;
  readonly name: string;
  readonly namespace: string;
}

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
  if (/^(apps|extensions)\//.test(apiVersion) && WORKLOADS.has(kind)) return { is: "Workload", subject, name, namespace };
  if (apiVersion.startsWith("batch/") && kind === "CronJob") return { is: "CronJob", subject, name, namespace };
  if (HELM_RELEASES.has(apiVersion) && kind === "HelmRelease")
    return { is: "HelmRelease", subject: `${subject} (${apiVersion})`, name, namespace };
  if (/\.toolkit\.fluxcd\.io\//.test(apiVersion)) return { is: "Toolkit", subject, name, namespace };
  if (apiVersion === FLUX_HELM_RELEASE && kind === "FluxHelmRelease") return { is: "FluxHelmRelease", subject, name, namespace };
  const place = metadata.namespace ? `${metadata.namespace}/${name}` : name;
  return { is: "Other", subject: `${visibleText(kind, 63)} ${visibleText(place, 320)}`, name, namespace };
}
