/** The namespace of the pod that this process runs in. Knows nothing of credentials or of the cluster (kubeconfig.ts). */

import { readFileSync } from "node:fs";

/** Kubernetes mounts it beside the account's token [1]. [1] https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** @returns undefined outside of a pod, and in one without a ServiceAccount's files. */
export function podNamespace(file = NAMESPACE_FILE): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined; // not there: whoever needs a namespace asks the person for one
  }
}
