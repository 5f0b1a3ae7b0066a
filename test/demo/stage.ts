/** The control plane with the operator on it: started, waited for, ended in good order. Applies nothing of Flux, and prints nothing. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { API_VERSION, SINGLETON } from "../../src/api/group.ts";
import { MigrationStatus, MigrationStatusStatus, type Summary } from "../../src/api/migration-status.ts";
import { VERSION } from "../../src/cli/version.ts";
import { createClient, type KubeClient } from "../../src/kube/client.ts";
import { StatusError } from "../../src/kube/errors.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { crdFile } from "../../src/operator/install-crds.ts";
import type { Edition } from "../../src/timetable/edition.ts";
import { BUNDLE_FLAGS, freshBundle } from "../bundle.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { type OrphanGuard, startOrphanGuard } from "../control-plane/orphan-guard.ts";

const RBAC = new URL("../../deploy/base/rbac.yaml", import.meta.url);

/** A status comes well within a second; a machine that does much else takes longer. */
const STATUS_LIMIT_MS = 60_000;
const POLL_MS = 50;
/** Longer than the operator lets pass between two writes (500 ms), so that one that is due is not missed. */
const QUIET_MS = 700;

export interface StageOptions {
  readonly edition: Edition;
  /** Where the operator's clock starts, as the setting takes it; undefined: now. */
  readonly at?: string;
}

/** A MigrationStatus as the API server has it. */
export interface Shown {
  /** Whole. */
  readonly object: MigrationStatus;
  readonly status: MigrationStatusStatus;
}

/** One that the operator has judged. */
export type Judged = Shown & { readonly summary: Summary };

export class Stage {
  readonly controlPlane: ControlPlane;
  /** The administrator's. */
  readonly client: KubeClient;
  /** 1 once a manifest was refused: the exit code. */
  refused: 0 | 1 = 0;
  readonly #command: readonly string[];
  readonly #ended = new AbortController();
  readonly #guard: OrphanGuard;
  #operator: ChildProcess | undefined;

  /** @param progress told what is being done, one line each */
  static async open(options: StageOptions, progress: (line: string) => void): Promise<Stage> {
    const controlPlane = await startControlPlane({ progress, auditLog: false });
    try {
      for (const file of [crdFile(minorOf(controlPlane.version)), RBAC]) {
        const { refused } = await applyManifests(controlPlane, readFileSync(file, "utf8"));
        for (const { what, why } of refused) throw new Error(`${file}: ${what}: ${why}`);
      }
      progress("our CRDs are installed, and the operator's rights, which it runs with");
      return new Stage(controlPlane, await operatorCommand(options, await controlPlane.kubeconfigFor("operator")));
    } catch (error) {
      await controlPlane.stop();
      throw error;
    }
  }

  private constructor(controlPlane: ControlPlane, command: readonly string[]) {
    this.controlPlane = controlPlane;
    this.client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: VERSION });
    this.#command = command;
    this.#guard = startOrphanGuard(controlPlane.folder);
  }

  /** After the first manifests, so that its first judgement is of all of them. Does nothing the second time. */
  startOperator(): void {
    if (this.#operator || this.#ended.signal.aborted) return;
    const { PATH = "" } = process.env;
    // A process group of its own: Ctrl-C is for this process, which ends the operator in its turn.
    this.#operator = spawn(process.execPath, this.#command, { env: { PATH }, stdio: ["ignore", "ignore", "inherit"], detached: true });
    if (this.#operator.pid !== undefined) this.#guard.watch(this.#operator.pid);
  }

  /** Resolves when the MigrationStatus is another than this one. */
  async changed(since: Shown | undefined): Promise<void> {
    while (versionOf(await this.status()) === versionOf(since)) await sleep(POLL_MS, undefined, { signal: this.#ended.signal });
  }

  /** @returns undefined where there is no MigrationStatus */
  async status(): Promise<Shown | undefined> {
    try {
      const object = MigrationStatus.parse(await this.client.json({ path: `/apis/${API_VERSION}/migrationstatuses/${SINGLETON}` }));
      return { object, status: MigrationStatusStatus.parse(object.status ?? {}) };
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    }
  }

  /**
   * Waits until the status shows something, and is not written any more.
   * @throws where it does not within a minute, with what it shows instead
   */
  async settled(what: string, reflected: (judged: Judged) => boolean): Promise<Judged> {
    const start = performance.now();
    let last: Shown | undefined;
    let since = start;
    while (performance.now() - start < STATUS_LIMIT_MS) {
      this.#ended.signal.throwIfAborted();
      if (this.#operator?.exitCode != null) throw new Error(`the operator ended with exit code ${this.#operator.exitCode}`);
      const shown = await this.status();
      if (versionOf(shown) !== versionOf(last)) since = performance.now();
      last = shown;
      const judged = judgedOf(shown);
      if (performance.now() - since >= QUIET_MS && judged && reflected(judged)) return judged;
      await sleep(POLL_MS, undefined, { signal: this.#ended.signal });
    }
    const instead = JSON.stringify(last?.status.summary ?? "no status");
    throw new Error(`the MigrationStatus does not show within ${STATUS_LIMIT_MS / 1000} s: ${what}; it shows ${instead}`);
  }

  /** Ended when the stage is: for what runs beside it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    if (this.#operator && this.#operator.exitCode === null) {
      const closed = once(this.#operator, "close");
      this.#operator.kill("SIGTERM");
      await closed;
    }
    await this.#guard.dismiss();
    this.client.close();
    await this.controlPlane.stop();
  }
}

/** The program as the image runs it. */
async function operatorCommand({ edition, at }: StageOptions, kubeconfig: string): Promise<string[]> {
  const settings = ["--kubeconfig", kubeconfig, "--cluster-name", "demo", "--edition", edition.edition, "--log-level", "warn"];
  return [
    ...BUNDLE_FLAGS,
    await freshBundle(),
    "operator",
    ...settings,
    "--log-format",
    "pretty",
    ...(at === undefined ? [] : ["--at", at]),
  ];
}

function minorOf(version: string): number {
  return Number(/^v\d+\.(\d+)/.exec(version)?.[1]);
}

function versionOf(shown: Shown | undefined): string | undefined {
  return shown?.object.metadata.resourceVersion;
}

function judgedOf(shown: Shown | undefined): Judged | undefined {
  const summary = shown?.status.summary;
  return shown && summary ? { ...shown, summary } : undefined;
}
