/**
 * `npm run soak`: a million changes, a thousand reconnects, a thousand rounds of Flux CRDs, or as many hours as `--hours` says. Ends by
 * itself, with 1 where something grew.
 */
import { parseArgs } from "node:util";
import { soak } from "./soak.ts";
import { megabytes, verdictOf } from "./verdict.ts";

const { values: flags } = parseArgs({
  options: { events: { type: "string" }, hours: { type: "string" }, seed: { type: "string" } },
});

const HOUR_MS = 3_600_000;
const EVENTS = 1_000_000;

/** Of each a thousandth of the events, so that a shorter run has its share of all. */
const EVENTS_A_RECONNECT = 1_000;

/** Longer than a reflector takes to forget the last cut: it is back within two seconds each time, and the next cut finds something to cut. */
const CUT_MS = 45_000;
const SAMPLE_MS = 5_000;
/** A terminal shows each; a log need not. */
const TOLD_EVERY = 6;

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text.replaceAll(/[,_]/g, ""));
  if (Number.isFinite(number) && number > 0) return number;
  throw new Error(`--${name} is "${text}"; want a number above 0`);
}

async function main(): Promise<number> {
  const hours = numberOf("hours", flags.hours);
  const events = numberOf("events", flags.events) ?? (hours === undefined ? EVENTS : Number.POSITIVE_INFINITY);
  const seed = numberOf("seed", flags.seed) ?? 1;
  const goal = Math.ceil(Math.min(events, EVENTS) / EVENTS_A_RECONNECT);
  let told = 0;
  const result = await soak({
    events,
    reconnects: goal,
    crdCycles: goal,
    ...(hours === undefined ? {} : { mostMs: hours * HOUR_MS }),
    sampleMs: SAMPLE_MS,
    cutMs: CUT_MS,
    rest: true,
    seed,
    progress: (sofar, census) => {
      if (told++ % TOLD_EVERY > 0) return;
      const done = `${sofar.events} events, ${sofar.reconnects} reconnects, ${sofar.crdCycles} rounds of a CRD`;
      const holds = `${census.files} files, ${census.sockets} sockets, ${census.handles} handles, heap ${megabytes(census.heap)}`;
      process.stderr.write(`${sofar.seconds.toFixed(0)} s: ${done}; ${holds}, resident ${megabytes(census.resident)}\n`);
    },
  });
  const lines = verdictOf(result, true);
  const did = `${result.events} events in ${result.seconds.toFixed(0)} s (${Math.round(result.events / result.seconds)} a second)`;
  console.log(`${did}, ${result.reconnects} reconnects, ${result.crdCycles} rounds of a CRD, seed ${seed}`);
  for (const { good, text } of lines) console.log(`${good ? "ok    " : "FAILED"} ${text}`);
  return lines.every(({ good }) => good) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
