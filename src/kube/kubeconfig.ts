/**
 * Finds the cluster that we are to talk to: a kubeconfig that is named, the KUBECONFIG list, ~/.kube/config, or the pod's own
 * ServiceAccount. Sends nothing. Only for kubeconfigs of the user's own: an untrusted one can name commands and files.
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
// The index would load the generated calls, websockets and tar beside the one class that is used.
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { User } from "@kubernetes/client-node/dist/config_types.js";
import { load } from "js-yaml";
import * as z from "zod";
import { homeFolder } from "../files/home-folder.ts";
import { Plugin, PluginAuthenticator, pluginCommand, withPlugin } from "./credential-plugin.ts";
import { errorField, messageOf } from "./errors.ts";
import { mayStart, type PluginPolicy } from "./plugin-policy.ts";

/** Where a pod finds its own credential. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Settings that choose a cluster. `environment` is process.env unless a test says otherwise. */
export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Which programs may be started for credentials; without it none. */
  readonly plugins?: PluginPolicy | undefined;
}

/** One cluster, one user, and the KubeConfig that belongs to them alone. */
export interface Cluster {
  /** The context's name, or `in-cluster`. */
  readonly name: string;
  /** Address of the API server; never with a user name or password in it. */
  readonly server: URL;
  /** Where the settings came from, for messages. */
  readonly source: string;
  /** True where requests go through the kubeconfig's proxy-url. */
  readonly proxied: boolean;
  /** The present KubeConfig. Its caches of tokens belong to this cluster alone. */
  kubeConfig(): KubeConfig;
  /** Reads all credentials again, now: after a 401 no cache may answer. Keeps the last good ones where the source is gone for a moment. */
  reload(): void;
}

/** The kubeconfig does not lead to a cluster. The message names file and context, never a credential. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

interface Source {
  readonly files: readonly string[];
  readonly name: string;
}

/**
 * Loads the settings of one cluster.
 *
 * @throws KubeconfigError where the file, the context or the cluster is missing or broken, or would start a program that may not be
 */
export function loadCluster(options: ClusterOptions = {}): Cluster {
  const environment = options.environment ?? process.env;
  const source = findSource(options.kubeconfig, environment);
  const plugins = options.plugins ?? { allow: "None" };
  let config = readCluster(source, options.context, plugins);
  const cluster = config.getCurrentCluster();
  const server = serverUrl(source.name, cluster?.name ?? "", cluster?.server ?? "");
  const context = config.getCurrentContext();
  const read = () => {
    // Another context may be the current one by now: its credentials are for another server.
    const again = readCluster(source, context, plugins);
    const now = again.getCurrentCluster();
    if (serverUrl(source.name, now?.name ?? "", now?.server ?? "").href !== server.href)
      throw new KubeconfigError(`kubeconfig ${source.name}: context "${context}" has another server than before`);
    return again;
  };
  return {
    name: source.files.length === 0 ? "in-cluster" : context,
    server,
    source: source.name,
    proxied: Boolean(cluster?.proxyUrl),
    kubeConfig: () => config,
    reload: () => {
      try {
        config = read();
      } catch {
        config = withoutCaches(config, plugins); // the file is being replaced: what it said still holds, but tokens are asked for anew
      }
    },
  };
}

/**
 * The files that a kubeconfig is read from, first to last; none in a pod.
 *
 * @throws KubeconfigError where there is none
 */
export function kubeconfigFiles(options: Omit<ClusterOptions, "context"> = {}): readonly string[] {
  return findSource(options.kubeconfig, options.environment ?? process.env).files;
}

/**
 * Names of all contexts, in the order of the files; one at least.
 *
 * @throws KubeconfigError as loadCluster does
 */
export function contextNames(options: Omit<ClusterOptions, "context"> = {}): string[] {
  const { files, name } = findSource(options.kubeconfig, options.environment ?? process.env);
  const contexts = mergeFirstWins(files.map(readFile), { allow: "None" }).getContexts();
  if (contexts.length === 0) throw noContext(name);
  return contexts.map((context) => context.name);
}

function noContext(source: string): KubeconfigError {
  return new KubeconfigError(`kubeconfig ${source}: names no context; want clusters, users and contexts`);
}

function findSource(named: string | undefined, environment: Readonly<Record<string, string | undefined>>): Source {
  if (named !== undefined) {
    if (!existsSync(named)) throw new KubeconfigError(`kubeconfig ${named}: no such file`);
    return { files: [named], name: named };
  }
  const list = environment.KUBECONFIG;
  if (list) {
    // kubectl passes over missing files of the list, as long as one is there.
    const files = list.split(delimiter).filter((file) => file !== "" && existsSync(file));
    if (files.length === 0) throw new KubeconfigError(`kubeconfig ${list} (from KUBECONFIG): no such file`);
    return { files, name: files.join(delimiter) };
  }
  const home = homeFolder(environment);
  const own = home === undefined ? undefined : join(home, ".kube", "config");
  if (own !== undefined && existsSync(own)) return { files: [own], name: own };
  if (environment.KUBERNETES_SERVICE_HOST && existsSync(SERVICE_ACCOUNT_TOKEN)) return { files: [], name: "in-cluster" };
  throw new KubeconfigError(
    `no cluster to talk to: --kubeconfig and KUBECONFIG are not set, ${own === undefined ? "this user has no home folder" : `${own} does not exist`}, and this is no pod with a ServiceAccount token`,
  );
}

function readCluster(source: Source, context: string | undefined, plugins: PluginPolicy): KubeConfig {
  if (source.files.length === 0) {
    const inCluster = new KubeConfig();
    inCluster.loadFromCluster();
    if (context !== undefined && context !== inCluster.getCurrentContext()) {
      throw new KubeconfigError(`in-cluster: context "${context}" is unknown; there is no kubeconfig here`);
    }
    return inCluster;
  }
  const merged = mergeFirstWins(source.files.map(readFile), plugins);
  const known = merged.getContexts().map(({ name }) => name);
  const wanted = context ?? merged.getCurrentContext();
  const place = `kubeconfig ${source.name}`;
  if (known.length === 0) throw noContext(source.name);
  if (!wanted) throw new KubeconfigError(`${place}: has no current-context; name one, known: ${known.join(", ")}`);
  if (!known.includes(wanted)) throw new KubeconfigError(`${place}: context "${wanted}" is unknown; known: ${known.join(", ")}`);
  merged.setCurrentContext(wanted);
  const { cluster, user } = merged.getContextObject(wanted) ?? { cluster: "", user: "" };
  if (!merged.getCluster(cluster))
    throw new KubeconfigError(`${place}: context "${wanted}" names the cluster "${cluster}", which is not there`);
  if (user && !merged.getUser(user))
    throw new KubeconfigError(`${place}: context "${wanted}" names the user "${user}", which is not there`);
  checkPrograms(merged.getCurrentUser(), plugins, `${place}: context "${wanted}"`);
  return merged;
}

/** Before anything is sent. Reading them again checks them again. */
function checkPrograms(user: User | null, plugins: PluginPolicy, place: string): void {
  if (user?.authProvider instanceof MalformedPlugin) throw new KubeconfigError(user.authProvider.problem);
  const command = pluginCommand(user);
  if (command !== undefined && !mayStart(command, plugins))
    throw new KubeconfigError(`${place} would start "${command}" for its credentials; allow it with --exec-plugins=${command}`);
  const provider = ProgramProvider.safeParse(user?.authProvider);
  // The library would hand them to a shell.
  if (provider.success)
    throw new KubeconfigError(
      `${place} would start a program by the auth-provider "${provider.data.name}", which kubectl has not done since 1.26; want a credential plugin under exec`,
    );
}

const ProgramProvider = z.union([
  z.looseObject({ name: z.string(), config: z.looseObject({ "cmd-path": z.unknown().refine((path) => path !== undefined) }) }),
  z.looseObject({ name: z.string(), config: z.looseObject({ exec: z.unknown().refine((exec) => exec !== undefined) }) }),
]);

/** As kubectl merges: the first file that says a thing wins. (KubeConfig.mergeConfig throws on doubles, and lets the last current-context win.) */
function mergeFirstWins(configs: readonly KubeConfig[], plugins: PluginPolicy): KubeConfig {
  const merged = new KubeConfig();
  merged.addAuthenticator(new PluginAuthenticator(plugins, () => merged.getCurrentCluster()));
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.flatMap((config) => config.getClusters())).map(allowPlainHttp),
    users: firstOfEachName(configs.flatMap((config) => config.getUsers())),
    contexts: firstOfEachName(configs.flatMap((config) => config.getContexts())),
    currentContext: configs.map((config) => config.getCurrentContext()).find(Boolean),
  });
  return merged;
}

function withoutCaches(config: KubeConfig, plugins: PluginPolicy): KubeConfig {
  return mergeFirstWins([config], plugins);
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.name, entry])).values()].toReversed();
}

/** KubeConfig refuses http:// unless TLS checks are off. There is no TLS to check behind `kubectl proxy`. */
function allowPlainHttp<T extends { readonly server: string }>(cluster: T): T {
  return cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster;
}

const tokenFiles = z.looseObject({
  users: z
    .array(z.looseObject({ name: z.string(), user: z.looseObject({ tokenFile: z.string().optional() }).nullish() }))
    .nullish()
    .transform((users) => users ?? []),
});

function readFile(file: string): KubeConfig {
  const text = textOf(file);
  const config = new KubeConfig();
  if (text.trim() === "") return config; // as kubectl takes it: a file that says nothing
  try {
    config.loadFromString(text);
  } catch (error) {
    throw new KubeconfigError(`kubeconfig ${file}: ${withoutContent(error)}`); // no cause: YAML errors quote the text, and with it tokens
  }
  const folder = dirname(file);
  config.makePathsAbsolute(folder);
  const named = tokenFiles.safeParse(load(text));
  if (!named.success) throw new KubeconfigError(`kubeconfig ${file}: is no kubeconfig; want clusters, users and contexts`);
  const files = new Map(named.data.users.map(({ name, user }) => [name, user?.tokenFile]));
  config.loadFromOptions({
    clusters: config.getClusters(),
    contexts: config.getContexts(),
    currentContext: config.getCurrentContext(),
    users: config.getUsers().map((user) => ownPlugin(withTokenFile(user, files.get(user.name), folder), file)),
  });
  return config;
}

/** KubeConfig passes over `tokenFile`, which is the field's name in Kubernetes; its file authenticator reads rotated files again. */
function withTokenFile(user: User, file: string | undefined, folder: string): User {
  if (file === undefined || user.authProvider) return user;
  const { token: _beaten, ...others } = user; // kubectl prefers the file to a token beside it
  return { ...others, authProvider: { name: "tokenFile", config: { tokenFile: isAbsolute(file) ? file : join(folder, file) } } };
}

/** In the place of a plugin that cannot be understood: it is told to whoever is this user, and to nobody else. */
class MalformedPlugin {
  readonly name = "malformed-plugin";
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

function ownPlugin(user: User, file: string): User {
  const { exec, ...others } = user;
  if (exec === null || exec === undefined) return user;
  const plugin = Plugin.safeParse(exec);
  if (plugin.success) return withPlugin(user, plugin.data, file);
  const [{ path = [], message = "" } = {}] = plugin.error.issues;
  const problem = `kubeconfig ${file}: ${["user", user.name, "exec", ...path].join(".")}: ${message}`;
  return { ...others, authProvider: new MalformedPlugin(problem) };
}

function textOf(file: string): string {
  try {
    if (statSync(file).isDirectory()) throw new KubeconfigError(`kubeconfig ${file}: is a folder`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    throw new KubeconfigError(`kubeconfig ${file}: cannot be read (${errorField(error, "code") ?? "unknown error"})`, { cause: error });
  }
}

function serverUrl(source: string, cluster: string, server: string): URL {
  const url = URL.parse(server);
  const place = `kubeconfig ${source}: cluster "${cluster}"`;
  if (!url || !/^https?:$/.test(url.protocol)) throw new KubeconfigError(`${place}: server is no address; want https://HOST:PORT`);
  // Every cloud answers there with the credentials of the machine that asks.
  if (/^(169\.254\.|\[fe[89ab]|\[::(ffff:)?a9fe:)/i.test(url.hostname))
    throw new KubeconfigError(`${place}: server ${url.hostname} is a link-local address; want that of an API server`);
  if (url.username || url.password) throw new KubeconfigError(`${place}: server holds a user name or password; put them under users`);
  return url;
}

function withoutContent(error: unknown): string {
  const yaml = yamlError.safeParse(error); // by shape: it comes through the library
  if (yaml.success) return `is no YAML (${yaml.data.mark ? `line ${yaml.data.mark.line + 1}: ` : ""}${yaml.data.reason})`;
  if (errorField(error, "name") === "TypeError") return "is no kubeconfig; want clusters, users and contexts";
  return messageOf(error); // KubeConfig's own: `clusters[0].name is missing`
}

const yamlError = z.looseObject({ reason: z.string(), mark: z.looseObject({ line: z.number() }).nullish() });
