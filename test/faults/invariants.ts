/** What must hold of a run, whatever failed: over what was asked, judged and written. Each violation is one sentence. Plays nothing. */
import * as z from "zod";
import { MigrationStatusStatus, type Transition } from "../../src/api/migration-status.ts";
import { isOlder } from "../../src/kube/resource-version.ts";
import { type Asking, type FaultRun, QUICK, WRITE_INTERVAL_MS } from "./fault-run.ts";
import { newlyTold } from "./newly-told.ts";

export interface Witnessed {
  readonly run: FaultRun;
  /** How often each component of Flux 1 came, as `fluxd in north/flux`. */
  readonly appeared: ReadonlyMap<string, number>;
  /** Messages of the Events about this run's MigrationStatus. */
  readonly events: readonly Pick<Transition, "reason" | "message">[];
  readonly seconds: number;
}

type Invariant = (witnessed: Witnessed) => string[];

/** The look never goes back: the number of the step that an image names only grows, and what is gone comes back as something new. */
const ordered: Invariant = ({ run }) => {
  const newest = new Map<string, { step: number; there: boolean }>();
  const violations: string[] = [];
  for (const status of run.judged) {
    const shown = new Map(
      (status.inventory?.components ?? []).map(({ namespace, workload, version }) => [
        `${workload.kind} ${namespace}/${workload.name}`,
        Number(/(\d+)$/.exec(version)?.[1]),
      ]),
    );
    for (const [key, step] of shown) {
      const before = newest.get(key);
      if (before && (step < before.step || (!before.there && step === before.step)))
        violations.push(`ordered: ${key} was shown at step ${step} after step ${before.step}${before.there ? "" : ", when it was gone"}`);
      newest.set(key, { step, there: true });
    }
    for (const [key, { step }] of newest) if (!shown.has(key)) newest.set(key, { step, there: false });
  }
  return violations;
};

const Applied = z.looseObject({ status: MigrationStatusStatus });

function writes({ run }: Witnessed): Asking[] {
  return run.asked.filter(
    ({ exchange: { method, url } }) => method === "PATCH" && url.pathname.endsWith("/migrationstatuses/cluster/status"),
  );
}

/** Each transition that a write told for the first time. */
function transitions(witnessed: Witnessed): Transition[] {
  let before: readonly Transition[] = [];
  return writes(witnessed)
    .filter(({ exchange }) => exchange.status === 200)
    .flatMap(({ exchange }) => {
      // A write that only acknowledges a suspended spec holds no history.
      const history = Applied.safeParse(JSON.parse(exchange.body)).data?.status.history;
      if (history === undefined) return [];
      const fresh = newlyTold(before, history);
      before = history;
      return fresh;
    });
}

/** Nothing is told more often than it happened. */
const unique: Invariant = (witnessed) => {
  const told = transitions(witnessed);
  return [
    ...toldTooOften("history", told, witnessed.appeared),
    ...toldTooOften("Events", witnessed.events, witnessed.appeared),
    ...twice(told),
  ];
};

function toldTooOften(where: string, told: Witnessed["events"], appeared: Witnessed["appeared"]): string[] {
  const names = told
    .filter(({ reason }) => reason === "Flux1Detected")
    .flatMap(({ message }) => message.match(/[\w-]+ in [\w-]+\/[\w-]+/g) ?? []);
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return Array.from(times).flatMap(([name, count]) => {
    const came = appeared.get(name) ?? 0;
    return count > came ? [`unique: ${where} told ${count} times of ${name}, which came ${came} times`] : [];
  });
}

/** What comes in turns is not told twice in a row. */
function twice(told: readonly Transition[]): string[] {
  const last = new Map<string, Transition>();
  return told.flatMap((transition) => {
    const family = transition.reason.startsWith("Access") ? "Access" : transition.reason;
    const before = last.get(family);
    last.set(family, transition);
    const same = before?.reason === transition.reason && before.message === transition.message;
    return same && family !== "Flux1Detected"
      ? [`unique: told twice in a row: ${transition.reason}: ${transition.message} (${before?.time}, ${transition.time})`]
      : [];
  });
}

interface Collection {
  readonly path: string;
  readonly asked: readonly Asking[];
}

/** What was asked of each kind that is watched: watches, lists, and the small lists that check a version. */
function collections({ run }: Witnessed): Collection[] {
  const paths = new Set(run.asked.filter(isWatch).map(pathOf));
  return Array.from(paths, (path) => ({
    path,
    asked: run.asked.filter((asking) => pathOf(asking) === path && asking.exchange.method === "GET" && !parameter(asking, "fieldSelector")),
  }));
}

const pathOf = ({ exchange }: Asking) => exchange.url.pathname;
const parameter = ({ exchange }: Asking, name: string) => exchange.url.searchParams.get(name);
const isWatch = (asking: Asking) => parameter(asking, "watch") === "true";
const isList = (asking: Asking) => !isWatch(asking) && parameter(asking, "limit") !== "1";

/** A watch goes on where the last good line ended: neither behind the watch before it, nor beyond what was handed over. */
const resumable: Invariant = (witnessed) => collections(witnessed).flatMap(({ path, asked }) => resumes(path, asked, witnessed));

function resumes(path: string, asked: readonly Asking[], { run }: Witnessed): string[] {
  const mayListAgain = run.kind.mayListAgain || COMES_AND_GOES.test(path);
  let from: string | undefined;
  let delivered: string | undefined;
  // A list that failed is tried again, and has pages: only the first one after a watch needs a reason.
  let mayList = true;
  return asked.flatMap((asking) => {
    const before = delivered;
    const allowed = mayList;
    if (asking.delivered !== undefined && !isOlder(asking.delivered, delivered)) delivered = asking.delivered;
    if (isList(asking)) {
      mayList = true;
      return allowed || mayListAgain ? [] : [`resumable: ${path} was listed again after a watch`];
    }
    mayList = asking.expired || (allowed && !isWatch(asking));
    if (!isWatch(asking)) return [];
    const last = from;
    from = parameter(asking, "resourceVersion") ?? "";
    if (isOlder(from, last)) return [`resumable: ${path} was watched from ${from} after a watch from ${last}`];
    return isOlder(before ?? "0", from) ? [`resumable: ${path} was watched from ${from}, and only ${before} had come`] : [];
  });
}

/** A CRD that comes again begins with a list. */
const COMES_AND_GOES = /\/(helmreleases|kustomizations)$/;

/** So many tries follow each other before a back-off has come to its longest wait. */
const STEPS_OF_BACKOFF = 8;

/** A try is a check and a watch, or a list; either is asked twice after a 401 and on a stale connection, and as a Table and whole. */
const REQUESTS_OF_TRY = 3;

/** However it fails, a kind is asked for no more often than its back-off lets. */
const noStorm: Invariant = (witnessed) => {
  const tries = STEPS_OF_BACKOFF + (witnessed.seconds * 1000) / QUICK.backoff.capMs;
  const most = Math.ceil(tries * REQUESTS_OF_TRY);
  const asked = collections(witnessed).flatMap((collection) => {
    const requests = collection.asked.filter((asking) => !parameter(asking, "continue"));
    return requests.length > most ? [`no storm: ${requests.length} requests for ${collection.path}; want ${most} at most`] : [];
  });
  const wrote = writes(witnessed).length;
  const mostWrites = 5 + (witnessed.seconds * 1000) / WRITE_INTERVAL_MS;
  return wrote > mostWrites ? [...asked, `no storm: ${wrote} writes in ${witnessed.seconds} s`] : asked;
};

/** No error is one of ours. */
const noBug: Invariant = ({ run }) =>
  run.lines.flatMap(({ level, sentence, fields }) => (level === "error" ? [`no bug: ${sentence} ${JSON.stringify(fields)}`] : []));

const INVARIANTS: readonly Invariant[] = [ordered, unique, resumable, noStorm, noBug];

export function violationsOf(witnessed: Witnessed): string[] {
  return INVARIANTS.flatMap((invariant) => invariant(witnessed));
}
