/** The option `--exec-plugins`: which programs a kubeconfig may start for credentials. src/kube/plugin-policy.ts holds to it. */

/** All, none, or those of these names. Source: kuberc of kubectl 1.35, credentialPluginPolicy. */
export type PluginPolicy = { readonly allow: "All" | "None" } | { readonly allow: "Listed"; readonly names: readonly string[] };

/** `allow`, `deny`, or commands with commas between, each as the kubeconfig writes it. */
export function pluginPolicy(text: string): PluginPolicy {
  if (text === "allow") return { allow: "All" };
  if (text === "deny") return { allow: "None" };
  return { allow: "Listed", names: text.split(",").map((name) => name.trim()) };
}
