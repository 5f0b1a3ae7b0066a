/**
 * What GitHub and the manifests of Flux answer -> new entries of flux-releases.json. Asks nobody (propose.ts). An answer of another form
 * is refused: a wrong guess would tell people a wrong end of support.
 */
import { load } from "js-yaml";
import semver from "semver";
import * as z from "zod";

/** A release list without news is proposed again when `asOf` is this old: a pull request a month, and far from the 120 days after which the data count as stale. */
const REFRESH_DAYS = 28;
const DAY_MS = 86_400_000;

const tag = z.string().regex(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/);

/** One of https://docs.github.com/rest/releases/releases#list-releases; what is not named here is passed over. */
export const GithubReleases = z.array(z.object({ tag_name: z.string(), draft: z.boolean(), published_at: z.iso.datetime().nullable() }));
export type GithubReleases = z.infer<typeof GithubReleases>;

/** A file as https://docs.github.com/rest/repos/contents#get-repository-content gives it. */
export const GithubFile = z
  .object({ type: z.literal("file"), encoding: z.literal("base64"), content: z.string() })
  .transform(({ content }) => Buffer.from(content, "base64").toString("utf8"));

const Entry = z.strictObject({ version: tag, date: z.iso.date(), components: z.record(z.string(), tag) });
export type Entry = z.infer<typeof Entry>;

/** flux-releases.json as it stands, in its own order. */
export const ReleasesFile = z.strictObject({
  asOf: z.iso.date(),
  source: z.string(),
  minors: z.record(z.string(), z.union([z.string(), z.strictObject({ kubernetesMin: z.string() })])),
  releases: z.array(Entry),
});
export type ReleasesFile = z.infer<typeof ReleasesFile>;

export interface NewRelease {
  readonly version: string;
  readonly date: string;
  /** `2.10`, of the first stable release of a minor that the data do not know. */
  readonly newMinor?: string;
}

/** @returns published releases that the file lacks, the oldest first; drafts and tags of another form are passed over */
export function newReleases(listed: GithubReleases, file: ReleasesFile): NewRelease[] {
  const known = new Set(file.releases.map(({ version }) => version));
  const fresh = listed.flatMap(({ tag_name: version, draft, published_at: published }) =>
    draft || published === null || known.has(version) || !tag.safeParse(version).success ? [] : [{ version, date: published.slice(0, 10) }],
  );
  const minors = new Set(Object.keys(file.minors));
  return fresh
    .toSorted((a, b) => semver.compare(a.version, b.version))
    .map((release) => {
      const minor = minorOf(release.version);
      if (minors.has(minor) || semver.prerelease(release.version) !== null) return release;
      minors.add(minor);
      return { ...release, newMinor: minor };
    });
}

const CRDS_ADDRESS = /^https:\/\/github\.com\/fluxcd\/([a-z-]+)\/releases\/download\/(v[^/]+)\/\1\.crds\.yaml$/;
const Kustomization = z.object({ resources: z.array(z.string()).min(1) });

/** Controllers that a release ships, each with its version and the address of its CRDs. @param text manifests/crds/kustomization.yaml of flux2 */
export function controllersOf(text: string): ReadonlyMap<string, { version: string; crds: string }> {
  const { resources } = Kustomization.parse(load(text));
  return new Map(
    resources.map((crds) => {
      const [, name, version] = CRDS_ADDRESS.exec(crds) ?? [];
      if (name === undefined || version === undefined || !tag.safeParse(version).success) {
        throw new Error(`manifests/crds/kustomization.yaml: resource ${JSON.stringify(crds)}; want ${CRDS_ADDRESS.source}`);
      }
      return [name, { version, crds }];
    }),
  );
}

/** The lowest Kubernetes of a release, `1.33`. @param text cmd/flux/check.go of flux2, whose first constraint it is */
export function lowestKubernetesOf(text: string): string {
  const [, lowest] = /kubernetesConstraints\s*=\s*\[\]string\{\s*">=(1\.\d+)\.0-0",?\s*\}/.exec(text) ?? [];
  if (lowest === undefined) throw new Error('cmd/flux/check.go: want kubernetesConstraints with one constraint of the form ">=1.33.0-0"');
  return lowest;
}

export interface Addition {
  readonly entry: Entry;
  /** With the first release of a minor. */
  readonly kubernetesMin?: string;
}

/** @returns the file with the new entries beside those of their minors, as of today; undefined where that is not worth a pull request */
export function withReleases(file: ReleasesFile, additions: readonly Addition[], today: string): ReleasesFile | undefined {
  if (additions.length === 0 && Date.parse(today) - Date.parse(file.asOf) < REFRESH_DAYS * DAY_MS) return undefined;
  const releases = [...file.releases];
  const minors = { ...file.minors };
  for (const { entry, kubernetesMin } of additions) {
    const last = releases.findLastIndex(({ version }) => minorOf(version) === minorOf(entry.version));
    releases.splice(last < 0 ? releases.length : last + 1, 0, entry);
    if (kubernetesMin !== undefined) minors[minorOf(entry.version)] = { kubernetesMin };
  }
  return { ...file, asOf: today, minors, releases };
}

/** One release a line, so that a pull request shows what came. */
export function releasesText({ asOf, source, minors, releases }: ReleasesFile): string {
  const head = `{"asOf": ${spaced(asOf)}, "source": ${spaced(source)}, "minors": ${spaced(minors)}, "releases": [`;
  return `${head}\n${releases.map((entry) => `  ${spaced(entry)}`).join(",\n")}\n]}\n`;
}

/** JSON on one line, with a space behind each colon and comma. */
function spaced(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
  return `{${fields.join(", ")}}`;
}

function minorOf(version: string): string {
  return `${semver.major(version)}.${semver.minor(version)}`;
}
