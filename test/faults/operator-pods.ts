/**
 * Processes of the real operator, as the image runs it: the bundle, with the rights that are shipped and the token of a pod of its own, by
 * which the audit log tells one from the other. Ends them all with this process. Judges nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { BUNDLE, bundle } from "../../build/bundle.ts";
import { BUNDLE_FLAGS } from "../bundle.ts";
import { applyManifests } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type OrphanGuard, startOrphanGuard } from "../control-plane/orphan-guard.ts";

export const NAMESPACE = "flux-migration";
const ACCOUNT = "flux-migration-operator";

/** As they are installed: namespace, CRDs, rights. Kubernetes below 1.25 refuses rules within CRDs. */
function shipped({ version }: ControlPlane): string[] {
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1]);
  return [minor < 25 ? "deploy/install-legacy.yaml" : "deploy/install.yaml", "deploy/components/ha/rbac.yaml"];
}

/** Of each log, the lines that are kept for errors. */
const KEPT_LINES = 30;

const Line = z.looseObject({ msg: z.string() });
const TokenRequest = z.object({ status: z.object({ token: z.string() }) });

export interface OperatorProcess {
  readonly child: ChildProcess;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** The last lines of its log. */
  readonly log: readonly string[];
}

export class OperatorPods {
  readonly #cp: ControlPlane;
  readonly #folder: string;
  readonly #guard: OrphanGuard;
  readonly #running = new Set<OperatorProcess>();

  /** Builds the bundle and installs the operator's namespace, CRDs and rights. */
  static async install(cp: ControlPlane): Promise<OperatorPods> {
    const folder = await mkdtemp(join(tmpdir(), "operator-pods-"));
    const pods = new OperatorPods(cp, folder);
    await bundle(folder);
    for (const file of shipped(cp)) {
      const { refused } = await applyManifests(cp, await readFile(file, "utf8"));
      if (refused.length > 0) throw new Error(`${file} was refused: ${JSON.stringify(refused)}`);
    }
    return pods;
  }

  private constructor(cp: ControlPlane, folder: string) {
    this.#cp = cp;
    this.#folder = folder;
    this.#guard = startOrphanGuard(folder);
  }

  /**
   * Makes a pod, for which there is no node: its process runs here.
   * @param server where its process is to find the API server
   * @returns the path of a kubeconfig with its token
   */
  async make(pod: string, server: string): Promise<string> {
    const namespace = `/api/v1/namespaces/${NAMESPACE}`;
    await this.#post(`${namespace}/pods`, podNamed(pod));
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: pod };
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { boundObjectRef, expirationSeconds: 86_400 } };
    const { token } = TokenRequest.parse(await this.#post(`${namespace}/serviceaccounts/${ACCOUNT}/token`, request)).status;
    const config = {
      clusters: [{ name: "here", cluster: { server } }],
      users: [{ name: pod, user: { token } }],
      contexts: [{ name: pod, context: { cluster: "here", user: pod } }],
      "current-context": pod,
    };
    const file = join(this.#folder, `${pod}.kubeconfig`);
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  /**
   * Starts `flux-migration operator`.
   * @param heard is told each sentence of its log, as it comes
   * @param moreFlags for node
   */
  start(args: readonly string[], heard: (sentence: string) => void = () => undefined, moreFlags: readonly string[] = []): OperatorProcess {
    const program = [...BUNDLE_FLAGS, ...moreFlags, join(this.#folder, BUNDLE), "operator", "--log-format", "json", ...args];
    // A process group of its own, which the guard ends where this process dies first.
    const child = spawn(process.execPath, program, {
      env: { PATH: process.env.PATH, HOME: this.#folder },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) this.#guard.watch(pid);
    const log: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      log.push(line);
      if (log.length > KEPT_LINES) log.shift();
      // The last line of a process that was killed can be half a line.
      if (line.startsWith("{") && line.endsWith("}")) heard(Line.parse(JSON.parse(line)).msg);
    });
    const ended = once(child, "exit").then(([code, signal]: unknown[]) => {
      if (pid !== undefined) this.#guard.forget(pid);
      this.#running.delete(running);
      return typeof code === "number" ? code : String(signal);
    });
    const running: OperatorProcess = { child, ended, log };
    this.#running.add(running);
    return running;
  }

  /** Ends all that still run, at once. */
  async stop(): Promise<void> {
    const left = [...this.#running];
    for (const { child } of left) child.kill("SIGKILL");
    await Promise.all(left.map(({ ended }) => ended));
    await this.#guard.dismiss();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const answer = await this.#cp.request("POST", path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

/** As Pod Security "restricted" asks it, which the namespace enforces. */
function podNamed(name: string): object {
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 65532,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE },
    spec: { serviceAccountName: ACCOUNT, containers: [{ name: "operator", image: "operator", securityContext }] },
  };
}
