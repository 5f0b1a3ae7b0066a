/**
 * A real control plane for tests and the demo: one etcd, one kube-apiserver, on 127.0.0.1, in a temporary folder of its own. There is no
 * controller manager and no node: nothing rolls out, nothing is garbage collected, a deleted namespace stays Terminating.
 */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type AdminClient, type Answer, adminClient } from "./admin-client.ts";
import { apiServerFlags, forgetCertificates, readAuthority, writeApiServerFiles } from "./api-server.ts";
import { type AuditEvent, type AuditedResources, readAuditLog } from "./audit.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { compactEtcd, type EtcdPorts, etcdEndpoint, etcdFlags, etcdHealthy } from "./etcd.ts";
import { type OrphanGuard, startOrphanGuard } from "./orphan-guard.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";
import { type ControlPlaneUser, kubeconfigText, newTokens, type Tokens } from "./users.ts";

export type { AuditEvent, ControlPlaneUser };

/** Ready after 0.2 s and 4 s on two idle cores; on a machine that does much else it takes many times as long. */
const ETCD_READY_MS = 30_000;
const API_SERVER_READY_MS = 90_000;

/** The API server ends within 1 s as long as its etcd is there, and can hang without; etcd ends at once. */
const API_SERVER_STOP_MS = 10_000;
const ETCD_STOP_MS = 5_000;

/** Namespaces that the API server makes soon after it calls itself ready. Each cluster has them, so a test may count on them. */
const FIRST_NAMESPACES = ["default", "kube-system"];

/** A free port can be taken by somebody else before the server binds it. */
const PORT_ATTEMPTS = 3;

export interface ControlPlaneOptions {
  /** findBinaries() of the newest Kubernetes where not given. */
  readonly binaries?: Binaries;
  /** Told what is being done, one line each. */
  readonly progress?: (line: string) => void;
  /** True where not given. */
  readonly auditLog?: boolean;
  /** Resources whose writes are logged with their bodies. Of none where not given. */
  readonly auditBodiesOf?: readonly AuditedResources[];
  /** More flags for kube-apiserver; one that is set already takes this value. */
  readonly apiServerFlags?: readonly string[];
  /** More flags for etcd; one that is set already takes this value. */
  readonly etcdFlags?: readonly string[];
}

export interface ControlPlane {
  /** Of Kubernetes, as the server says: "v1.36.3". */
  readonly version: string;
  /** The second number of it. */
  readonly minor: number;
  /** https://127.0.0.1:PORT; stays the same when the API server is started again. */
  readonly server: string;
  /** Everything that the control plane writes; gone after stop(). */
  readonly folder: string;
  /** A kubeconfig file of the administrator (system:masters). */
  readonly kubeconfig: string;
  /** http://127.0.0.1:PORT, without authentication. */
  readonly etcdEndpoint: string;
  /** Resolves with what happened when one of the two servers ends without having been stopped; pending otherwise. */
  readonly died: Promise<string>;
  /** Writes one more kubeconfig file. @returns its path */
  kubeconfigFor(user: ControlPlaneUser): Promise<string>;
  /** Of kube-apiserver as it runs now; another one after each start. */
  apiServerPid(): number;
  /** One request as the administrator. Resolves for refusals too; rejects only where there was no answer. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** What was asked of the API server so far, in the order in which it was written. An event follows its answer by some milliseconds. */
  audit(): Promise<AuditEvent[]>;
  /** Compacts etcd at its present revision. What the API server has in its watch cache it still serves: for a 410 on a continuation or a
   *  watch from before, start it with --watch-cache=false, or start it again. */
  compact(): Promise<void>;
  stopApiServer(): Promise<void>;
  /** Again on the same port, with the same certificates and data; resolves when it is ready. */
  startApiServer(): Promise<void>;
  /** Starts the API server again with the certificate of another authority, and writes the administrator's kubeconfig anew. @returns the authority, PEM */
  rotateAuthority(): Promise<string>;
  /** Copies etcd's data as it is now, for restoreEtcd(); both servers end for it and start again. */
  saveEtcd(): Promise<void>;
  /** Goes back to what saveEtcd() copied, as after a disaster: both servers end, and start again on the same ports with the old data. */
  restoreEtcd(): Promise<void>;
  /** Ends both servers, the API server first, and removes the folder. Nothing is left: no process, no handle, no file. Can be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver and waits until both answer; about 4 s. Whoever starts one has to stop() it. It does not keep this
 * process alive, and where this process ends first, in whatever way, the servers and the folder go with it.
 * @throws NoControlPlane where there are no binaries; an error with the end of a server's log where one does not come up
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const progress = options.progress ?? (() => undefined);
  const binaries = options.binaries ?? (await findBinaries(progress));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(binaries, progress, options);
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !/address already in use/.test(String(error))) throw error;
      progress("a port was taken by somebody else meanwhile: trying others");
    }
  }
}

async function startOnce(binaries: Binaries, progress: (line: string) => void, options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = await mkdtemp(join(tmpdir(), "control-plane-"));
  const servers = new Servers(binaries, folder, await threeFreePorts(), options);
  try {
    const start = performance.now();
    await servers.startEtcd();
    await servers.startApiServer();
    const controlPlane = await describeRunning(servers);
    progress(
      `kube-apiserver ${controlPlane.version} is ready at ${controlPlane.server}, after ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
    return controlPlane;
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

async function describeRunning(servers: Servers): Promise<ControlPlane> {
  const { folder, server } = servers;
  const answer = await servers.request("GET", "/version");
  const { gitVersion } = z.object({ gitVersion: z.string() }).parse(answer.body);
  return {
    version: gitVersion,
    minor: Number(/^v\d+\.(\d+)\./.exec(gitVersion)?.[1]),
    server,
    folder,
    kubeconfig: await servers.writeKubeconfig("admin"),
    etcdEndpoint: servers.etcdEndpoint,
    died: servers.died,
    kubeconfigFor: (user) => servers.writeKubeconfig(user),
    apiServerPid: () => servers.apiServerPid(),
    request: (method, path, body, contentType) => servers.request(method, path, body, contentType),
    audit: () => servers.audit(),
    compact: async () => void (await compactEtcd(servers.etcdEndpoint)),
    stopApiServer: () => servers.stopApiServer(),
    startApiServer: () => servers.startApiServer(),
    rotateAuthority: () => servers.rotateAuthority(),
    saveEtcd: () => servers.whileDown(() => servers.copyEtcd("etcd", "etcd-saved")),
    restoreEtcd: () => servers.whileDown(() => servers.copyEtcd("etcd-saved", "etcd")),
    stop: () => servers.stop(),
  };
}

interface Ports extends EtcdPorts {
  readonly apiServer: number;
}

/** The two servers and what belongs to them, in every state between start and stop. */
class Servers {
  readonly server: string;
  readonly folder: string;
  readonly etcdEndpoint: string;
  readonly died: Promise<string>;
  readonly #binaries: Binaries;
  readonly #ports: Ports;
  readonly #tokens: Tokens = newTokens();
  readonly #guard: OrphanGuard;
  readonly #auditLogFile: string | undefined;
  readonly #auditBodiesOf: readonly AuditedResources[];
  readonly #moreFlags: readonly string[];
  readonly #moreEtcdFlags: readonly string[];
  readonly #reportDeath: (what: string) => void;
  /** Processes that end because somebody asked for it. */
  readonly #asked = new Set<ServerProcess>();
  #etcd: ServerProcess | undefined;
  #apiServer: ServerProcess | undefined;
  #authority: string | undefined;
  #client: AdminClient | undefined;
  #stopped: Promise<void> | undefined;

  constructor(binaries: Binaries, folder: string, ports: Ports, options: ControlPlaneOptions) {
    this.#binaries = binaries;
    this.#ports = ports;
    this.#auditLogFile = options.auditLog === false ? undefined : join(folder, "audit.log");
    this.#auditBodiesOf = options.auditBodiesOf ?? [];
    this.#moreFlags = options.apiServerFlags ?? [];
    this.#moreEtcdFlags = options.etcdFlags ?? [];
    this.#guard = startOrphanGuard(folder);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.died = promise;
    this.#reportDeath = resolve;
    this.folder = folder;
    this.server = `https://127.0.0.1:${ports.apiServer}`;
    this.etcdEndpoint = etcdEndpoint(ports);
  }

  async startEtcd(): Promise<void> {
    await this.#runEtcd();
    await writeApiServerFiles(this.folder, this.#tokens, this.#auditBodiesOf);
  }

  /** Ends both servers, acts, and starts them again. */
  async whileDown(act: () => Promise<void>): Promise<void> {
    await this.stopApiServer();
    await this.#stopEtcd();
    await act();
    await this.#runEtcd();
    await this.startApiServer();
  }

  /** Of an etcd that is down: its files are whole then. */
  async copyEtcd(from: string, to: string): Promise<void> {
    await rm(join(this.folder, to), { recursive: true, force: true });
    await cp(join(this.folder, from), join(this.folder, to), { recursive: true });
  }

  async startApiServer(): Promise<void> {
    if (this.#stopped !== undefined) throw new Error("the control plane was stopped; start a new one");
    if (this.#apiServer !== undefined) return;
    const flags = apiServerFlags(this.folder, {
      port: this.#ports.apiServer,
      etcdEndpoint: this.etcdEndpoint,
      moreFlags: this.#moreFlags,
      ...(this.#auditLogFile === undefined ? {} : { auditLogFile: this.#auditLogFile }),
    });
    this.#apiServer = await this.#start("kube-apiserver", this.#binaries.kubeApiServer, flags);
    await this.#apiServer.ready(() => this.#apiServerReady(), API_SERVER_READY_MS);
  }

  async stopApiServer(): Promise<void> {
    const apiServer = this.#apiServer;
    if (apiServer === undefined) return;
    // A kept connection that the server closes would fail the first request after its next start.
    this.#client?.close();
    this.#asked.add(apiServer);
    await apiServer.stop(API_SERVER_STOP_MS);
    this.#apiServer = undefined;
  }

  async rotateAuthority(): Promise<string> {
    await this.stopApiServer();
    await forgetCertificates(this.folder);
    this.#authority = undefined;
    this.#client = undefined;
    await this.startApiServer();
    await this.writeKubeconfig("admin");
    return this.#authority ?? "";
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  apiServerPid(): number {
    if (this.#apiServer === undefined) throw new Error("the API server is stopped");
    return this.#apiServer.pid;
  }

  async request(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer> {
    if (this.#client === undefined) throw new Error(`${method} ${path}: the API server has not been ready yet`);
    return await this.#client.request(method, path, body, contentType);
  }

  async writeKubeconfig(user: ControlPlaneUser): Promise<string> {
    if (this.#authority === undefined) throw new Error("the API server has not been ready yet: it has no certificate");
    const file = join(this.folder, `${user}.kubeconfig`);
    await writeFile(file, kubeconfigText(this.server, this.#authority, user, this.#tokens[user]), { mode: 0o600 });
    return file;
  }

  async audit(): Promise<AuditEvent[]> {
    if (this.#auditLogFile === undefined) throw new Error("this control plane was started without an audit log (auditLog: false)");
    return await readAuditLog(this.#auditLogFile);
  }

  async #start(name: string, program: string, flags: readonly string[]): Promise<ServerProcess> {
    const started = await startServerProcess(name, program, flags, join(this.folder, `${name}.log`), this.#guard);
    void started.ended.then(async (how) => {
      if (this.#asked.has(started)) return;
      this.#reportDeath(`${name} ended by itself (${how}); the end of its log:\n${await started.logTail()}`);
    });
    return started;
  }

  async #apiServerReady(): Promise<boolean> {
    this.#authority ??= await readAuthority(this.folder);
    if (this.#authority === undefined) return false;
    this.#client ??= adminClient(this.server, this.#authority, this.#tokens.admin);
    for (const path of ["/readyz", ...FIRST_NAMESPACES.map((name) => `/api/v1/namespaces/${name}`)]) {
      // Until it listens, a connection is refused: an answer like any other here.
      const answer = await this.#client.request("GET", path).catch(() => undefined);
      if (answer?.status !== 200) return false;
    }
    return true;
  }

  async #runEtcd(): Promise<void> {
    const flags = [...etcdFlags(this.#ports, join(this.folder, "etcd")), ...this.#moreEtcdFlags];
    this.#etcd = await this.#start("etcd", this.#binaries.etcd, flags);
    await this.#etcd.ready(() => etcdHealthy(this.etcdEndpoint), ETCD_READY_MS);
  }

  async #stopEtcd(): Promise<void> {
    if (this.#etcd === undefined) return;
    this.#asked.add(this.#etcd);
    await this.#etcd.stop(ETCD_STOP_MS);
    this.#etcd = undefined;
  }

  async #stopAll(): Promise<void> {
    // An API server whose etcd goes first waits for it instead of ending.
    await this.stopApiServer();
    await this.#stopEtcd();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    await this.#guard.dismiss();
  }
}

/** Ports that were free a moment ago. All three are held until the last is known, or the system could give one twice. */
async function threeFreePorts(): Promise<Ports> {
  const holders = await Promise.all([holdPort(), holdPort(), holdPort()]);
  const [client, peer, apiServer] = await Promise.all(holders.map((holder) => holder.release()));
  if (client === undefined || peer === undefined || apiServer === undefined) throw new Error("no three free ports on 127.0.0.1");
  return { client, peer, apiServer };
}

async function holdPort(): Promise<{ release(): Promise<number> }> {
  const holder = createServer();
  await new Promise<void>((resolve, reject) => holder.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  return {
    release: async () => {
      await new Promise((resolve) => holder.close(resolve));
      if (address === null || typeof address === "string") throw new Error("a TCP listener without a port");
      return address.port;
    },
  };
}
