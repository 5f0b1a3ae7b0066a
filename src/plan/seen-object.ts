/** Which objects a plan is made from, told by apiVersion and kind alone. Reads nothing further of them. */
import * as z from "zod";
import { visibleText } from "../detect/visible-text.ts";

const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const HELM_RELEASES: ReadonlySet<string> = new Set(["helm.fluxcd.io/v1", "flux.weave.works/v1beta1"]);

const Head = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().nullish() }),
});

export type SeenObject =
  | {
      readonly is: "Workload" | "CronJob" | "HelmRelease" | "Toolkit";
      readonly subject: string;
      readonly name: string;
      readonly namespace: string;
    }
  | { readonly is: "Other" };

/** @returns Other for what no plan is made from, whatever its shape */
export function seenObject(input: unknown): SeenObject {
  const read = Head.safeParse(input);
  if (!read.success) return { is: "Other" };
  const { apiVersion, kind, metadata } = read.data;
  const { name } = metadata;
  const namespace = metadata.namespace || "default";
  const subject = `${kind} ${visibleText(`${namespace}/${name}`, 320)}`;
  if (/^(apps|extensions)\//.test(apiVersion) && WORKLOADS.has(kind)) return { is: "Workload", subject, name, namespace };
  if (apiVersion.startsWith("batch/") && kind === "CronJob") return { is: "CronJob", subject, name, namespace };
  if (HELM_RELEASES.has(apiVersion) && kind === "HelmRelease")
    return { is: "HelmRelease", subject: `${subject} (${apiVersion})`, name, namespace };
  if (/\.toolkit\.fluxcd\.io\//.test(apiVersion)) return { is: "Toolkit", subject, name, namespace };
  return { is: "Other" };
}
