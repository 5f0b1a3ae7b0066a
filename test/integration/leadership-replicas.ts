/**
 * Replicas as processes, each behind a proxy of its own, and the four ways of losing the one that leads. Measures how long it takes until
 * another leads, and whether ever two did. Judges nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type FaultyProxy, startFaultyProxy } from "./kube/faulty-proxy.ts";
import { type ReplicaSettings, Sample } from "./leadership-replica.ts";

const PROGRAM = "test/integration/leadership-replica.ts";

/** One of them has a wall clock that is wrong. */
const SKEWS_MS = [0, 3_600_000, 0];

/** Far more than any loss takes. */
const WAIT_MS = 20_000;
const POLL_MS = 5;

export const LOSSES = ["SIGTERM", "SIGKILL", "SIGSTOP", "Partition"] as const;
export type Loss = (typeof LOSSES)[number];

/** From the first to the last time that a process said that it leads. */
interface Term {
  readonly identity: string;
  readonly fromMs: number;
  toMs: number;
}

/** The place of a replica: whoever dies there is followed by another. */
interface Place {
  readonly proxy: FaultyProxy;
  readonly kubeconfig: string;
  readonly skewMs: number;
}

interface Replica {
  readonly identity: string;
  readonly place: Place;
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Undefined until it has said anything. */
  leading: boolean | undefined;
  term: Term | undefined;
  log: string;
}

export class Replicas {
  readonly #cp: ControlPlane;
  readonly #settings: Pick<ReplicaSettings, "namespace" | "name" | "durationMs">;
  readonly #places: Place[] = [];
  readonly #replicas: Replica[] = [];
  readonly #terms: Term[] = [];

  constructor(cp: ControlPlane, settings: Pick<ReplicaSettings, "namespace" | "name" | "durationMs">) {
    this.#cp = cp;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const kubeconfig = await readFile(await this.#cp.kubeconfigFor("operator"), "utf8");
    for (const [index, skewMs] of SKEWS_MS.entries()) {
      const proxy = await startFaultyProxy(this.#cp);
      const file = join(this.#cp.folder, `replica-${index}.kubeconfig`);
      await writeFile(file, kubeconfig.replace(this.#cp.server, proxy.url), { mode: 0o600 });
      this.#places.push({ proxy, kubeconfig: file, skewMs });
    }
    await Promise.all(this.#places.map((place) => this.#add(place)));
  }

  /** Takes the leader away, waits for another, and brings the lost one back. @returns the milliseconds until another led */
  async lose(loss: Loss): Promise<number> {
    const lost = await this.#until("nobody leads", () => this.#leader());
    const startMs = machineMs();
    if (loss === "Partition") lost.place.proxy.muted = true;
    else lost.child.kill(loss);
    const next = await this.#until(`nobody leads after ${loss} of ${lost.identity}`, () => this.#leader(lost));
    const tookMs = (next.term?.fromMs ?? Number.POSITIVE_INFINITY) - startMs;
    await this.#bringBack(lost, loss);
    return tookMs;
  }

  /** @returns each pair of terms of which one began before the other was over */
  overlaps(): string[] {
    return this.#terms.flatMap((one, index) =>
      this.#terms
        .slice(index + 1)
        .filter((other) => other.identity !== one.identity && other.fromMs <= one.toMs && one.fromMs <= other.toMs)
        .map((other) => `${JSON.stringify(one)} and ${JSON.stringify(other)}`),
    );
  }

  terms(): number {
    return this.#terms.length;
  }

  async stop(): Promise<void> {
    for (const { child } of this.#replicas) child.kill("SIGKILL");
    await Promise.all(this.#replicas.map(({ ended }) => ended));
    await Promise.all(this.#places.map(({ proxy }) => proxy.close()));
  }

  #leader(butNot?: Replica): Replica | undefined {
    return this.#replicas.find((replica) => replica !== butNot && replica.leading);
  }

  async #bringBack(lost: Replica, loss: Loss): Promise<void> {
    if (loss === "SIGTERM" || loss === "SIGKILL") {
      await lost.ended;
      await this.#add(lost.place);
      return;
    }
    if (loss === "SIGSTOP") lost.child.kill("SIGCONT");
    lost.place.proxy.muted = false;
    lost.place.proxy.cut(); // what was sent meanwhile is lost
    await this.#until(`${lost.identity} still leads`, () => lost.leading === false || undefined);
  }

  async #add(place: Place): Promise<void> {
    const { kubeconfig, skewMs } = place;
    const identity = `replica-${this.#replicas.length}`;
    const settings: ReplicaSettings = { ...this.#settings, identity, kubeconfig, skewMs };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], { stdio: ["pipe", "pipe", "pipe"] });
    const ended = once(child, "close");
    const replica: Replica = { identity, place, child, ended, leading: undefined, term: undefined, log: "" };
    this.#replicas.push(replica);
    child.stderr.on("data", (chunk: Buffer) => {
      replica.log += chunk.toString();
    });
    // The last line of a process that was killed can be half a line.
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.endsWith("}")) this.#hear(replica, Sample.parse(JSON.parse(line)));
    });
    void ended.then(() => {
      replica.leading = false;
    });
    await this.#until(`${identity} does not start`, () => replica.leading !== undefined || undefined);
  }

  #hear(replica: Replica, { atMs, leading }: Sample): void {
    if (leading && !replica.leading) {
      replica.term = { identity: replica.identity, fromMs: atMs, toMs: atMs };
      this.#terms.push(replica.term);
    }
    if (leading && replica.term) replica.term.toMs = atMs;
    replica.leading = leading;
  }

  async #until<T>(otherwise: string, read: () => T | undefined): Promise<T> {
    const endMs = performance.now() + WAIT_MS;
    while (performance.now() < endMs) {
      const value = read();
      if (value !== undefined) return value;
      await sleep(POLL_MS);
    }
    throw new Error([otherwise, ...this.#replicas.map(({ identity, log }) => `${identity}: ${log}`)].join("\n"));
  }
}

/** The clock of the samples. */
function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
