/**
 * The program that a kubeconfig names for its credentials (users[].user.exec): asked as kubectl asks it, within limits that kubectl does
 * not have. In the place of the client library's own, which passes our whole environment, waits without end and reads without end.
 */
import type { RequestOptions } from "node:https";
import { dirname, resolve } from "node:path";
import type { Authenticator } from "@kubernetes/client-node/dist/auth.js";
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import * as z from "zod";
import { findProgram, pluginEnvironment } from "./plugin-environment.ts";
import { mayStart, type PluginPolicy } from "./plugin-policy.ts";
import { type GroupLimits, PastLimit, runGroup } from "./process-group.ts";

const PLUGIN_LIMITS: GroupLimits = { timeMs: 30_000, bytes: 1024 * 1024 };

/** Characters of what a plugin says about its failure. */
const COMPLAINT_CHARACTERS = 500;

/** The part of a kubeconfig. Source: client-go, tools/clientcmd/api/v1, ExecConfig. */
export const Plugin = z.object({
  apiVersion: z.string().optional(),
  command: z.string().min(1),
  args: z
    .array(z.string())
    .nullish()
    .transform((args) => args ?? []),
  env: z
    .array(z.looseObject({ name: z.string(), value: z.string() }))
    .nullish()
    .transform((env) => env ?? []),
  interactiveMode: z.string().nullish(),
  provideClusterInfo: z.boolean().nullish(),
  installHint: z.string().nullish(),
});
export type Plugin = z.output<typeof Plugin>;

/** What it answers. Source: client-go, pkg/apis/clientauthentication/v1. */
const Answer = z.looseObject({
  kind: z.literal("ExecCredential"),
  apiVersion: z.string(),
  status: z.looseObject({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().nullish(),
  }),
});
type Given = z.output<typeof Answer>["status"];

/** Where a user of a KubeConfig keeps its plugin. A class, as no kubeconfig can write an instance of it. */
class PluginProvider {
  readonly name = "credential-plugin";
  readonly plugin: Plugin;
  readonly path: string;

  constructor(plugin: Plugin, kubeconfig: string) {
    const { command } = plugin;
    this.plugin = plugin;
    // A command with a path in it is one beside its kubeconfig, wherever we run; as client-go takes it.
    this.path = /[/\\]/.test(command) ? resolve(dirname(kubeconfig), command) : command;
  }
}

/**
 * @param kubeconfig the file that names the plugin
 * @returns the user whose plugin a PluginAuthenticator asks. The library does not see it: it would start what stands under `exec` itself.
 */
export function withPlugin({ exec: _seen, ...user }: User, plugin: Plugin, kubeconfig: string): User {
  return { ...user, authProvider: new PluginProvider(plugin, kubeconfig) };
}

/** The program that a user would start for credentials; undefined where it starts none. */
export function pluginCommand(user: User | null): string | undefined {
  return providerOf(user)?.plugin.command;
}

function providerOf(user: User | null): PluginProvider | undefined {
  return user?.authProvider instanceof PluginProvider ? user.authProvider : undefined;
}

/** Asks the plugin of one user of one KubeConfig, and keeps what it answered until that expires. A new KubeConfig has a new one. */
export class PluginAuthenticator implements Authenticator {
  readonly #policy: PluginPolicy;
  readonly #cluster: () => Cluster | null;
  readonly #limits: GroupLimits;
  #given: Given | undefined;

  constructor(policy: PluginPolicy, cluster: () => Cluster | null, limits = PLUGIN_LIMITS) {
    this.#policy = policy;
    this.#cluster = cluster;
    this.#limits = limits;
  }

  isAuthProvider(user: User): boolean {
    return providerOf(user) !== undefined;
  }

  /** @throws Error whose message names the plugin, and never what it answered */
  async applyAuthentication(user: User, options: RequestOptions): Promise<void> {
    const provider = providerOf(user);
    if (provider === undefined) return;
    if (this.#given === undefined || hasExpired(this.#given)) this.#given = await this.#ask(provider, options);
    const { token, clientCertificateData, clientKeyData } = this.#given;
    if (clientCertificateData !== undefined) options.cert = clientCertificateData;
    if (clientKeyData !== undefined) options.key = clientKeyData;
    if (token !== undefined) options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
  }

  async #ask({ plugin, path }: PluginProvider, { ca }: RequestOptions): Promise<Given> {
    const { command, apiVersion = "client.authentication.k8s.io/v1beta1", args } = plugin;
    const name = `credential plugin "${command}"`;
    if (!mayStart(command, this.#policy)) throw new Error(`${name} is not allowed; allow it with --exec-plugins=${command}`);
    if (plugin.interactiveMode === "Always") throw new Error(`${name} wants to ask a person (interactiveMode: Always), and cannot here`);
    const spec = { interactive: false, ...(plugin.provideClusterInfo ? { cluster: clusterInfo(this.#cluster(), ca) } : {}) };
    const environment = pluginEnvironment(process.env, {
      ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({ kind: "ExecCredential", apiVersion, spec }),
    });
    const file = findProgram(path, environment);
    if (file === undefined) throw new Error(`${name} is not there. ${plugin.installHint ?? ""}`);
    const { code, out, err } = await runGroup(file, args, environment, this.#limits).catch((error: unknown) => {
      throw error instanceof PastLimit ? new Error(`${name} ${error.message}`) : error;
    });
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${complaintOf(err)}`);
    return statusOf(out, name, apiVersion);
  }
}

/** In one line, and both ends of a long one: some say first what went wrong, and some behind how the program is used. */
function complaintOf(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  const whole = lines.filter((line) => line !== "").join("; ");
  const half = COMPLAINT_CHARACTERS / 2;
  return whole.length <= COMPLAINT_CHARACTERS ? whole : `${whole.slice(0, half)} ... ${whole.slice(-half)}`;
}

function hasExpired({ expirationTimestamp }: Given): boolean {
  return expirationTimestamp != null && !(Date.parse(expirationTimestamp) > Date.now());
}

function clusterInfo(cluster: Cluster | null, authority: RequestOptions["ca"]) {
  return {
    server: cluster?.server,
    "tls-server-name": cluster?.tlsServerName,
    "insecure-skip-tls-verify": cluster?.skipTLSVerify || undefined,
    "certificate-authority-data": Buffer.isBuffer(authority) ? authority.toString("base64") : undefined,
    "proxy-url": cluster?.proxyUrl,
  };
}

function statusOf(text: string, name: string, apiVersion: string): Given {
  const { data } = Answer.safeParse(parsed(text));
  if (data === undefined) throw new Error(`${name} answered with something that is no ExecCredential`);
  if (data.apiVersion !== apiVersion)
    throw new Error(`${name} answered in another apiVersion than the kubeconfig names: want ${apiVersion}`);
  const { token, clientCertificateData, clientKeyData } = data.status;
  if ((token ?? "") === "" && clientCertificateData === undefined) throw new Error(`${name} gave neither a token nor a certificate`);
  if ((clientCertificateData === undefined) !== (clientKeyData === undefined))
    throw new Error(`${name} gave half of a certificate and its key`);
  return data.status;
}

/** V8 quotes the text that it could not parse, and here it holds a token. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
