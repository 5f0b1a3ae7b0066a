/**
 * Fills a control plane with Deployments that are not Flux, and lets them change. Each kind is written once through the API server, by the
 * three ways in which clusters are written to; the crowd is copies of what it stored, put into etcd: a create costs the API server 5 ms,
 * and a hundred thousand of them ten minutes, of which nothing is measured.
 */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { readEtcd, type Stored, writeEtcd } from "../control-plane/etcd.ts";
import { deployment, markOf, NAMESPACE_NAMES, nameOf, namespaceOf, runningStatus } from "./deployment.ts";

/** Each of 45 sizes by each of three writers. */
const PROTOTYPES = 135;

/** Of a transaction: 50 of 20 KB stay under etcd's 1.5 MB in base64. */
const COPIES_AT_ONCE = 50;

/** Requests under way at once; more only wait. */
const AT_ONCE = 8;

/** Where the API server stores them [1]. [1] kube-apiserver, --etcd-prefix, and the plural of the kind */
const PREFIX = "/registry/deployments/";

/** The first in an object is its own; its last part is made another. */
const UID = /([0-9a-f]{8}-(?:[0-9a-f]{4}-){3})[0-9a-f]{12}/;

const pathOf = (index: number) => `/apis/apps/v1/namespaces/${namespaceOf(index)}/deployments/${nameOf(index)}`;

/** One Deployment as the API server stored it, before and after its replicas ran. */
interface Prototype {
  readonly index: number;
  readonly starting: Buffer;
  readonly running: Buffer;
}

export class Crowd {
  readonly #controlPlane: ControlPlane;
  readonly #prototypes: readonly Prototype[];
  readonly #connections = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  #size = 0;
  #changes = 0;

  /** Writes the prototypes, which are the first of the crowd. */
  static async gather(controlPlane: ControlPlane): Promise<Crowd> {
    for (const name of NAMESPACE_NAMES) {
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      taken(await controlPlane.request("POST", "/api/v1/namespaces", body), `Namespace ${name}`);
    }
    const indexes = Array.from({ length: PROTOTYPES }, (_, index) => index);
    await eachOf(indexes, async (index) => taken(await writeFirst(controlPlane, index), nameOf(index)));
    const starting = await readEtcd(controlPlane.etcdEndpoint, PREFIX);
    await eachOf(indexes, async (index) => {
      const body = { status: runningStatus(deployment(index)) };
      const path = `${pathOf(index)}/status?fieldManager=kube-controller-manager`;
      taken(await controlPlane.request("PATCH", path, body, "application/merge-patch+json"), nameOf(index));
    });
    const running = await readEtcd(controlPlane.etcdEndpoint, PREFIX);
    const prototypes = indexes.map((index) => ({ index, starting: storedOf(starting, index), running: storedOf(running, index) }));
    return new Crowd(controlPlane, prototypes);
  }

  private constructor(controlPlane: ControlPlane, prototypes: readonly Prototype[]) {
    this.#controlPlane = controlPlane;
    this.#prototypes = prototypes;
    this.#size = prototypes.length;
  }

  /** Deployments that there are; never fewer than the prototypes. */
  get size(): number {
    return this.#size;
  }

  /** Adds copies until there are so many, and waits until the API server has heard of them. */
  async grow(size: number, progress: (line: string) => void): Promise<void> {
    const startMs = performance.now();
    const before = this.#size;
    const rest = Array.from({ length: Math.max(0, size - before) }, (_, at) => before + at);
    const batches = Array.from({ length: Math.ceil(rest.length / COPIES_AT_ONCE) }, (_, at) =>
      rest.slice(at * COPIES_AT_ONCE, (at + 1) * COPIES_AT_ONCE),
    );
    await eachOf(batches, (batch) => this.#put(batch, "running"));
    this.#size = Math.max(before, size);
    // The latest, not what the server has at hand: it answers once its own watch has come so far.
    taken(await this.#controlPlane.request("GET", "/apis/apps/v1/deployments?limit=1"), "the list of Deployments");
    const seconds = (performance.now() - startMs) / 1000;
    progress(`${this.#size} Deployments that are not Flux, after ${seconds.toFixed(0)} s`);
  }

  /** Closes what is kept open. */
  leave(): void {
    this.#connections.destroy();
  }

  /** So many updates, as fast as they are taken: one Deployment after the other loses its replicas, and gets them back in the next round. */
  async change(count: number): Promise<void> {
    await eachOf(Array.from({ length: count }), () => this.#changeNext());
  }

  /** Updates at a steady pace, until the signal. */
  async changeSteadily(perSecond: number, signal: AbortSignal): Promise<void> {
    const startMs = performance.now();
    for (let made = 0; !signal.aborted; ) {
      const due = Math.floor(((performance.now() - startMs) * perSecond) / 1000) - made;
      for (let one = 0; one < due; one += 1) await this.#changeNext();
      made += due;
      await sleep(1, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One at a time, or they would share a resourceVersion, which no two updates do. */
  async #changeNext(): Promise<void> {
    const change = this.#changes;
    this.#changes += 1;
    await this.#put([change % this.#size], Math.floor(change / this.#size) % 2 === 0 ? "starting" : "running");
  }

  async #put(indexes: readonly number[], state: "starting" | "running"): Promise<void> {
    const values = indexes.map((index) => {
      const prototype = this.#prototypes[index % this.#prototypes.length];
      if (!prototype) throw new Error("a crowd without prototypes");
      return [keyOf(index, prototype), copyOf(prototype[state], prototype.index, index)] as const;
    });
    await writeEtcd(this.#controlPlane.etcdEndpoint, new Map(values), this.#connections);
  }
}

/** As Helm 4 and Flux write, as `kubectl apply` does with what it last applied, and as a program that posts. */
async function writeFirst(controlPlane: ControlPlane, index: number) {
  const object = deployment(index);
  const collection = pathOf(index).slice(0, pathOf(index).lastIndexOf("/"));
  if (index % 3 === 0)
    return await controlPlane.request("PATCH", `${pathOf(index)}?fieldManager=helm`, object, "application/apply-patch+yaml");
  if (index % 3 === 1) return await controlPlane.request("POST", `${collection}?fieldManager=deploy-bot`, object);
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(object)}\n` };
  const applied = { ...object, metadata: { ...object.metadata, annotations } };
  return await controlPlane.request("POST", `${collection}?fieldManager=kubectl-client-side-apply`, applied);
}

function keyOf(index: number, prototype: Prototype): string {
  return `${PREFIX}${namespaceOf(prototype.index)}/${nameOf(prototype.index).replace(markOf(prototype.index), markOf(index))}`;
}

function storedOf(stored: Stored, index: number): Buffer {
  const value = stored.get(`${PREFIX}${namespaceOf(index)}/${nameOf(index)}`);
  if (!value) throw new Error(`etcd holds no ${nameOf(index)}`);
  return value;
}

/** The mark stands in names, labels and annotations, and is as long as the one that replaces it: so all lengths in the protobuf stay true. */
function copyOf(value: Buffer, from: number, to: number): Buffer {
  const text = value.toString("latin1").replaceAll(markOf(from), markOf(to));
  return Buffer.from(text.replace(UID, `$1${String(to).padStart(12, "0")}`), "latin1");
}

async function eachOf<T>(things: readonly T[], act: (thing: T) => Promise<void>): Promise<void> {
  const left = things.values();
  const actOn = async () => {
    for (const thing of left) await act(thing);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, actOn));
}

function taken({ status, body }: { status: number; body: unknown }, what: string): void {
  if (status >= 300) throw new Error(`${what} was answered ${status}: ${JSON.stringify(body)}`);
}
