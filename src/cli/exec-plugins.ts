/** `--exec-plugins`, for every command that a kubeconfig can be named to: which programs it may start. src/kube holds to it. */
import { isatty } from "node:tty";
import type { ClusterOptions } from "../kube/kubeconfig.ts";
import { type PluginPolicy, pluginPolicy } from "../kube/plugin-policy.ts";
import type { Settings } from "./settings.ts";

export const EXEC_PLUGINS_VALUE = "allow|deny|COMMAND,...";
export const EXEC_PLUGINS_HELP = "programs that a kubeconfig may start for credentials";
export const EXEC_PLUGINS_DEFAULT = "allow on a terminal, else deny";

/**
 * What holds where nobody said: a person at a terminal is asked as kubectl asks, and sees what happens. A CI system may give its jobs a
 * terminal, so it is told by the variable that all of them set.
 */
export function defaultPlugins(): PluginPolicy {
  const { CI = "" } = process.env;
  return pluginPolicy(isatty(0) && (CI === "" || CI === "false") ? "allow" : "deny");
}

/** The settings that choose a cluster, as loadCluster takes them. */
export function clusterOf({ kubeconfig, context, execPlugins }: Pick<Settings, "kubeconfig" | "context" | "execPlugins">): ClusterOptions {
  return { kubeconfig, context, plugins: execPlugins === undefined ? defaultPlugins() : pluginPolicy(execPlugins) };
}
