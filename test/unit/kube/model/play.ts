/**
 * Plays a sequence to a reflector of either source, over the model's bytes: at each look both sets have to equal what a plain parse of
 * everything finds, and in between nothing may be shown that never was.
 */
import { builtInData } from "../../../../src/data/built-in-data.ts";
import { needles } from "../../../../src/detect/catalogue.ts";
import { detectWorkload } from "../../../../src/detect/component.ts";
import type { KubeLog } from "../../../../src/kube/log.ts";
import { createReflector, type Reflector, type ReflectorSource, type ReflectorTimings } from "../../../../src/kube/reflector.ts";
import { TABLES_AGAIN_MS } from "../../../../src/kube/table-first.ts";
import { objectName } from "../../../../src/operator/watch-context.ts";
import type { ModelObject } from "./frames.ts";
import { changeWorld, isWorldStep, type Step, type WireStep } from "./sequence.ts";
import { ModelServer } from "./server.ts";
import { DAYS_MS, ModelTime } from "./time.ts";
import { type Snapshot, World } from "./world.ts";

/** One kept object, as text: what stands in it is compared whole. */
export type KeptText = string;

const { catalogue, managers } = builtInData();
export const NEEDLES = needles(catalogue);

/** Judges as the operator does. */
export function keepText(object: unknown): KeptText | undefined {
  const reading = detectWorkload(object, "Deployment", catalogue, managers);
  if (reading.at === "Read" && reading.components.length === 0) return undefined;
  return `${objectName(object)} ${JSON.stringify(reading)}`;
}

/** What a plain parse of everything finds. Everything is looked at again and again: it is remembered. */
const kept = new WeakMap<Snapshot, ReadonlySet<KeptText>>();
const judged = new WeakMap<ModelObject, KeptText | undefined>();

function keptIn(snapshot: Snapshot): ReadonlySet<KeptText> {
  const known = kept.get(snapshot);
  if (known) return known;
  const found = new Set([...snapshot.objects.values()].flatMap((object) => plainly(object) ?? []));
  kept.set(snapshot, found);
  return found;
}

function plainly(object: ModelObject): KeptText | undefined {
  if (!judged.has(object)) judged.set(object, keepText(JSON.parse(object.whole)));
  return judged.get(object);
}

export const BOTH_SOURCES: readonly ReflectorSource[] = ["table", "full"];

export interface Side {
  readonly source: ReflectorSource;
  readonly server: ModelServer;
  readonly reflector: Reflector<KeptText>;
}

const QUIET_LOG: KubeLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A world, and one reflector of each source that looks at it. */
export class Play {
  readonly world = new World();
  readonly time = new ModelTime();
  readonly sides: readonly Side[];
  /** The version at which both sets were last seen to be true. */
  #trueAt = 100;
  #wrong: Error | undefined;

  constructor(
    sources: readonly ReflectorSource[],
    { log = QUIET_LOG, timings = {} }: { log?: KubeLog; timings?: Partial<ReflectorTimings> } = {},
  ) {
    this.sides = sources.map((source) => this.#side(source, log, timings));
    this.world.changed = (change) => {
      for (const { server } of this.sides) server.tell(change);
    };
  }

  #side(source: ReflectorSource, log: KubeLog, timings: Partial<ReflectorTimings>): Side {
    const server = new ModelServer(this.world);
    const reflector = createReflector<KeptText>({
      client: server,
      resource: { group: "apps", version: "v1", plural: "deployments" },
      alwaysServed: true,
      log,
      clock: () => new Date(this.time.nowMs()),
      form: "Object",
      needles: NEEDLES,
      table: "Images",
      source,
      keep: keepText,
      changed: () => this.#judgeShown(source, reflector),
      // What looks after an open watch from time to time would never let it come to rest.
      timings: { pageObjects: 2, checkMs: { least: 2 * DAYS_MS, most: 2 * DAYS_MS }, ...timings },
      time: this.time,
    });
    return { source, server, reflector };
  }

  /** Begins, takes all steps, looks, and ends. */
  async run(steps: readonly Step[]): Promise<void> {
    this.start();
    try {
      for (const wanted of steps) await this.take(wanted);
      await this.look();
    } finally {
      await this.stop();
    }
  }

  start(): void {
    for (const { reflector } of this.sides) reflector.start();
  }

  async stop(): Promise<void> {
    for (const { server } of this.sides) server.release();
    await Promise.all(this.sides.map(({ reflector }) => reflector.stop()));
  }

  /** Waits until both have read all there is, and compares. */
  async look(): Promise<void> {
    for (const { server } of this.sides) server.release();
    await this.time.untilQuiet();
    if (this.#wrong) throw this.#wrong;
    const truth = JSON.stringify([...keptIn(this.world.at(this.world.version))].toSorted());
    for (const { source, server, reflector } of this.sides) {
      if (!server.watching) throw new Error(`${source}: watches nothing, after ${server.asked.join("; ")}`);
      const shown = JSON.stringify(reflector.items().toSorted());
      if (shown !== truth) throw new Error(`${source}: keeps ${shown}\nthere is ${truth}\nasked: ${server.asked.join("; ")}`);
    }
    this.#trueAt = this.world.version;
  }

  async take(wanted: Step): Promise<void> {
    if (isWorldStep(wanted)) {
      changeWorld(this.world, wanted);
      return;
    }
    switch (wanted.does) {
      case "look":
        await this.look();
        break;
      case "turn":
        await this.time.turn();
        break;
      case "passBy":
        this.world.passBy();
        break;
      case "compact":
        this.world.compact();
        break;
      case "hour":
        this.time.jump(TABLES_AGAIN_MS);
        break;
      case "second":
        this.time.jump(1_000);
        break;
      default:
        for (const side of this.sides) disturb(side, wanted);
    }
  }

  /** What is shown between two looks has been true at some time between them, object for object. */
  #judgeShown(source: ReflectorSource, reflector: Reflector<KeptText>): void {
    if (reflector.state().at !== "Synced") return;
    const times = this.world.since(this.#trueAt).map(keptIn);
    const shown = new Set(reflector.items());
    const never = [...shown].find((text) => !times.some((then) => then.has(text)));
    const lost = [...(times[0] ?? [])].find((text) => !shown.has(text) && times.every((then) => then.has(text)));
    if (never !== undefined) this.#wrong ??= new Error(`${source}: showed what was nowhere since the last look: ${never}`);
    if (lost !== undefined) this.#wrong ??= new Error(`${source}: lost for a moment what was there all the time: ${lost}`);
  }
}

function disturb(
  { server, reflector }: Side,
  wanted: Exclude<WireStep, { does: "look" | "turn" | "passBy" | "compact" | "hour" | "second" }>,
): void {
  switch (wanted.does) {
    case "bookmark":
      server.bookmark();
      break;
    case "end":
      server.endWatches();
      break;
    case "relist":
      reflector.relist();
      break;
    case "hold":
      server.hold();
      break;
    case "release":
      server.release();
      break;
    case "raw":
      server.rawNext = true;
      break;
    case "garbage":
      server.say('{"type":"ADDED","object":{"kind":"Deployment"\n');
      break;
    case "cut":
      server.cutAfter(wanted.afterBytes);
      break;
    case "fail":
      server.fail(wanted.asked, wanted.failure);
      break;
    case "lag":
      server.lag = wanted.versions;
      break;
    case "pieces":
      server.pieceBytes = wanted.bytes;
      break;
    case "gone":
      server.gone = wanted.told;
      break;
    case "tables":
      server.tables = wanted.served;
      break;
    default:
      wanted satisfies never;
  }
}
