/**
 * Operators in this process on a real control plane: a clock that the test sets, a log that it reads, and waits that end. It judges nothing
 * but that no operator leaves a handle or an unhandled rejection behind.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import * as z from "zod";
import { REQUESTED_AT_ANNOTATION } from "../../../src/api/group.ts";
import { MigrationStatusStatus, ObjectMeta } from "../../../src/api/migration-status.ts";
import type { Assessment } from "../../../src/assess/assess.ts";
import type { BackoffTimings } from "../../../src/kube/backoff.ts";
import { createClient, type KubeClient } from "../../../src/kube/client.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import type { ReflectorSource, ReflectorTimings } from "../../../src/kube/reflector.ts";
import { installCrds } from "../../../src/operator/install-crds.ts";
import { Operator } from "../../../src/operator/operator.ts";
import type { OperatorOptions } from "../../../src/operator/operator-options.ts";
import type { Observer } from "../../../src/operator/watched.ts";
import { applyManifests } from "../../control-plane/apply.ts";
import type { AuditEvent, ControlPlane, ControlPlaneUser } from "../../control-plane/control-plane.ts";
import { data } from "../../unit/assess/subject-builder.ts";
import { clientThrough, type Line, recordingLog } from "../kube/harness.ts";
import { manifest } from "./manifests.ts";
import { rowOf } from "./status-row.ts";

export { conditionOf, rowOf } from "./status-row.ts";

export const STATUSES = "/apis/flux-migration.dev/v1alpha1/migrationstatuses";
export const TIMETABLES = "/apis/flux-migration.dev/v1alpha1/migrationtimetables";
export const SINGLETON = `${STATUSES}/cluster`;

/** A busy machine takes its time; a test that fails waits no longer than this. */
const WAIT_MS = 15_000;
const POLL_MS = 20;

/** What was closed is let go in the next turns of the event loop. */
const LET_GO_MS = 100;

/** An audit event follows its answer by some milliseconds. */
const AUDIT_DELAY_MS = 300;

/** The product's times, a fraction as long: suites wait for them often. */
const QUICK: Partial<ReflectorTimings> = {
  backoff: { firstMs: 40, factor: 2, capMs: 500, jitter: 1, resetMs: 6000 },
  notInstalledMs: 200,
};

export interface StartOptions {
  /** Where the operator's clock starts; it runs on from there. */
  readonly at?: string;
  readonly user?: ControlPlaneUser;
  readonly version?: string;
  readonly edition?: string;
  readonly reflector?: Partial<ReflectorTimings>;
  readonly writeIntervalMs?: number;
  readonly source?: ReflectorSource;
  readonly clusterName?: string;
  readonly rivalry?: BackoffTimings;
  readonly retry?: BackoffTimings;
  readonly unavailableGraceMs?: number;
  readonly dryRun?: boolean;
  readonly leading?: () => boolean;
  readonly observer?: Observer;
  readonly awaitStatus?: boolean;
  /** Address of a proxy on the way to the API server, which knows the administrator only. */
  readonly through?: string;
}

export interface RunningOperator {
  readonly operator: Operator;
  readonly lines: Line[];
  /** Each judgement, written or not. */
  readonly judged: MigrationStatusStatus[];
  /** Sets the clock, as when a machine wakes up on another day. */
  jumpTo(instant: string): void;
  /** Sentences of the log, without their fields. */
  said(): string[];
  stop(): Promise<void>;
}

const Shown = z.looseObject({ metadata: ObjectMeta, status: MigrationStatusStatus.optional() });
const EventList = z.object({
  items: z.array(
    z.looseObject({ type: z.string(), reason: z.string(), message: z.string(), involvedObject: z.looseObject({ kind: z.string() }) }),
  ),
});

/** Asks for a value until it is as wanted; then once more with expect, so that a failure shows the last one. */
export async function eventually<T>(read: () => Promise<T> | T, wanted: (value: T) => void, withinMs = WAIT_MS): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    try {
      wanted(value);
      return value;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(POLL_MS);
  }
}

/** Registers the guards of a suite; its methods are for tests and hooks. */
export class OperatorFixture {
  readonly #get: () => ControlPlane;
  readonly #running = new Set<RunningOperator>();
  readonly #unhandled: unknown[] = [];
  #handles: string[] = [];

  constructor(get: () => ControlPlane) {
    this.#get = get;
    const remember = (reason: unknown) => this.#unhandled.push(reason);
    beforeAll(async () => {
      process.on("unhandledRejection", remember);
      await sleep(LET_GO_MS);
      this.#handles = process.getActiveResourcesInfo().toSorted();
    });
    afterEach(async () => {
      await Promise.all(Array.from(this.#running, (running) => running.stop()));
    });
    afterAll(async () => {
      process.off("unhandledRejection", remember);
      expect(this.#unhandled).toEqual([]);
      await eventually(
        () => without(process.getActiveResourcesInfo(), this.#handles),
        (left) => expect(left).toEqual([]),
        2_000,
      );
    });
  }

  get cp(): ControlPlane {
    return this.#get();
  }

  async client(user: ControlPlaneUser = "admin"): Promise<KubeClient> {
    return createClient(loadCluster({ kubeconfig: await this.cp.kubeconfigFor(user) }), { version: "0.0.0-test" });
  }

  async start(options: StartOptions = {}): Promise<RunningOperator> {
    const { log, lines } = recordingLog();
    const judged: MigrationStatusStatus[] = [];
    const client = options.through ? await clientThrough(this.cp, options.through) : await this.client(options.user);
    let offsetMs = Date.parse(options.at ?? "2026-11-23T08:00:00Z") - Date.now();
    const clock = () => new Date(Date.now() + offsetMs);
    const assessed = ({ status }: Assessment) => void judged.push(status);
    const operator = new Operator({ client, data, log, clock, assessed, ...settingsOf(options) });
    const running: RunningOperator = {
      operator,
      lines,
      judged,
      jumpTo: (instant) => {
        offsetMs = Date.parse(instant) - Date.now();
      },
      said: () => lines.map(({ sentence }) => sentence),
      stop: async () => {
        this.#running.delete(running);
        await operator.stop();
        client.close();
      },
    };
    this.#running.add(running);
    operator.start();
    return running;
  }

  /** An operator that has judged the cluster; the status that a test finds need not be its own before. */
  async startReady(options: StartOptions = {}): Promise<RunningOperator> {
    const running = await this.start(options);
    await eventually(
      () => running.operator.ready(),
      (ready) => expect(ready).toBe(true),
    );
    return running;
  }

  /** Our CRDs, as `--install-crds` does it. */
  async installCrds(): Promise<void> {
    const client = await this.client();
    await installCrds(client, recordingLog().log);
    client.close();
    await eventually(
      async () => (await this.cp.request("GET", STATUSES)).status,
      (status) => expect(status).toBe(200),
    );
  }

  /** Applies objects, and fails where one is refused. */
  async apply(...objects: readonly Parameters<typeof manifest>[0][]): Promise<void> {
    const { refused } = await applyManifests(this.cp, objects.map((object) => JSON.stringify(manifest(object))).join("\n---\n"));
    expect(refused).toEqual([]);
  }

  async remove(...paths: readonly string[]): Promise<void> {
    for (const path of paths) expect([path, (await this.cp.request("DELETE", path)).status]).toEqual([path, 200]);
  }

  async merge(path: string, patch: unknown): Promise<void> {
    const answer = await this.cp.request("PATCH", path, patch, "application/merge-patch+json");
    expect([answer.status, answer.status === 200 ? "" : answer.body]).toEqual([200, ""]);
  }

  async requestPass(requestedAt: string): Promise<void> {
    await this.merge(SINGLETON, { metadata: { annotations: { [REQUESTED_AT_ANNOTATION]: requestedAt } } });
  }

  /** @returns undefined where the object is not there, or has no status */
  async status(name = "cluster"): Promise<MigrationStatusStatus | undefined> {
    const answer = await this.cp.request("GET", `${STATUSES}/${name}`);
    return answer.status === 200 ? Shown.parse(answer.body).status : undefined;
  }

  /** Waits for a status. @param wanted throws, by expect, until it is as it should be */
  async statusWhere(wanted: (status: MigrationStatusStatus) => void, name = "cluster"): Promise<MigrationStatusStatus> {
    const status = await eventually(
      () => this.status(name),
      (found) => wanted(found ?? {}),
    );
    return status ?? {};
  }

  async row(wanted: string): Promise<MigrationStatusStatus> {
    return await this.statusWhere((status) => expect(rowOf(status)).toBe(wanted));
  }

  /** Waits until the spec of the singleton has been seen. */
  async observed(): Promise<void> {
    const { metadata } = Shown.parse((await this.cp.request("GET", SINGLETON)).body);
    await this.statusWhere((status) => expect(status.observedGeneration).toBe(metadata.generation));
  }

  /** Events about our objects, `Reason: message`, in the order of their names' making. */
  async events(kind = "MigrationStatus"): Promise<string[]> {
    const { body } = await this.cp.request("GET", "/api/v1/namespaces/default/events");
    const ours = EventList.parse(body).items.filter(({ involvedObject }) => involvedObject.kind === kind);
    return ours.map(({ type, reason, message }) => `${type} ${reason}: ${message}`).toSorted();
  }

  /** What operators asked of the API server, in this process or another. */
  async requests(wanted: (event: AuditEvent) => boolean = () => true): Promise<AuditEvent[]> {
    await sleep(AUDIT_DELAY_MS);
    return (await this.cp.audit()).filter((event) => event.userAgent.startsWith("flux-migration-operator/") && wanted(event));
  }

  /** What they wrote: `patch migrationstatuses/status cluster 200`. */
  async writes(wanted?: (event: AuditEvent) => boolean): Promise<string[]> {
    const writes = (await this.requests(wanted)).filter(({ verb }) => !["get", "list", "watch"].includes(verb));
    return writes.map(({ verb, resource, subresource, name, code }) =>
      [verb, subresource === "" ? resource : `${resource}/${subresource}`, name, code].filter((part) => part !== "").join(" "),
    );
  }
}

/** For requests() and writes(). */
export function since(instant: Date): (event: AuditEvent) => boolean {
  return ({ receivedAt }) => receivedAt >= instant;
}

/** What is there beyond those that were there: the control plane, which is stopped by then, held some of them. */
function without(handles: readonly string[], earlier: readonly string[]): string[] {
  const known = [...earlier];
  return handles.filter((handle) => {
    const at = known.indexOf(handle);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

function settingsOf(options: StartOptions): Omit<OperatorOptions, "client" | "data" | "log" | "clock" | "assessed"> {
  const { leading, observer, rivalry, retry, unavailableGraceMs, awaitStatus } = options;
  return {
    dryRun: options.dryRun ?? false,
    ...(options.source ? { reflectorSource: options.source } : {}),
    ...(leading ? { leading } : {}),
    ...(observer ? { observer } : {}),
    ...(awaitStatus === undefined ? {} : { awaitStatus }),
    settings: {
      clusterName: options.clusterName ?? "test",
      edition: options.edition ?? "2022-09-20",
      operatorVersion: options.version ?? "0.1.0",
      instance: "this-process",
    },
    timings: {
      reflector: { ...QUICK, ...options.reflector },
      writeIntervalMs: options.writeIntervalMs ?? 20,
      clockCheckMs: 20,
      ...(rivalry ? { rivalry } : {}),
      ...(retry ? { retry } : {}),
      ...(unavailableGraceMs === undefined ? {} : { unavailableGraceMs }),
    },
  };
}
