/** Which programs a kubeconfig may start for credentials. A kubeconfig from somebody else could name any. Starts none itself. */
import { type Cluster, credentialPlugin, KubeconfigError } from "./kubeconfig.ts";

type PluginPolicy = { readonly allow: "All" | "None" } | { readonly allow: "Listed"; readonly names: readonly string[] };

/** @throws KubeconfigError where the context would start a program that the policy does not allow */
export function checkPlugin(cluster: Cluster, policy: PluginPolicy): void {
  const command = credentialPlugin(cluster);
  if (command === undefined || policy.allow === "All") return;
  // As it is written: ./aws is not the aws of the PATH.
  if (policy.allow === "Listed" && policy.names.includes(command)) return;
  throw new KubeconfigError(
    `kubeconfig ${cluster.source}: context "${cluster.name}" would start "${command}" for its credentials; allow it with --exec-plugins=${command}`,
  );
}
