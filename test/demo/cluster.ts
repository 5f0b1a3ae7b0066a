/** The demo's cluster: a control plane with an operator in this process, and the hands that change it. Prints nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { createLog } from "../../src/cli/log.ts";
import type { Settings } from "../../src/cli/settings.ts";
import { VERSION } from "../../src/cli/version.ts";
import type { Data } from "../../src/data/load.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { SILENT_LOG } from "../../src/kube/log.ts";
import { installCrds } from "../../src/operator/install-crds.ts";
import { Operator } from "../../src/operator/operator.ts";
import { type ApplyResult, applyManifests, setReplicas } from "../control-plane/apply.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";

const SINGLETON = "/apis/flux-migration.dev/v1alpha1/migrationstatuses/cluster";

/** A step takes a second at most; on a machine that does much else, many times as long. */
const STEP_LIMIT_MS = 60_000;
const POLL_MS = 50;

const Shown = z.looseObject({ metadata: z.looseObject({ managedFields: z.unknown().optional() }), status: z.unknown().optional() });

export class DemoCluster {
  readonly controlPlane: ControlPlane;
  readonly #settings: Settings;
  readonly #data: Data;
  #end: (() => Promise<void>) | undefined;

  private constructor(controlPlane: ControlPlane, settings: Settings, data: Data) {
    this.controlPlane = controlPlane;
    this.#settings = settings;
    this.#data = data;
  }

  static async start(settings: Settings, data: Data, progress: (line: string) => void): Promise<DemoCluster> {
    return new DemoCluster(await startControlPlane({ progress }), settings, data);
  }

  /** Starts the operator; what was applied before is in its first status. */
  async watch(): Promise<void> {
    const client = createClient(loadCluster({ kubeconfig: this.controlPlane.kubeconfig }), { version: VERSION });
    await installCrds(client, SILENT_LOG);
    const offsetMs = this.#settings.at === undefined ? 0 : Date.parse(this.#settings.at) - Date.now();
    const clock = () => new Date(Date.now() + offsetMs);
    const log = createLog({ logLevel: "error", logFormat: this.#settings.logFormat }, clock);
    const settings = { clusterName: "demo", edition: this.#settings.edition, operatorVersion: VERSION, instance: "demo" };
    const operator = new Operator({ client, data: this.#data, log, clock, settings });
    this.#end = async () => {
      await operator.stop();
      client.close();
    };
    operator.start();
  }

  /** Applies manifests and, as no controller does it here, says that all replicas are ready. */
  async apply(text: string): Promise<ApplyResult> {
    const result = await applyManifests(this.controlPlane, text);
    for (const applied of result.applied) {
      const [, kind, namespace = "", name = ""] = /^(Deployment|StatefulSet|DaemonSet) ([^/]+)\/(.+)$/.exec(applied) ?? [];
      if (kind !== "Deployment" && kind !== "StatefulSet" && kind !== "DaemonSet") continue;
      await setReplicas(this.controlPlane, namespace, name, await this.#wantedReplicas(kind, namespace, name), kind);
    }
    return result;
  }

  async scaleToZero(namespace: string, name: string): Promise<void> {
    await setReplicas(this.controlPlane, namespace, name, 0);
  }

  async remove(...paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.controlPlane.request("DELETE", path);
  }

  /** The whole MigrationStatus as the server has it, without the bookkeeping of fields; undefined until it has a status. */
  async object(): Promise<object | undefined> {
    const answer = await this.controlPlane.request("GET", SINGLETON);
    if (answer.status !== 200) return undefined;
    const { metadata, ...rest } = Shown.parse(answer.body);
    const { managedFields, ...kept } = metadata;
    return rest.status === undefined ? undefined : { ...rest, metadata: kept };
  }

  async status(): Promise<MigrationStatusStatus | undefined> {
    return Shown.extend({ status: MigrationStatusStatus }).safeParse(await this.object()).data?.status;
  }

  /** @throws where the status does not become so in time */
  async until(reached: (status: MigrationStatusStatus) => boolean): Promise<MigrationStatusStatus> {
    const end = performance.now() + STEP_LIMIT_MS;
    for (;;) {
      const status = await this.status();
      if (status && reached(status)) return status;
      if (performance.now() > end)
        throw new Error(`the status did not follow within ${STEP_LIMIT_MS / 1000} s: ${status?.summary?.message ?? "there is none"}`);
      await sleep(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    await this.#end?.();
    await this.controlPlane.stop();
  }

  async #wantedReplicas(kind: string, namespace: string, name: string): Promise<number> {
    const answer = await this.controlPlane.request("GET", `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`);
    const workload = z.looseObject({ spec: z.looseObject({ replicas: z.int().default(1) }) }).safeParse(answer.body);
    return workload.data?.spec.replicas ?? 1;
  }
}
