/** What a soak came to, line by line: each thing that was counted, and whether it stayed. Measures nothing. */
import type { Sample, SoakResult } from "./soak.ts";
import { isConstant, trendOf, verdictOn } from "./trend.ts";

/** Bytes an hour that the living heap may grow. */
export const HEAP_LIMIT = 1e6;

/** Of the run: code is compiled and memory of patterns filled in the beginning, which is no leak. */
const WARM_SHARE = 0.2;

export interface Line {
  readonly good: boolean;
  readonly text: string;
}

/** Kinds that are watched here: three of workloads, namespaces, CRDs, two of ours, HelmReleases. A socket each, and four for requests. */
export const MOST_SOCKETS = 8 + 4;

/** @param judgesHeap false for a run too short for a verdict on the slope: it is told, and judges nothing */
export function verdictOf(result: SoakResult, judgesHeap: boolean): Line[] {
  const warm = warmed(result.samples);
  return [
    ...(["files", "sockets", "handles"] as const).map((what) => count(what, warm)),
    rested(result),
    heap(warm, judgesHeap),
    ended(result),
  ];
}

export function warmed(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.floor(samples.length * WARM_SHARE));
}

/** A cut takes sockets away for some seconds: of the samples between two cuts, the fullest tells what is held. */
function count(what: "files" | "sockets" | "handles", samples: readonly Sample[]): Line {
  const peaks = Array.from(Map.groupBy(samples, ({ cuts }) => cuts).values(), (between) =>
    between.map(({ atMs, [what]: value }) => ({ atMs, value })).reduce((most, next) => (next.value > most.value ? next : most)),
  );
  // A run of less than three cuts is judged by all its samples.
  const trend = trendOf(peaks.length < 3 ? samples.map(({ atMs, [what]: value }) => ({ atMs, value })) : peaks);
  const values = samples.map((sample) => sample[what]);
  const range = `${Math.min(...values)} to ${Math.max(...values)} under load`;
  const grown = `${signed(trend.slopePerHour * trend.hours, 2)} ± ${(trend.errorPerHour * trend.hours).toFixed(2)}`;
  return { good: isConstant(trend), text: `${what}: ${range}, ${grown} over the run` };
}

/** Requests and a wait may be under way when it is counted. */
const SPARE_HANDLES = 2;

/** A connection, and the timer that ends it where nobody uses it. How many are kept depends on how many requests met; one that is kept and not
 *  used can be no handle. */
const HANDLES_A_SOCKET = 2;

function rested({ before, after }: SoakResult): Line {
  const good =
    after.sockets <= MOST_SOCKETS &&
    after.files - after.sockets === before.files - before.sockets &&
    Math.min(after.handles - before.handles, handlesBeside(after) - handlesBeside(before)) <= SPARE_HANDLES;
  return { good, text: `at rest: ${before.kinds} before, ${after.kinds} after; at most ${MOST_SOCKETS} sockets` };
}

function handlesBeside({ handles, sockets }: SoakResult["before"]): number {
  return handles - HANDLES_A_SOCKET * sockets;
}

function heap(samples: readonly Sample[], judges: boolean): Line {
  const trend = trendOf(samples.map(({ atMs, heap: value }) => ({ atMs, value })));
  const verdict = verdictOn(trend, HEAP_LIMIT);
  const slope = `${signed(trend.slopePerHour / 1e6, 3)} ± ${(trend.errorPerHour / 1e6).toFixed(3)} MB an hour`;
  const said = judges
    ? { Below: "below 1", Above: "ABOVE 1", Unsure: "no verdict: run it for longer" }[verdict]
    : "too short for a verdict";
  return { good: !judges || verdict === "Below", text: `living heap: ${megabytes(samples.at(-1)?.heap)}, slope ${slope}: ${said}` };
}

function ended({ row, exitCode, errors }: SoakResult): Line {
  return {
    good: exitCode === 0 && errors.length === 0,
    text: `in the end: ${row}; exit code ${exitCode}; ${errors.length} errors logged${errors.length > 0 ? `, the first: ${errors[0]}` : ""}`,
  };
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(digits)}`;
}

export function megabytes(bytes: number | undefined): string {
  return `${((bytes ?? 0) / 1e6).toFixed(1)} MB`;
}
