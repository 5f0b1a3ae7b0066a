/** Which programs a kubeconfig may start for credentials. A kubeconfig from somebody else could name any. Starts none itself. */

/** All, none, or those of these names. Source: kuberc of kubectl 1.35, credentialPluginPolicy. */
export type PluginPolicy = { readonly allow: "All" | "None" } | { readonly allow: "Listed"; readonly names: readonly string[] };

/** `allow`, `deny`, or commands with commas between, each as the kubeconfig writes it. */
export function pluginPolicy(text: string): PluginPolicy {
  if (text === "allow") return { allow: "All" };
  if (text === "deny") return { allow: "None" };
  return { allow: "Listed", names: text.split(",").map((name) => name.trim()) };
}

/** @param command as it is written: ./aws is not the aws of the PATH */
export function mayStart(command: string, policy: PluginPolicy): boolean {
  return policy.allow === "All" || (policy.allow === "Listed" && policy.names.includes(command));
}
