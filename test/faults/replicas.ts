/** Replicas of the operator, each behind a proxy of its own, and what each last said of itself. Takes nobody away, and judges nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type FaultyProxy, startFaultyProxy } from "../integration/kube/faulty-proxy.ts";
import { freePort } from "../tools/free-port.ts";
import { NAMESPACE, OperatorPods, type OperatorProcess } from "./operator-pods.ts";

const POLL_MS = 10;

/** Of a start, on a machine that does much else. */
const READY_MS = 60_000;

/** Where a replica runs: whoever ends there is followed by another. */
export interface Place {
  readonly proxy: FaultyProxy;
  /** What the wall clock there is ahead. */
  readonly skewMs: number;
}

export interface Replica {
  /** Names it in the audit log. */
  readonly pod: string;
  readonly place: Place;
  readonly process: OperatorProcess;
  running: boolean;
  /** Whether it leads, by its own words. */
  leading: boolean;
  /** Statuses that it has written since then, by its own words. */
  wrote: number;
}

export interface ReplicasOptions {
  readonly controlPlane: ControlPlane;
  readonly leaseSeconds: number;
  /** Of each place, what its wall clock is ahead. */
  readonly skewsMs: readonly number[];
}

export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #pods: OperatorPods;
  readonly #places: Place[] = [];
  readonly #all: Replica[] = [];

  /** @returns one ready replica for each place */
  static async start(options: ReplicasOptions): Promise<Replicas> {
    const replicas = new Replicas(options, await OperatorPods.install(options.controlPlane));
    try {
      for (const skewMs of options.skewsMs) replicas.#places.push({ proxy: await startFaultyProxy(options.controlPlane), skewMs });
      for (const place of replicas.#places) await replicas.add(place);
      return replicas;
    } catch (error) {
      await replicas.stop();
      throw error;
    }
  }

  private constructor(options: ReplicasOptions, pods: OperatorPods) {
    this.#options = options;
    this.#pods = pods;
  }

  /** All that ever were, also those that have ended. */
  all(): readonly Replica[] {
    return this.#all;
  }

  /** The one that leads by its own words. */
  leader(butNot?: Replica): Replica | undefined {
    return this.#all.find((replica) => replica !== butNot && replica.running && replica.leading);
  }

  /** @returns a replica that has read its cluster, and takes part in the election */
  async add(place: Place): Promise<Replica> {
    const pod = `replica-${this.#all.length}`;
    const health = `127.0.0.1:${await freePort()}`;
    const kubeconfig = await this.#pods.make(pod, place.proxy.url);
    const args = ["--kubeconfig", kubeconfig, "--leader-election", "--lease-namespace", NAMESPACE, "--health-address", health];
    args.push("--lease-duration", String(this.#options.leaseSeconds));
    if (place.skewMs !== 0) args.push("--at", new Date(Date.now() + place.skewMs).toISOString());
    const process = this.#pods.start(args, (sentence) => hear(replica, sentence));
    const replica: Replica = { pod, place, process, running: true, leading: false, wrote: 0 };
    this.#all.push(replica);
    void process.ended.then(() => {
      replica.running = false;
      replica.leading = false;
    });
    await this.until(`${pod} is not ready`, READY_MS, async () => (await isReady(health)) || undefined);
    return replica;
  }

  /**
   * Asks until there is an answer.
   * @throws with what was not so, and the ends of the logs
   */
  async until<T>(otherwise: string, withinMs: number, read: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const endMs = performance.now() + withinMs;
    while (performance.now() < endMs) {
      const value = await read();
      if (value !== undefined) return value;
      await sleep(POLL_MS);
    }
    const logs = this.#all.filter(({ running }) => running).map(({ pod, process }) => `${pod}:\n${process.log.join("\n")}`);
    throw new Error([`${otherwise}, ${withinMs / 1000} s later`, ...logs].join("\n"));
  }

  async stop(): Promise<void> {
    await this.#pods.stop();
    await Promise.all(this.#places.map(({ proxy }) => proxy.close()));
  }
}

function hear(replica: Replica, sentence: string): void {
  if (sentence === "leading: this replica writes") {
    replica.leading = true;
    replica.wrote = 0;
  } else if (sentence === "leading no more: nothing is written") {
    replica.leading = false;
  } else if (sentence === "wrote the status") {
    replica.wrote += 1;
  }
}

async function isReady(address: string): Promise<boolean> {
  return await fetch(`http://${address}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
