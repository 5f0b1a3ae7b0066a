/**
 * One seed: the same steps for an operator behind each kind of fault, at once. When the faults are over, each status must be what a fresh
 * list is judged to be, and stay so. Starts no control plane.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { GROUP } from "../../src/api/group.ts";
import { MigrationStatus } from "../../src/api/migration-status.ts";
import type { Look } from "../../src/assess/look.ts";
import { builtInData, DEFAULT_EDITION } from "../../src/data/built-in-data.ts";
import { applyManifests } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { timetable } from "../integration/operator/manifests.ts";
import { FAULT_KINDS, type FaultKind } from "./fault-kinds.ts";
import { FaultRun, groupOf } from "./fault-run.ts";
import { freshAssessment, freshLook } from "./fresh-assessment.ts";
import { violationsOf } from "./invariants.ts";
import { Random } from "./random.ts";
import { CRDS_PATH, World } from "./world.ts";

/** Far more than the longest back-off and the longest watch take here. */
const SETTLE_MS = 60_000;
const POLL_MS = 100;

/** Nothing may be written for so long once all is right. */
const QUIET_MS = 500;

const COMPACT_MS = 200;

const NOW = Date.parse("2026-11-23T08:00:00Z");
const SETTINGS = { clusterName: "test", edition: DEFAULT_EDITION, operatorVersion: "0.1.0" };
const data = builtInData();

export interface Round {
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly steps: number;
  /** Compacts etcd all the while. */
  readonly compact: boolean;
}

/** What came of one kind. */
export interface Outcome {
  readonly kind: string;
  readonly violations: readonly string[];
  /** For people: how much there was to go wrong. */
  readonly requests: number;
  readonly struck: number;
  readonly judged: number;
}

/** Installs our CRDs once for each kind, and the MigrationTimetables that specs refer to. */
export async function prepareRounds(cp: ControlPlane, kinds: readonly FaultKind[]): Promise<void> {
  const crds = await readFile("crds/crds.yaml", "utf8");
  const timetables = [
    timetable("early", { edition: "2021-06-28" }),
    timetable("dated", { edition: "2021-06-28", dates: { 4: "2021-09-01" } }),
  ];
  await Promise.all(
    kinds.map(async (kind) => {
      const own = (text: string) => text.replaceAll(GROUP, groupOf(kind));
      for (const text of [crds, ...timetables.map((object) => JSON.stringify(object))]) {
        const { refused } = await applyManifests(cp, own(text));
        if (refused.length > 0) throw new Error(`${kind.name}: ${JSON.stringify(refused)}`);
      }
    }),
  );
}

/** More at once would starve each other on two cores: their deadlines would be the fault then. */
const TOGETHER = 13;

/** @returns what came of each kind, in their order */
export async function playRound(cp: ControlPlane, round: Round): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let first = 0; first < round.kinds.length; first += TOGETHER)
    outcomes.push(...(await playTogether(cp, { ...round, kinds: round.kinds.slice(first, first + TOGETHER) })));
  return outcomes;
}

async function playTogether(cp: ControlPlane, round: Round): Promise<Outcome[]> {
  const offsetMs = NOW - Date.now();
  const clock = () => new Date(Date.now() + offsetMs);
  const random = new Random(`steps ${round.seed}`);
  const world = new World(cp, random);
  await world.begin();
  const startMs = performance.now();
  const runs = await Promise.all(
    round.kinds.map((kind) =>
      // Each kind meets both sources in two seeds that follow each other.
      FaultRun.start(cp, kind, (FAULT_KINDS.indexOf(kind) + round.seed) % 2 === 0 ? "table" : "full", {
        seed: round.seed,
        data,
        clock,
        settings: SETTINGS,
      }),
    ),
  );
  try {
    await whileCompacting(cp, round.compact, () => playSteps(cp, world, runs, random, round.steps));
    for (const run of runs) run.calm();
    await editSpecs(cp, runs, {});
    const unsettled = await settle(cp, runs, clock);
    const seconds = (performance.now() - startMs) / 1000;
    return await Promise.all(
      runs.map(async (run) => {
        const struck = run.asked.filter(({ exchange }) => exchange.faulty).length;
        const events = await eventsOf(cp, run);
        const violations = [
          ...(unsettled.get(run) ?? []),
          ...(struck === 0 ? ["tried: it never struck, which proves nothing"] : []),
          ...violationsOf({ run, appeared: world.appeared, events, seconds }),
        ];
        return { kind: run.kind.name, violations, requests: run.asked.length, struck, judged: run.judged.length };
      }),
    );
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
    await Promise.all(runs.map((run) => cp.request("DELETE", singletonOf(run))));
    await world.end();
    await untilGone(cp);
  }
}

async function playSteps(cp: ControlPlane, world: World, runs: readonly FaultRun[], random: Random, steps: number): Promise<void> {
  for (let step = 1; step <= steps; step += 1) {
    await world.step(step);
    if (random.chance(0.05)) await editSpecs(cp, runs, random.pick(SPECS));
    if (random.chance(0.02)) await editTimetables(cp, runs, random.between(1, 28));
    // Bursts, with pauses in which watches end and waits pass.
    if (random.chance(0.2)) await sleep(random.between(20, 250));
  }
}

/** What an administrator decides in the middle of it. Only what no step touches is ignored: what is no longer ignored is told of anew. */
const SPECS = [
  {},
  { suspend: true },
  { timetableRef: { name: "early" } },
  { timetableRef: { name: "dated" } },
  { ignore: [{ namespace: "north", name: "lasting-source-controller", reason: "known" }] },
] as const;

const MERGE = "application/merge-patch+json";
const singletonOf = ({ group }: FaultRun) => `/apis/${group}/v1alpha1/migrationstatuses/cluster`;
const timetablesOf = ({ group }: FaultRun) => `/apis/${group}/v1alpha1/migrationtimetables`;

/** Where the operator has not been able to make the object yet, there is nothing to edit. */
async function editSpecs(cp: ControlPlane, runs: readonly FaultRun[], spec: object): Promise<void> {
  const patch = { spec: { suspend: null, timetableRef: null, ignore: null, ...spec } };
  await Promise.all(runs.map((run) => cp.request("PATCH", singletonOf(run), patch, MERGE)));
}

async function editTimetables(cp: ControlPlane, runs: readonly FaultRun[], day: number): Promise<void> {
  const patch = { spec: { dates: { 4: `2021-09-${String(day).padStart(2, "0")}` } } };
  await Promise.all(runs.map((run) => cp.request("PATCH", `${timetablesOf(run)}/dated`, patch, MERGE)));
}

async function whileCompacting(cp: ControlPlane, compact: boolean, act: () => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const compacting = (async () => {
    while (compact && !ended.signal.aborted) {
      await cp.compact();
      await sleep(COMPACT_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  try {
    await act();
  } finally {
    ended.abort();
    await compacting;
  }
}

/**
 * Waits until each status is right and nobody writes any more: an operator whose answers drip in may be right for a moment before it has
 * seen what happened in between. @returns what is wrong, by run
 */
async function settle(cp: ControlPlane, runs: readonly FaultRun[], clock: () => Date): Promise<Map<FaultRun, string[]>> {
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const before = new Map(runs.map((run) => [run, writesOf(run)]));
    const look = await freshLook(cp, data);
    const wrong = new Map<FaultRun, string[]>();
    for (const run of runs) {
      const why = await wrongWith(cp, run, look, clock());
      if (why !== undefined) wrong.set(run, [`reliable: ${why}`]);
    }
    await sleep(wrong.size === 0 ? QUIET_MS : POLL_MS);
    for (const run of wrong.size === 0 ? runs : []) {
      const more = writesOf(run) - (before.get(run) ?? 0);
      if (more > 0) wrong.set(run, [`quiet: ${more} writes when all was right`]);
    }
    if (wrong.size === 0 || performance.now() > endMs) return wrong;
  }
}

const writesOf = (run: FaultRun) => run.asked.filter(({ exchange }) => exchange.method !== "GET").length;

async function wrongWith(cp: ControlPlane, run: FaultRun, look: Look, now: Date): Promise<string | undefined> {
  const answer = await cp.request("GET", singletonOf(run));
  if (answer.status !== 200) return `no MigrationStatus: ${answer.status}`;
  const object = MigrationStatus.parse(answer.body);
  const { items } = z.looseObject({ items: z.array(z.looseObject({})) }).parse((await cp.request("GET", timetablesOf(run))).body);
  const { status } = freshAssessment(look, object, items, { data, settings: SETTINGS, now });
  const wanted: unknown = JSON.parse(JSON.stringify(status));
  return isDeepStrictEqual(object.status, wanted)
    ? undefined
    : `the status is not that of a fresh list: ${difference(object.status, wanted)}`;
}

/** The first part that differs, for people. */
function difference(found: unknown, wanted: unknown): string {
  const [one, other] = [found, wanted].map((value) =>
    typeof value === "object" && value !== null ? new Map(Object.entries(value)) : new Map(),
  );
  const keys = new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])]);
  const key = [...keys].find((name) => !isDeepStrictEqual(one?.get(name), other?.get(name)));
  if (key === undefined) return `found ${JSON.stringify(found)}, want ${JSON.stringify(wanted)}`;
  return `${key}: found ${JSON.stringify(one?.get(key))}, want ${JSON.stringify(other?.get(key))}`.slice(0, 2_000);
}

const Events = z.object({
  items: z.array(z.looseObject({ reason: z.string(), message: z.string(), involvedObject: z.looseObject({ apiVersion: z.string() }) })),
});

async function eventsOf(cp: ControlPlane, run: FaultRun) {
  const { body } = await cp.request("GET", "/api/v1/namespaces/default/events");
  return Events.parse(body).items.filter(({ involvedObject }) => involvedObject.apiVersion.startsWith(`${run.group}/`));
}

/** A CRD goes some moments after it was deleted; the next round makes it again. */
async function untilGone(cp: ControlPlane): Promise<void> {
  await cp.request("DELETE", "/api/v1/namespaces/default/events");
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await cp.request("GET", CRDS_PATH);
    const { items } = z.looseObject({ items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })) }).parse(body);
    if (!items.some(({ metadata }) => metadata.name.endsWith("fluxcd.io"))) return;
    await sleep(POLL_MS);
  }
  throw new Error("the CRDs of Flux are not gone after 20 s");
}
