/**
 * Sequences of events: what happens in a cluster and on the way to it. Each is played to a reflector of either source, over the model's
 * bytes; at each look both sets have to equal what a plain parse of everything finds, and in between nothing may be shown that never was.
 */
import * as fc from "fast-check";
import { loadData } from "../../../../src/data/load.ts";
import { needles } from "../../../../src/detect/catalogue.ts";
import { detectWorkload } from "../../../../src/detect/component.ts";
import type { KubeLog } from "../../../../src/kube/log.ts";
import { createReflector, type Reflector, type ReflectorSource } from "../../../../src/kube/reflector.ts";
import { TABLES_AGAIN_MS } from "../../../../src/kube/table-first.ts";
import { objectName } from "../../../../src/operator/watch-context.ts";
import type { ModelObject, Shape } from "./frames.ts";
import { type Asked, type Failure, ModelServer } from "./server.ts";
import { ModelTime } from "./time.ts";
import { type Snapshot, World } from "./world.ts";

export type Place = readonly [namespace: string, name: string];

/** What happens in the cluster. */
export type WorldStep =
  | { does: "create" | "recreate"; place: Place; shape: Shape }
  | { does: "update"; place: Place; shape?: Shape | undefined }
  | { does: "remove"; place: Place }
  | { does: "rename"; place: Place; to: Place };

/** One member a word, so that a switch over them is whole. */
type Doing<Word> = Word extends string ? { does: Word } : never;

/** What happens between the cluster and us. */
export type WireStep =
  | Doing<"look" | "turn" | "passBy" | "bookmark" | "end" | "compact" | "relist" | "hold" | "release" | "raw" | "garbage" | "hour">
  | { does: "cut"; afterBytes: number }
  | { does: "fail"; asked: Asked; failure: Failure }
  | { does: "lag"; versions: number }
  | { does: "pieces"; bytes: number }
  | { does: "gone"; told: "Answer" | "Frame" }
  | { does: "tables"; served: boolean };

export type Step = WorldStep | WireStep;

/** One kept object, as text: what stands in it is compared whole. */
export type KeptText = string;

const { catalogue, managers } = loadData();
export const NEEDLES = needles(catalogue);

/** Judges as the operator does. */
export function keepText(object: unknown): KeptText | undefined {
  const reading = detectWorkload(object, "Deployment", catalogue, managers);
  if (reading.at === "Read" && reading.components.length === 0) return undefined;
  return `${objectName(object)} ${JSON.stringify(reading)}`;
}

const IMAGES = [
  "nginx:1",
  "ghcr.io/fluxcd/source-controller:v1.9.4",
  "docker.io/fluxcd/flux:1.25.4",
  "docker.io/fluxcd/helm-operator:1.4.4",
  "weaveworks/flux:1.8.1",
  "mirror.example:5000/team/fluxcd/kustomize-controller@sha256:0011",
  // Accepted by the server as they are, and made to be misread.
  "nginx:1,ghcr.io/fluxcd/source-controller:v1.9.4",
  'ghcr.io/fluxcd/notification-controller:v1\n{"type":"DELETED"',
  '"}],"rows":[{"cells":["fluxd","0/1"',
  '","images":"fluxcd/flux',
  "fluxcd/flux\\",
  "<fluxcd/flux>&\u2028\u0000",
  `${"x".repeat(300)}/fluxcd/flux:1`,
  "docker.io/FLUXCD/flux",
  "fluxcd",
  "",
];

const place = fc.tuple(fc.constantFrom("flux-system", "apps"), fc.constantFrom("fluxd", "web", "source-controller"));
const shape: fc.Arbitrary<Shape> = fc.record(
  {
    images: fc.array(fc.constantFrom(...IMAGES), { minLength: 1, maxLength: 2 }),
    command: fc.constantFrom(undefined, ["sleep", "1"], ["fluxd"], ["/bin/fluxd", "--git-url=x"]),
    note: fc.constantFrom(undefined, "fluxcd/flux", '"metadata":{"name":"fluxd"'),
  },
  { requiredKeys: ["images"] },
);
const doing = (...steps: Step[]) => fc.constantFrom(...steps);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant("create" as const), place, shape }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("update" as const), place, shape: fc.option(shape, { nil: undefined }) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("remove" as const), place }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("recreate" as const), place, shape }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("rename" as const), place, to: place }) },
  { weight: 6, arbitrary: doing({ does: "look" }, { does: "turn" }, { does: "turn" }, { does: "passBy" }, { does: "bookmark" }) },
  { weight: 2, arbitrary: doing({ does: "end" }, { does: "compact" }, { does: "relist" }, { does: "hour" }) },
  { weight: 2, arbitrary: doing({ does: "hold" }, { does: "release" }, { does: "raw" }, { does: "garbage" }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("cut" as const), afterBytes: fc.nat(900) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("fail" as const),
      asked: fc.constantFrom<Asked>("List", "Page", "Name", "Watch"),
      failure: fc.constantFrom<Failure>("Expired", "Future", "Busy", "Broken", "Away", "Unauthorized", "Cut", "Refused"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("lag" as const), versions: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("pieces" as const), bytes: fc.constantFrom(50, 700, 65_536) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("gone" as const), told: fc.constantFrom("Answer" as const, "Frame" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("tables" as const), served: fc.boolean() }) },
);

export const sequence: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 2, maxLength: 9 });

export function isWorldStep(wanted: Step): wanted is WorldStep {
  return ["create", "recreate", "update", "remove", "rename"].includes(wanted.does);
}

export function changeWorld(world: World, wanted: WorldStep): void {
  const [namespace, name] = wanted.place;
  switch (wanted.does) {
    case "create":
      world.create(namespace, name, wanted.shape);
      break;
    case "recreate":
      world.remove(namespace, name);
      world.create(namespace, name, wanted.shape);
      break;
    case "update":
      world.update(namespace, name, wanted.shape);
      break;
    case "remove":
      world.remove(namespace, name);
      break;
    case "rename": {
      const moved = world.remove(namespace, name);
      if (moved) world.create(...wanted.to, moved);
      break;
    }
    default:
      wanted satisfies never;
  }
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

  constructor(sources: readonly ReflectorSource[] = BOTH_SOURCES, log: KubeLog = QUIET_LOG) {
    this.sides = sources.map((source) => this.#side(source, log));
    this.world.changed = (change) => {
      for (const { server } of this.sides) server.tell(change);
    };
  }

  #side(source: ReflectorSource, log: KubeLog): Side {
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
      timings: { pageObjects: 2 },
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

function disturb({ server, reflector }: Side, wanted: Exclude<WireStep, { does: "look" | "turn" | "passBy" | "compact" | "hour" }>): void {
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
