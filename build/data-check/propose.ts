/**
 * `node build/data-check/propose.ts SUMMARY_FILE`: asks GitHub for releases of Flux that config/ does not know yet, writes them there, and
 * says in SUMMARY_FILE what a reviewer has to know. For .github/workflows/data.yml alone: its requests go to api.github.com and github.com,
 * which the tests do not reach; they cover what becomes of the answers (fresh-releases.ts, fresh-apis.ts). Run npm run data:check afterwards.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { ApisFile, apisText, crdsOf, withApis } from "./fresh-apis.ts";
import {
  type Addition,
  controllersOf,
  GithubFile,
  GithubReleases,
  lowestKubernetesOf,
  type NewRelease,
  newReleases,
  ReleasesFile,
  releasesText,
  withReleases,
} from "./fresh-releases.ts";

const REPOSITORY = "https://api.github.com/repos/fluxcd/flux2";
/** The most that GitHub puts on one page. */
const PAGE_RELEASES = 100;
const REQUEST_MS = 30_000;
const CONFIG = join(import.meta.dirname, "../../config");
const RELEASES = join(CONFIG, "flux-releases.json");
const APIS = join(CONFIG, "gotk-api-versions.json");

async function get(address: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(REQUEST_MS) });
  if (!response.ok) throw new Error(`GET ${address}: ${response.status} ${response.statusText}`);
  return response;
}

async function askGithub<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const { GITHUB_TOKEN: token } = process.env;
  const headers = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" };
  const response = await get(`${REPOSITORY}${path}`, token ? { ...headers, authorization: `Bearer ${token}` } : headers);
  return schema.parse(await response.json());
}

async function allReleases(): Promise<GithubReleases> {
  const all: GithubReleases = [];
  for (let page = 1; ; page += 1) {
    const releases = await askGithub(`/releases?per_page=${PAGE_RELEASES}&page=${page}`, GithubReleases);
    all.push(...releases);
    if (releases.length < PAGE_RELEASES) return all;
  }
}

/** A file of flux2 as it was at a tag. */
function fileAt(version: string, path: string): Promise<string> {
  return askGithub(`/contents/${path}?ref=${encodeURIComponent(version)}`, GithubFile);
}

interface Found {
  readonly addition: Addition;
  readonly apis: ApisFile;
  readonly told: string[];
}

async function look({ version, date, newMinor }: NewRelease, apis: ApisFile): Promise<Found> {
  const controllers = controllersOf(await fileAt(version, "manifests/crds/kustomization.yaml"));
  const components = Object.fromEntries([...controllers].map(([name, each]) => [name, each.version]).toSorted());
  const entry = { version, date, components };
  if (newMinor === undefined) return { addition: { entry }, apis, told: [`- ${version}, ${date}`] };
  const kubernetesMin = lowestKubernetesOf(await fileAt(version, "cmd/flux/check.go"));
  const texts = await Promise.all(Array.from(controllers.values(), async ({ crds }) => (await get(crds)).text()));
  const changed = withApis(apis, version, texts.flatMap(crdsOf));
  const names = changed.crds.filter(({ since }) => since.at(-1)?.flux === version).map(({ crd }) => crd);
  const told = [
    `- ${version}, ${date}: the first of ${newMinor}, which needs Kubernetes ${kubernetesMin}`,
    `  - API versions that change: ${names.length === 0 ? "none" : names.join(", ")}`,
  ];
  return { addition: { entry, kubernetesMin }, apis: changed, told };
}

async function propose(summaryFile: string): Promise<void> {
  const today = new Date().toISOString().slice(0, 10);
  const file = ReleasesFile.parse(JSON.parse(readFileSync(RELEASES, "utf8")));
  let apis = ApisFile.parse(JSON.parse(readFileSync(APIS, "utf8")));
  const additions: Addition[] = [];
  const told: string[] = [];
  for (const release of newReleases(await allReleases(), file)) {
    const found = await look(release, apis);
    additions.push(found.addition);
    told.push(...found.told);
    apis = found.apis;
  }
  const proposed = withReleases(file, additions, today);
  if (proposed === undefined) {
    process.stdout.write("nothing new\n");
    return;
  }
  writeFileSync(RELEASES, releasesText(proposed));
  writeFileSync(APIS, apisText(apis));
  const news = told.length === 0 ? ["No new release."] : ["New releases:", "", ...told];
  const summary = [`The list of Flux releases is complete as of ${today}.`, "", ...news, "", "`npm run data:check` passed."];
  writeFileSync(summaryFile, `${summary.join("\n")}\n`);
  process.stdout.write(`${additions.length} new releases; asOf is ${today}\n`);
}

const [summaryFile] = process.argv.slice(2);
if (summaryFile === undefined) throw new Error("want the file for the summary: node build/data-check/propose.ts SUMMARY_FILE");
await propose(summaryFile);
