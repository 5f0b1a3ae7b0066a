/** The kinds of workload in which Flux is looked for, and the resources in which they are read. What stands in one: component.ts. */

export const WORKLOAD_KINDS = [
  { kind: "Deployment", resource: { group: "apps", version: "v1", plural: "deployments" } },
  { kind: "StatefulSet", resource: { group: "apps", version: "v1", plural: "statefulsets" } },
  { kind: "DaemonSet", resource: { group: "apps", version: "v1", plural: "daemonsets" } },
] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]["kind"];

/** Groups in which Kubernetes has served these kinds; manifests from the time of Flux 1 name the older ones. */
const GROUPS = /^(apps|extensions)\//;

/** @returns undefined for what is no such workload */
export function workloadKindOf(apiVersion: string, kind: string): WorkloadKind | undefined {
  return GROUPS.test(apiVersion) ? WORKLOAD_KINDS.find((known) => known.kind === kind)?.kind : undefined;
}
