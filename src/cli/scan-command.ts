/** `flux-migration scan`: reads manifests, has them judged, prints. For people without rights in a cluster, for CI, for auditors. */
import { editionNamed, loadData } from "../data/load.ts";
import { readManifestFiles } from "../files/manifest-files.ts";
import { needleTest } from "../manifests/needles.ts";
import { kindsOfFiles } from "../scan/declared-release.ts";
import { reaches } from "../scan/fail-on.ts";
import { judgeFiles } from "../scan/judge-files.ts";
import { scanNeedles } from "../scan/needles.ts";
import type { Scanned } from "../scan/report.ts";
import { Survey } from "../scan/survey.ts";
import { couldNotRead, findings, success, usageError } from "./exit-codes.ts";
import { printScan } from "./print-scan.ts";
import { Progress } from "./progress.ts";
import { type ScanOptions, scanOptionsSchema } from "./scan-options.ts";
import { VERSION } from "./version.ts";

/**
 * @param given options as commander read them
 * @returns the exit code: 0 nothing found, 1 found what --fail-on names, 3 something could not be read, which beats 1
 * @throws NoSuchFile, UnreadableData, WrongBaseline, KubeconfigError: what a person mends
 */
export async function runScan(paths: readonly string[], given: unknown): Promise<number> {
  const options = scanOptionsSchema().parse(given);
  const live = options.allContexts || options.context.length > 0;
  const wrong = wrongUse(paths, live, options);
  if (wrong !== undefined) {
    process.stderr.write(`flux-migration: ${wrong}\n`);
    return usageError;
  }
  const scanned = live ? await scanLive(options) : [await scanFiles(paths, options)];
  printScan(scanned, options.output);
  if (scanned.some(({ unread, failures = [] }) => unread.length + failures.length > 0)) return couldNotRead;
  return scanned.some(({ status }) => reaches(status, options.failOn)) ? findings : success;
}

function wrongUse(paths: readonly string[], live: boolean, options: ScanOptions): string | undefined {
  const { allContexts, context, exclude, baseline, namespace } = options;
  if (paths.length === 0 && !live) return "scan what? Name files, folders or - for the standard input, or a cluster with --context.";
  if (paths.length > 0 && live) return "files or clusters, not both: --context and --all-contexts go without file names.";
  if (allContexts && context.length > 0) return "--context or --all-contexts, not both.";
  if (!live && namespace !== undefined) return "--namespace is for clusters, with --context or --all-contexts; files are scanned whole.";
  if (live && exclude.length > 0) return "--exclude is for files; of a cluster, -n reads one namespace.";
  return live && baseline !== undefined
    ? "--baseline is for files; in a cluster, spec.ignore of its MigrationStatus says what is known."
    : undefined;
}

async function scanLive(options: ScanOptions): Promise<Scanned[]> {
  const progress = new Progress(() => process.stderr);
  const { scanClusters } = await import("./scan-live.ts");
  const scanned = await scanClusters(options, (clusters, of) => progress.show(`${clusters} of ${of} clusters read`));
  progress.clear();
  return scanned;
}

async function scanFiles(paths: readonly string[], options: ScanOptions): Promise<Scanned> {
  const { catalogue, managers, declaredInstalls, reference, editions } = await loadData(options.dataFolder);
  const edition = editionNamed(options.edition, editions, "edition");
  // Its schema, which few scans need, takes longer to make than all else here.
  const baseline = options.baseline === undefined ? undefined : (await import("./read-baseline.ts")).readBaseline(options.baseline);
  const survey = new Survey({ catalogue, managers, declaredInstalls });
  const progress = new Progress(() => process.stderr);
  let files = 0;
  const reading = (count: number) => {
    files = count;
    progress.show(`${count} files read`);
  };
  const needles = scanNeedles(catalogue, declaredInstalls);
  const wanted = needleTest(needles);
  const kinds = kindsOfFiles(declaredInstalls, needles);
  const { exclude } = options;
  for await (const part of readManifestFiles(paths, { stdin: () => process.stdin, wanted, kinds, exclude, reading })) survey.add(part);
  progress.clear();
  const judged = judgeFiles(survey.look(files), {
    edition,
    reference,
    clusterName: options.clusterName,
    programVersion: VERSION,
    now: options.at ?? new Date(),
    ...(baseline ? { baseline } : {}),
  });
  return { name: options.clusterName, ...judged, unread: survey.unread(), skipped: survey.skipped() };
}
