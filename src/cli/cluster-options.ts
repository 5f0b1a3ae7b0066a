/** Options of commands that a person runs against a cluster, spelt as kubectl spells them. */
import { Option } from "commander";
import * as z from "zod";
import { type PluginPolicy, pluginPolicy } from "../kube/plugin-policy.ts";
import { milliseconds } from "./check-options.ts";
import { defaultPlugins, EXEC_PLUGINS_DEFAULT, EXEC_PLUGINS_HELP, EXEC_PLUGINS_VALUE } from "./exec-plugins.ts";
import { textOption } from "./text-option.ts";

export const CLUSTER_OPTIONS = [
  textOption("--kubeconfig <FILE>", "kubeconfig to use; default: KUBECONFIG, ~/.kube/config"),
  textOption("--as <USER>", "act as this user in the cluster"),
  new Option("--request-timeout <DURATION>", "how long to wait for each answer: 500ms, 10s, 1m")
    .argParser(milliseconds)
    .default(30_000, "30s"),
  new Option(`--exec-plugins <${EXEC_PLUGINS_VALUE}>`, EXEC_PLUGINS_HELP)
    .argParser(pluginPolicy)
    .default(defaultPlugins(), EXEC_PLUGINS_DEFAULT),
];

/** What commander reads them to; made where it is asked for, since most runs do not. */
export const clusterOptionsSchema = () =>
  z.object({
    kubeconfig: z.string().optional(),
    as: z.string().optional(),
    requestTimeout: z.int(),
    execPlugins: z.custom<PluginPolicy>(),
  });
