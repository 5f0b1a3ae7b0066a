/**
 * `npm run demo`: reads the command line and hands over to demo.ts. A program of its own and no part of the product: the control plane and
 * the manifests that it plays with are those of the tests.
 */
import { Command, CommanderError, Option } from "commander";
import { clockFrom } from "../../src/cli/clock.ts";
import { usageError } from "../../src/cli/exit-codes.ts";
import { readSettings } from "../../src/cli/settings.ts";
import { builtInData } from "../../src/data/built-in-data.ts";
import { editionNamed } from "../../src/data/load.ts";
import { demo, OUTPUTS, type Wish } from "./demo.ts";
import { readSources } from "./manifests.ts";

const PARENT_CHECK_MS = 500;

interface Flags {
  readonly at?: string;
  readonly edition?: string;
  readonly filename?: string[];
  readonly once?: true;
  readonly output?: Wish["output"];
}

function program(): Command {
  return new Command("npm run demo --")
    .description(
      "Plays a migration from Flux 1 to Flux 2 on a real control plane that it starts for it, with the row that kubectl prints after each step.",
    )
    .option("--once", "end after the first row")
    .option("--at <DATE>", "what would be true then: the clock starts at this date, 00:00 UTC")
    .option("--edition <DATE>", "edition of the published timetable")
    .option("-f, --filename <FILE|DIR>", "manifests to apply instead of ours, - for standard input; can be repeated", collect)
    .addOption(new Option("-o, --output <FORMAT>", "json and yaml print the whole MigrationStatus and end").choices(OUTPUTS))
    .allowExcessArguments(false)
    .exitOverride();
}

function collect(path: string, before: readonly string[] = []): string[] {
  return [...before, path];
}

async function wishOf(flags: Flags): Promise<Wish> {
  const settings = readSettings({ at: flags.at, edition: flags.edition }, {});
  const data = builtInData();
  return {
    data,
    edition: editionNamed(settings.edition, data.editions, "--edition"),
    clock: clockFrom(settings.at),
    ...(settings.at === undefined ? {} : { at: settings.at }),
    once: flags.once ?? false,
    ...(flags.output === undefined ? {} : { output: flags.output }),
    ...(flags.filename === undefined ? {} : { sources: await readSources(flags.filename) }),
  };
}

/** Aborted at the first Ctrl-C or SIGTERM. Later ones are heard and ignored: npm sends a second one after that of the terminal, which
 *  must not cut the stop short. */
function askedToEnd(): AbortSignal {
  const asked = new AbortController();
  process.on("SIGINT", () => asked.abort());
  process.on("SIGTERM", () => asked.abort());
  if (process.env.npm_lifecycle_event !== undefined) {
    // npm sends its signals to a shell, which can end without passing them on: the demo would stay behind, seen by nobody.
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || asked.abort(), PARENT_CHECK_MS).unref();
  }
  return asked.signal;
}

async function wishFrom(argv: readonly string[]): Promise<Wish | number> {
  try {
    return await wishOf(program().parse(argv).opts<Flags>());
  } catch (error) {
    // Commander has said what is wrong; --help ends here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageError;
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return usageError;
  }
}

// Whoever closes our output, as `| head` does, has seen enough: the control plane goes with this process.
process.stdout.on("error", () => process.exit(0));
const asked = askedToEnd();
const wish = await wishFrom(process.argv);
try {
  // Exits at once: after Ctrl-C a control plane can still be starting, and the guard beside it ends what is left of that.
  process.exit(typeof wish === "number" ? wish : await demo(wish, asked));
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
