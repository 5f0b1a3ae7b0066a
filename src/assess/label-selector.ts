/** Kubernetes label selectors over a namespace's labels. Source: k8s.io/apimachinery pkg/labels. */
import type { LabelSelector } from "../api/migration-status.ts";

type Labels = Readonly<Record<string, string>>;

const has = (labels: Labels, key: string): boolean => Object.hasOwn(labels, key);

/** @returns undefined for one without requirements, which selects everything, as none does */
export function narrowing(selector: LabelSelector | undefined): LabelSelector | undefined {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return Object.keys(matchLabels).length + matchExpressions.length === 0 ? undefined : selector;
}

export function selects(selector: LabelSelector, labels: Labels): boolean {
  const exact = Object.entries(selector.matchLabels ?? {});
  if (!exact.every(([key, value]) => has(labels, key) && labels[key] === value)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const listed = has(labels, key) && values.includes(labels[key] ?? "");
    switch (operator) {
      case "In":
        return listed;
      case "NotIn": // also true where the label is absent, as in Kubernetes
        return !listed;
      case "Exists":
        return has(labels, key);
      case "DoesNotExist":
        return !has(labels, key);
      default:
        return operator satisfies never;
    }
  });
}
