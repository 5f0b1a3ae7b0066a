/** Which objects are workloads that detection reads. What they run: component.ts. */

const KINDS = ["Deployment", "StatefulSet", "DaemonSet"] as const;
export type WorkloadKind = (typeof KINDS)[number];

/** Groups in which Kubernetes has served these kinds; manifests from the time of Flux 1 name the older ones. */
const GROUPS = /^(apps|extensions)\//;

export function workloadKind({ apiVersion, kind }: { apiVersion: string; kind: string }): WorkloadKind | undefined {
  return GROUPS.test(apiVersion) ? KINDS.find((known) => known === kind) : undefined;
}
