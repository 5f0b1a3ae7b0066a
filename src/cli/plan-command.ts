/** `flux-migration plan`: reads its options, has files or a cluster read and a plan made, writes it down. Translates nothing itself. */
import * as z from "zod";
import { editionNamed, loadData } from "../data/load.ts";
import type { Data } from "../data/read-data.ts";
import { visibleText } from "../detect/visible-text.ts";
import { writeFolder } from "../files/write-folder.ts";
import { createClient } from "../kube/client.ts";
import { loadCluster } from "../kube/kubeconfig.ts";
import { isNamespaceName } from "../plan/names.ts";
import { type Plan, type PlanInput, planMigration } from "../plan/plan.ts";
import { readFileObjects } from "../planning/file-objects.ts";
import { readLiveObjects } from "../planning/live-objects.ts";
import { planFiles, planJson, planStream } from "../planning/plan-files.ts";
import { hasWork, planSummary, type Told } from "../planning/summary.ts";
import { clusterOf } from "./exec-plugins.ts";
import { couldNotRead, success } from "./exit-codes.ts";
import { firstAnswer } from "./first-answer.ts";
import { OUTPUTS } from "./output.ts";
import { isChanged, type Settings, WrongSetting } from "./settings.ts";
import { VERSION } from "./version.ts";

/** The standard output in the place of a folder. */
const STREAM = "-";

/** A path has 4,096 at most on Linux. */
const LINE_CHARACTERS = 8_192;

const Options = z.looseObject({
  dir: z.string().optional(),
  context: z.string().optional(),
  force: z.boolean().default(false),
  fluxVersion: z.string().optional(),
  toolkitNamespace: z.string().optional(),
  leftovers: z.boolean().default(false),
  requestTimeout: z.int(),
  output: z.enum(OUTPUTS),
});
type Options = z.output<typeof Options>;

/**
 * @param given PLAN_OPTIONS as commander read them
 * @param paths of manifests; none: the cluster
 * @returns the exit code: 0 planned, or nothing to plan; 3 something could not be read, also where a plan was written
 * @throws WrongSetting, UnknownTarget, InTheWay, NoSuchFile, KubeconfigError for what a person mends
 */
export async function runPlan(settings: Settings, given: unknown, paths: readonly string[]): Promise<number> {
  const options = Options.parse(given);
  const wrong = wrongUse(paths, options);
  if (wrong !== undefined) throw new WrongSetting(wrong);
  const data = await loadData(settings.dataFolder);
  const fixed = {
    fluxVersion: options.fluxVersion,
    toolkitNamespace: options.toolkitNamespace,
    catalogue: data.catalogue,
    managers: data.managers,
    declaredInstalls: data.declaredInstalls,
    data: data.reference,
    edition: editionNamed(settings.edition, data.editions, "edition"),
    now: settings.at === undefined ? new Date() : new Date(settings.at),
  } satisfies Partial<PlanInput>;
  const live = paths.length === 0;
  const { skipped, ...read } = live ? await fromCluster(settings, options, data) : await fromFiles(paths, data);
  const plan = planMigration({ ...read, ...fixed, leftovers: !live || options.leftovers });
  write(plan, options, { asOf: data.reference.releases.asOf, leftoversOut: live && !options.leftovers, skipped });
  return plan.unreadable.length > 0 ? couldNotRead : success;
}

/** A context that the environment names is for the runs that read a cluster; one on the command line is for this run. */
function wrongUse(paths: readonly string[], { context, dir, output, toolkitNamespace }: Options): string | undefined {
  if (paths.length > 0 && context !== undefined) return "files or a cluster, not both: --context goes without file names.";
  if (dir === STREAM && output === "json") return "--dir - prints manifests, which are YAML: -o json goes with a folder, or without --dir.";
  return toolkitNamespace === undefined || isNamespaceName(toolkitNamespace)
    ? undefined
    : `--toolkit-namespace is ${JSON.stringify(toolkitNamespace)}; want the name of a namespace`;
}

async function fromCluster(settings: Settings, options: Options, data: Data) {
  const cluster = loadCluster(clusterOf(settings));
  const client = createClient(cluster, { version: VERSION, timeoutMs: options.requestTimeout });
  const named = isChanged(settings, "clusterName");
  try {
    await firstAnswer(client);
    return { ...(await readLiveObjects(client, data)), cluster: named ? settings.clusterName : cluster.name, skipped: 0 };
  } finally {
    client.close();
  }
}

async function fromFiles(paths: readonly string[], data: Data) {
  const { skipped, ...read } = await readFileObjects(paths, () => process.stdin, data);
  for (const line of skipped) process.stderr.write(`skipped: ${visibleText(line, LINE_CHARACTERS)}\n`);
  return { ...read, skipped: skipped.length };
}

function write(plan: Plan, options: Options, told: Omit<Told, "folder">): void {
  const { dir, force, output } = options;
  const { asOf } = told;
  const work = hasWork(plan);
  if (work && dir !== undefined && dir !== STREAM) writeFolder(dir, planFiles(plan, asOf), force);
  const summary = `${planSummary(plan, { ...told, folder: dir })}\n`;
  if (dir === STREAM) {
    // What reads the stream takes manifests alone.
    process.stderr.write(summary);
    if (work) process.stdout.write(planStream(plan, asOf));
  } else process.stdout.write(output === "json" ? `${planJson(plan)}\n` : summary);
}
