/** What became of leaders that were lost: how soon another led, and what of it was not as it has to be. Loses nobody itself. */
import type { Term, Verdict } from "./one-writer.ts";

export type Loss = "SIGTERM" | "SIGKILL" | "SIGSTOP" | "Partition";

/** A hand-over of a leader that ends in good order; the others take until the Lease has run out. */
const RELEASED_MS = 1_000;

/** What a machine that does much else may add to a Lease that runs out, with the retry of a follower. */
const RUN_OUT_SLACK_MS = 3_000;

/** What a holder may do after the end of its term: end the write that is under way. */
const AT_ONCE_MS = 1_000;

const HOUR_MS = 3_600_000;

/** By how much a clock may seem wrong: the time that a request takes. */
const REQUEST_MS = 60_000;

export interface Lost {
  readonly loss: Loss;
  readonly pod: string;
  readonly at: Date;
  /** Of one that got SIGTERM. */
  readonly exitCode?: number | string;
}

/** One loss, by the server's clock. */
export interface HandOver {
  readonly loss: Loss;
  /** From the loss until another held the Lease, in milliseconds. */
  readonly heldMs: number;
  /** From the loss until another had written a status. */
  readonly wroteMs: number;
}

export interface LeadersResult {
  readonly handOvers: readonly HandOver[];
  readonly verdict: Verdict;
  /** Of those that got SIGTERM. */
  readonly exitCodes: readonly (number | string)[];
  /** Pods whose clock was an hour ahead. */
  readonly ahead: readonly string[];
  /** What was not as it has to be. */
  readonly failures: readonly string[];
}

export function handOver({ loss, pod, at }: Lost, terms: readonly Term[]): HandOver {
  const next = terms.find((term) => term.began >= at && term.pod !== pod);
  const after = (instant: Date | undefined) => (instant?.getTime() ?? Number.POSITIVE_INFINITY) - at.getTime();
  return { loss, heldMs: after(next?.began), wroteMs: after(next?.wrote) };
}

/** @param leaseSeconds as it was set; the Lease holds whole seconds */
export function failuresOf({ handOvers, verdict, exitCodes, ahead }: Omit<LeadersResult, "failures">, leaseSeconds: number): string[] {
  const runOutMs = Math.ceil(leaseSeconds) * 1_000 + RUN_OUT_SLACK_MS;
  const released = spreadOf(handOvers.filter(({ loss }) => loss === "SIGTERM"));
  return [
    ...verdict.broken,
    ...verdict.late.filter(({ afterMs }) => afterMs > AT_ONCE_MS).map(({ what, afterMs }) => `${what}: ${afterMs} ms after its term`),
    // Single ones can be slow on a machine that does much else.
    ...(released.medianMs < RELEASED_MS ? [] : [`after SIGTERM another held the Lease after ${released.medianMs} ms in the median`]),
    ...handOvers
      .filter(({ heldMs }) => !(heldMs < runOutMs))
      .map(({ loss, heldMs }) => `after ${loss} another held the Lease after ${heldMs} ms`),
    ...exitCodes.filter((code) => code !== 0).map((code) => `SIGTERM ended one with ${code}`),
    ...wrongClocks(verdict, ahead),
    ...(verdict.terms.length > handOvers.length ? [] : [`only ${verdict.terms.length} terms for ${handOvers.length} losses`]),
  ];
}

/** The hour has to stand in the Lease, or it was not there to be ignored. */
function wrongClocks({ skewsMs }: Verdict, ahead: readonly string[]): string[] {
  const clocks = [...skewsMs].map(([pod, skewMs]) => ({ pod, skewMs, wantedMs: ahead.includes(pod) ? HOUR_MS : 0 }));
  return [
    ...clocks
      .filter(({ skewMs, wantedMs }) => Math.abs(skewMs - wantedMs) > REQUEST_MS)
      .map(({ pod, skewMs }) => `${pod} wrote into the Lease a time that is off by ${skewMs} ms`),
    ...(clocks.some(({ wantedMs }) => wantedMs > 0) ? [] : ["nobody whose clock is ahead ever held the Lease"]),
  ];
}

/** @returns lines that a person reads */
export function told({ handOvers, verdict, exitCodes, failures }: LeadersResult): string[] {
  const kinds = [...new Set(handOvers.map(({ loss }) => loss))];
  return [
    ...kinds.map((kind) => {
      const these = handOvers.filter(({ loss }) => loss === kind);
      const { medianMs, mostMs, wroteMs } = spreadOf(these);
      return `${kind} x ${these.length}: another held the Lease after ${medianMs} ms (median), ${mostMs} ms (most), and had written after ${wroteMs} ms (median)`;
    }),
    `${verdict.terms.length} terms, ${verdict.leaseWrites} writes to the Lease, ${verdict.statusWrites} of the status, ${verdict.refused} refused by their resourceVersion`,
    `exit codes after SIGTERM: ${[...new Set(exitCodes)].join(", ")}`,
    ...verdict.late.map(({ what, afterMs }) => `late by ${afterMs} ms, before the next one wrote: ${what}`),
    ...failures.map((line) => `WRONG: ${line}`),
    ...(verdict.broken.length === 0 ? ["never two writers"] : []),
  ];
}

function spreadOf(handOvers: readonly HandOver[]): { medianMs: number; mostMs: number; wroteMs: number } {
  const sorted = (values: readonly number[]) => values.toSorted((one, other) => one - other);
  const held = sorted(handOvers.map(({ heldMs }) => heldMs));
  const wrote = sorted(handOvers.map(({ wroteMs }) => wroteMs));
  const middle = Math.floor(held.length / 2);
  return { medianMs: held[middle] ?? 0, mostMs: held.at(-1) ?? 0, wroteMs: wrote[middle] ?? 0 };
}
