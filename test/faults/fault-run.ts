/**
 * One run: the real operator behind a proxy that strikes with one kind of fault, by a seed, and the record of all that it asked, judged and
 * wrote. The MigrationStatus is the only one of its cluster, so on its way the proxy moves our API group to one of the run's own: many runs
 * share a cluster, each with its whole operator. Judges nothing.
 */
import { GROUP } from "../../src/api/group.ts";
import type { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import type { Data } from "../../src/data/read-data.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import type { ReflectorSource } from "../../src/kube/reflector.ts";
import { REFLECTOR_TIMINGS, type ReflectorTimings } from "../../src/kube/reflector-timings.ts";
import { isOlder } from "../../src/kube/resource-version.ts";
import { Operator } from "../../src/operator/operator.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { clientThrough, type Exchange, type FaultyProxy, startFaultyProxy } from "../integration/kube/faulty-proxy.ts";
import { type Line, recordingLog } from "../integration/kube/recording-log.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { Random } from "./random.ts";

/** The product's waits, divided by this. */
const SHORTER = 100;

/** Its deadlines and the life of a watch, by this: at a hundredth, some hundred watches that fall silent would be all that two cores do. */
const DEADLINES_SHORTER = 30;

/** Two writes of an operator: not a hundredth, or the server would do nothing but store twenty-six statuses a step. */
export const WRITE_INTERVAL_MS = 200;

const { backoff, openDeadlineMs, watchTimeoutMs, readDeadlineMs, checkMs, shortWatchMs, notInstalledMs, unauthorizedGraceMs } =
  REFLECTOR_TIMINGS;
const { pauseMs, heldMs } = REFLECTOR_TIMINGS;

const between = ({ least, most }: { least: number; most: number }, shorter: number) => ({ least: least / shorter, most: most / shorter });

export const QUICK: ReflectorTimings = {
  /** Few, so that lists have several pages. */
  pageObjects: 6,
  openDeadlineMs: openDeadlineMs / 10,
  readDeadlineMs: readDeadlineMs / DEADLINES_SHORTER,
  watchTimeoutMs: between(watchTimeoutMs, 2 * DEADLINES_SHORTER),
  checkMs: between(checkMs, 4),
  backoff: { ...backoff, firstMs: backoff.firstMs / SHORTER, capMs: backoff.capMs / SHORTER, resetMs: backoff.resetMs / SHORTER },
  shortWatchMs: shortWatchMs / SHORTER,
  pauseMs: pauseMs / SHORTER,
  /** A pause after each change that comes alone. */
  busyPerSecond: 1,
  judgedMs: 0,
  presentLines: 1,
  heldMs: heldMs / SHORTER,
  notInstalledMs: notInstalledMs / SHORTER,
  unauthorizedGraceMs: unauthorizedGraceMs / SHORTER,
};

const OUR_GROUP = new RegExp(`(?<![\\w.-])${GROUP.replaceAll(".", "\\.")}/`, "g");

/** One request and what came of it. */
export interface Asking {
  readonly exchange: Exchange;
  readonly atMs: number;
  /** The newest version among the whole lines, or of the list, that were handed to the client. */
  delivered: string | undefined;
  /** The server itself said that the version is gone. */
  expired: boolean;
}

export interface RunSettings {
  readonly clusterName: string;
  readonly edition: string;
  readonly operatorVersion: string;
}

export class FaultRun {
  readonly kind: FaultKind;
  readonly source: ReflectorSource;
  /** The group in which this run's MigrationStatus stands. */
  readonly group: string;
  readonly asked: readonly Asking[];
  readonly judged: MigrationStatusStatus[] = [];
  readonly lines: Line[];
  readonly #operator: Operator;
  readonly #proxy: FaultyProxy;
  readonly #client: KubeClient;

  private constructor(kind: FaultKind, source: ReflectorSource, parts: Parts, settings: RunParts) {
    this.kind = kind;
    this.source = source;
    this.group = groupOf(kind);
    this.asked = parts.asked;
    this.#proxy = parts.proxy;
    this.#client = parts.client;
    const { log, lines } = recordingLog();
    this.lines = lines;
    this.#operator = new Operator({
      client: parts.client,
      data: settings.data,
      log,
      clock: settings.clock,
      settings: { ...settings.settings, instance: kind.name },
      assessed: ({ status }) => this.judged.push(status),
      reflectorSource: source,
      timings: {
        reflector: QUICK,
        writeIntervalMs: WRITE_INTERVAL_MS,
        countIntervalMs: 1_000,
        unavailableGraceMs: 600,
        retry: { ...QUICK.backoff, firstMs: 10 },
      },
    });
  }

  static async start(cp: ControlPlane, kind: FaultKind, source: ReflectorSource, settings: RunParts): Promise<FaultRun> {
    const asked: Asking[] = [];
    const byExchange = new Map<Exchange, Recorder>();
    const group = groupOf(kind);
    const proxy = await startFaultyProxy(cp, {
      // Only where it is an API group: in a message that was read, and is written again, it would grow each time.
      rewrite: (text) => text.replaceAll(OUR_GROUP, `${group}/`),
      asked: (exchange) => {
        const asking: Asking = { exchange, atMs: performance.now(), delivered: undefined, expired: false };
        asked.push(asking);
        byExchange.set(exchange, new Recorder(asking));
      },
      passed: (exchange, piece) => byExchange.get(exchange)?.hear(piece),
    });
    const turns = new Map<string, number>();
    proxy.fault = (method, url) => {
      const watch = url.searchParams.get("watch") === "true";
      const key = `${method} ${url.pathname} ${watch}`;
      const turn = (turns.get(key) ?? 0) + 1;
      turns.set(key, turn);
      // By its turn, not by when it came: at a replay the same request meets the same fault.
      return kind.strike({ method, url, watch }, new Random(`${settings.seed} ${kind.name} ${key} ${turn}`));
    };
    const client = await clientThrough(cp, proxy.url, {
      version: `0.0.0-${kind.name}`,
      timeoutMs: QUICK.openDeadlineMs,
      readDeadlineMs: QUICK.readDeadlineMs,
    });
    const run = new FaultRun(kind, source, { proxy, client, asked }, settings);
    run.#operator.start();
    return run;
  }

  /** The network is whole again; connections that hang go on hanging. */
  calm(): void {
    this.#proxy.fault = () => undefined;
  }

  async stop(): Promise<void> {
    await this.#operator.stop();
    this.#client.close();
    await this.#proxy.close();
  }
}

interface Parts {
  readonly proxy: FaultyProxy;
  readonly client: KubeClient;
  readonly asked: readonly Asking[];
}

export interface RunParts {
  readonly seed: number;
  readonly data: Data;
  readonly clock: () => Date;
  readonly settings: RunSettings;
}

export function groupOf(kind: FaultKind): string {
  return `${kind.name}.${GROUP}`;
}

const VERSION = /"resourceVersion":"(\d+)"/;
const VERSIONS = new RegExp(VERSION, "g");
const EXPIRED = /"code":410\b/;
const LONGEST_VERSION = 60;

/** Notes which versions an answer has brought. */
class Recorder {
  readonly #asking: Asking;
  readonly #watch: boolean;
  #rest = "";
  #broken = false;

  constructor(asking: Asking) {
    this.#asking = asking;
    this.#watch = asking.exchange.url.searchParams.get("watch") === "true";
  }

  hear(piece: Buffer): void {
    const text = this.#rest + piece.toString("latin1");
    this.#asking.expired ||= EXPIRED.test(text);
    if (!this.#watch) {
      // No item of a list is newer than the list, which may name its own version before or behind them.
      for (const [, version] of text.matchAll(VERSIONS))
        if (isOlder(this.#asking.delivered ?? "0", version)) this.#asking.delivered = version;
      this.#rest = text.slice(-LONGEST_VERSION);
      return;
    }
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#hearLine(line);
  }

  /** Behind a line that is no JSON, nothing counts. */
  #hearLine(line: string): void {
    this.#broken ||= !isJson(line);
    const version = VERSION.exec(line)?.[1];
    if (!this.#broken && version !== undefined) this.#asking.delivered = version;
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
