/** `npm run demo`: a real control plane, the operator beside it, and a migration from beginning to end, with the row of each step. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import { counted } from "../../src/assess/sentence.ts";
import { readSettings, type Settings } from "../../src/cli/settings.ts";
import { type Data, editionNamed, loadData } from "../../src/data/load.ts";
import { DemoCluster } from "./cluster.ts";
import { heart } from "./heart.ts";
import { begin, manifest, steps } from "./migration.ts";
import { type OwnManifests, readOwn } from "./own-manifests.ts";
import { row } from "./rows.ts";

const HELP = `npm run demo -- [options]

  --once            end after the first row
  --at DATE         what was or will be true on that day
  --edition DATE    edition of the timetable: 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20
  -f FILE|DIR|-     apply your own manifests instead of the demo's; may be repeated
  -o json|yaml|wide print the whole MigrationStatus and end, or wide rows
  --help            this text
`;

interface Wanted {
  settings: Settings;
  data: Data;
  /** Undefined where the demo's own manifests are meant. */
  own: OwnManifests | undefined;
  output: string | undefined;
  once: boolean;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);
const progress = (line: string) => void process.stderr.write(`${line}\n`);

/** @throws what a person mends: an unknown flag, date, edition or output, or a file that is not there */
function readArguments(): Wanted | undefined {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean", default: false },
      at: { type: "string" },
      edition: { type: "string" },
      file: { type: "string", short: "f", multiple: true, default: [] },
      output: { type: "string", short: "o" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const { output } = values;
  if (output !== undefined && !["json", "yaml", "wide"].includes(output)) throw new Error(`-o is "${output}"; want json, yaml or wide`);
  const settings = readSettings({ at: values.at, edition: values.edition }, {});
  const data = loadData();
  editionNamed(settings.edition, data.editions, "--edition");
  return { settings, data, own: values.file.length > 0 ? readOwn(values.file) : undefined, output, once: values.once };
}

/** Applies what was asked for. @returns whether the server took all of it */
async function fill(cluster: DemoCluster, own: OwnManifests | undefined): Promise<boolean> {
  if (!own) {
    await begin(cluster);
    return true;
  }
  const { applied, refused } = await cluster.apply(own.text);
  progress(`${counted(applied.length, "object")} applied`);
  for (const { what, why } of refused) progress(`refused: ${what.replace(/ ?\(?file doc \d+\)?/, "")} (${own.place(what)}): ${why}`);
  return refused.length === 0;
}

async function show(cluster: DemoCluster, title: string, wide: boolean): Promise<void> {
  const { summary } = (await cluster.status()) ?? {};
  say(`\n${title}\n\n${await row(cluster.controlPlane, wide)}\n`);
  say(`  done ${summary?.progress}${summary?.remaining.length ? `, left: ${summary.remaining.join(", ")}` : ""}\n  ${summary?.message}`);
}

async function follow(cluster: DemoCluster, wide: boolean): Promise<void> {
  say(`\nFollowing. In another terminal:  export KUBECONFIG=${cluster.controlPlane.kubeconfig}\nCtrl-C ends it all.`);
  let shown = JSON.stringify((await cluster.status())?.summary);
  for (;;) {
    await sleep(500);
    const summary = JSON.stringify((await cluster.status())?.summary);
    if (summary === shown) continue;
    shown = summary;
    await show(cluster, "Something changed.", wide);
  }
}

async function demo(cluster: DemoCluster, wanted: Wanted): Promise<number> {
  const wide = wanted.output === "wide";
  const whole = await fill(cluster, wanted.own);
  await cluster.watch();
  await cluster.until(({ summary }) => summary !== undefined);
  const code = whole ? 0 : 1;
  if (wanted.output === "json" || wanted.output === "yaml") {
    const object = await cluster.object();
    process.stdout.write(wanted.output === "json" ? `${JSON.stringify(object, undefined, 2)}\n` : dump(object, { noRefs: true }));
    return code;
  }
  await show(
    cluster,
    wanted.own ? "Your manifests:" : `On a real API server: fluxd and the Helm Operator, as of ${wanted.settings.at ?? "today"}.`,
    wide,
  );
  if (wanted.once) return code;
  if (!wanted.own) {
    for (const step of steps) {
      await step.act(cluster);
      await cluster.until((status) => status.summary !== undefined && step.reached(status.summary, status));
      await show(cluster, step.title, wide);
    }
  }
  await follow(cluster, wide);
  return code;
}

/** Resolves at the first Ctrl-C or SIGTERM; later ones are heard, and must not cut the stop short. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGINT", resolve);
    process.on("SIGTERM", resolve);
  });
}

async function run(wanted: Wanted): Promise<number> {
  const alone = wanted.output === "json" || wanted.output === "yaml";
  const edition = editionNamed(wanted.settings.edition, wanted.data.editions, "--edition");
  if (!alone && !wanted.own) say(heart(edition, wanted.data, manifest("fluxd")));
  // Neither a control plane nor a handler of signals keeps the process alive.
  const alive = setInterval(() => undefined, 60_000);
  const cluster = await DemoCluster.start(wanted.settings, wanted.data, progress);
  let stopping = false;
  try {
    const asked = askedToStop().then(() => {
      stopping = true;
      return 0;
    });
    // What is under way when somebody ends it fails, and that is no news.
    const played = demo(cluster, wanted).catch((error: unknown) => {
      if (stopping) return 0;
      throw error;
    });
    const died = cluster.controlPlane.died.then((what) => {
      if (!stopping) progress(what);
      return 1;
    });
    return await Promise.race([asked, played, died]);
  } finally {
    stopping = true;
    clearInterval(alive);
    await cluster.stop();
  }
}

function mistake(error: unknown): number {
  progress(`demo: ${error instanceof Error ? error.message : String(error)}`);
  return 2;
}

let wanted: Wanted | undefined;
try {
  wanted = readArguments();
  if (!wanted) process.stdout.write(HELP);
} catch (error) {
  process.exitCode = mistake(error);
}
if (wanted) {
  process.exitCode = await run(wanted).catch((error: unknown) => {
    progress(error instanceof Error ? error.message : String(error));
    return 1;
  });
}
