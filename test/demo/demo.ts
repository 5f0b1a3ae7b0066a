/**
 * What the demo shows, in which order: the timetable's heart, a migration row by row, then every change until Ctrl-C; or somebody's own
 * manifests. How a step is played stands in migration.ts, how a row is had in rows.ts.
 */
import { dump } from "js-yaml";
import type { Summary } from "../../src/api/migration-status.ts";
import type { Data } from "../../src/data/read-data.ts";
import { dayOf } from "../../src/timetable/day.ts";
import type { Edition } from "../../src/timetable/edition.ts";
import { heart } from "./heart.ts";
import { applySources, type Source } from "./manifests.ts";
import { STEPS } from "./migration.ts";
import { type Row, readRows, sameRows } from "./rows.ts";
import { note, quiet, Screen, say, titled } from "./screen.ts";
import { Stage } from "./stage.ts";

export const OUTPUTS = ["json", "yaml", "wide"] as const;

/** What the command line asks for, checked. */
export interface Wish {
  readonly data: Data;
  readonly edition: Edition;
  readonly clock: () => Date;
  readonly at?: string;
  readonly once: boolean;
  readonly output?: (typeof OUTPUTS)[number];
  /** Somebody's own manifests; ours, and the migration, where there are none. */
  readonly sources?: readonly Source[];
}

/**
 * Resolves when there is no more to show, or when it was asked to end; nothing that it started is left then.
 * @returns the exit code: 1 where a manifest was refused
 * @throws what a person must know: no control plane, a server that ended, a status that does not come
 */
export async function demo(wish: Wish, asked: AbortSignal): Promise<number> {
  const whole = wish.output === "json" || wish.output === "yaml";
  if (!whole && wish.sources === undefined) say(`${heart(wish.data, wish.edition)}\n`);
  const ended = new Promise<undefined>((resolve) => asked.addEventListener("abort", () => resolve(undefined)));
  const opening = Stage.open(wish, note);
  const stage = await Promise.race([opening, ended]);
  if (stage === undefined) {
    // Why a start that nobody waits for any more fails is of no interest.
    opening.catch(() => undefined);
    return 0;
  }
  const died = stage.controlPlane.died.then((what) => {
    throw new Error(what);
  });
  try {
    const code = await Promise.race([whole ? printWhole(stage, wish) : show(stage, wish), ended, died]);
    return code ?? stage.refused;
  } finally {
    if (!wish.once && !whole) note("Ending: the operator first, then the control plane with all that is in it.");
    await stage.stop();
  }
}

async function show(stage: Stage, wish: Wish): Promise<number> {
  const screen = new Screen(wish.output === "wide" ? "All" : "Short");
  let rows: Row[];
  if (wish.sources === undefined) {
    say(
      titled(
        `A migration as of ${dayOf(wish.clock())}, on Kubernetes ${stage.controlPlane.version}, with the row that kubectl prints for each step`,
      ),
    );
    rows = await play(stage, wish, screen);
  } else {
    await applyTheirs(stage, wish.sources);
    rows = await showRow(stage, screen, (await stage.settled("a status of any kind", () => true)).summary);
  }
  if (wish.once) return stage.refused;
  say(`\n${whatNow(stage, wish)}`);
  return await follow(stage, screen, rows);
}

async function play(stage: Stage, wish: Wish, screen: Screen): Promise<Row[]> {
  let rows: Row[] = [];
  for (const [index, step] of (wish.once ? STEPS.slice(0, 1) : STEPS).entries()) {
    say(`\n${titled(`${index + 1}. ${step.title}`)}${step.command === undefined ? "" : quiet(`   $ ${step.command}`)}`);
    await step.act(stage.controlPlane);
    stage.startOperator();
    rows = await showRow(stage, screen, (await stage.settled(step.title, step.reflected)).summary);
  }
  return rows;
}

async function showRow(stage: Stage, screen: Screen, summary: Summary): Promise<Row[]> {
  const rows = await readRows(stage, screen.columns);
  screen.rows(rows);
  screen.sentence(summary.message);
  return rows;
}

async function applyTheirs(stage: Stage, sources: readonly Source[]): Promise<void> {
  const { applied, refused } = await applySources(stage.controlPlane, sources);
  for (const { file, what, why } of refused) note(`refused: ${file}: ${what}: ${why}`);
  note(`applied ${applied} of ${applied + refused.length} manifests`);
  if (refused.length > 0) stage.refused = 1;
  stage.startOperator();
}

/** Alone on standard output: a program reads it. */
async function printWhole(stage: Stage, wish: Wish): Promise<number> {
  if (wish.sources === undefined) {
    await STEPS[0]?.act(stage.controlPlane);
    stage.startOperator();
  } else {
    await applyTheirs(stage, wish.sources);
  }
  const { metadata, ...rest } = (await stage.settled("a status of any kind", () => true)).object;
  const { managedFields: _, ...shown } = metadata;
  const { apiVersion, kind, ...parts } = rest;
  const object = { apiVersion, kind, metadata: shown, ...parts };
  say(wish.output === "json" ? JSON.stringify(object, undefined, 2) : dump(object, { lineWidth: -1 }).trimEnd());
  return stage.refused;
}

function whatNow(stage: Stage, { sources }: Wish): string {
  return [
    "The control plane stays, and each change of the row is printed here until Ctrl-C. Try in another terminal:",
    `  export KUBECONFIG=${stage.controlPlane.kubeconfig}`,
    "  kubectl describe migrationstatus cluster",
    ...(sources === undefined ? ["  kubectl apply --server-side -f test/demo/manifests/fluxd.yaml   # Flux 1 comes back"] : []),
  ].join("\n");
}

/** Never resolves: it is the end of the process that ends it. */
async function follow(stage: Stage, screen: Screen, shown: readonly Row[]): Promise<number> {
  let last = shown;
  for (;;) {
    // Asked for before the rows are read, or what happens meanwhile would be missed.
    const status = await stage.status();
    const rows = await readRows(stage, screen.columns);
    if (!sameRows(last, rows)) {
      say(`\n${new Date().toISOString().slice(11, 19)} UTC`);
      screen.rows(rows);
      screen.sentence(status?.status.summary?.message ?? "");
      last = rows;
    }
    await stage.changed(status);
  }
}
