/**
 * `npm run faults`: the long runs of what fails. All parts, or those that are named; `--seed` and `--kind` play one again, `--long` takes
 * ten times as long. A part that fails says how to play it again.
 */
import { parseArgs } from "node:util";
import { playLeaders } from "./leaders.ts";
import { playFaults } from "./part-faults.ts";
import { playSignals } from "./signals.ts";

export interface PartOptions {
  readonly long: boolean;
  /** Only this seed. */
  readonly seed: number | undefined;
  /** Only this kind, as the part names it. */
  readonly kind: string | undefined;
  /** Told what is being done, one line each. */
  readonly say: (line: string) => void;
}

/** @returns how many failed */
export type Part = (options: PartOptions) => Promise<number>;

/** A new part is one row. */
const PARTS: Readonly<Record<string, Part>> = {
  faults: playFaults,
  /** Over an hour. */
  leaders: playLeaders,
  signals: playSignals,
};

const { values: flags, positionals } = parseArgs({
  options: { long: { type: "boolean" }, seed: { type: "string" }, kind: { type: "string" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(PARTS);
const say = (line: string) => void process.stderr.write(`${line}\n`);

process.on("unhandledRejection", (reason) => {
  say(`an unhandled rejection, which would end the operator: ${reason instanceof Error ? reason.stack : String(reason)}`);
  process.exit(1);
});

let failed = 0;
for (const name of names) {
  const part = PARTS[name];
  if (!part) throw new Error(`no part "${name}"; known: ${Object.keys(PARTS).join(", ")}`);
  say(`\n== ${name}`);
  failed += await part({
    long: flags.long ?? false,
    seed: flags.seed === undefined ? undefined : Number(flags.seed),
    kind: flags.kind,
    say,
  });
}
process.stdout.write(`${failed === 0 ? "all held" : `${failed} failed`}\n`);
// Left to end by itself, Node sometimes never does after thousands of broken connections: nothing of ours runs any more, and its own clean-up
// (Environment::CleanupHandles, seen in a debugger) turns for ever with a core busy.
process.exit(failed === 0 ? 0 : 1);
