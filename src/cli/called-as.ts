/**
 * By which name the program was called. It has several, and help repeats the one that a person typed: kubectl runs `kubectl-flux_migration`
 * for `kubectl flux-migration`, flux 2.9 and later runs what its plugin folder holds. Decides nothing else by it.
 */
import { basename, dirname, join, resolve } from "node:path";
import { homeFolder } from "../files/home-folder.ts";

export type CalledAs = "flux-migration" | "kubectl flux-migration" | "flux migration";

const KUBECTL_PLUGIN = "kubectl-flux_migration";
/** kubectl 1.26 and later runs it for what can come next on its command line. Source: kubectl, pkg/cmd/plugin_completion.go */
const KUBECTL_COMPLETION = "kubectl_complete-flux_migration";

/**
 * @param file the program's path or name, as whoever ran it gave it: of a link, the link's
 * @param environment FLUXCD_PLUGINS names flux's plugin folder where it is not ~/.fluxcd/plugins
 * @param home undefined where this process has none
 */
export function calledAs(file: string, environment: Readonly<Record<string, string | undefined>>, home: string | undefined): CalledAs {
  if (nameOf(file) === KUBECTL_PLUGIN) return "kubectl flux-migration";
  const plugins = environment.FLUXCD_PLUGINS || (home === undefined ? undefined : join(home, ".fluxcd", "plugins"));
  return plugins !== undefined && dirname(resolve(file)) === resolve(plugins) ? "flux migration" : "flux-migration";
}

/** By which name this run was called. */
export const CALLED_AS = calledAs(process.argv[1] ?? "", process.env, homeFolder(process.env));

/** Whether kubectl asks what can come next. It gives the words alone. */
export function kubectlCompletes(file: string): boolean {
  return nameOf(file) === KUBECTL_COMPLETION;
}

function nameOf(file: string): string {
  return basename(file).replace(/\.exe$/i, "");
}
