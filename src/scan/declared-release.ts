/**
 * Reads what other tools than Flux declare to install (config/declared-installs.yaml, releases): a chart with its values, or an address of
 * manifests. Says which, and where; whether it is Flux, src/detect/declared-install.ts says.
 */
import * as z from "zod";
import type { NamedAddress, NamedChart } from "../detect/declared-install.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";
import { valueAt } from "../detect/value-at.ts";
import { LIMITS } from "../manifests/limits.ts";
import type { ManifestObject } from "../manifests/manifest.ts";
import type { FileKinds } from "../manifests/manifest-reader.ts";
import { needleTest } from "../manifests/needles.ts";
import { readYaml } from "../manifests/yaml-document.ts";

type Row = DeclaredInstalls["releases"][number];

export interface DeclaredRelease {
  /** Of the release, and the namespace that it is installed in, where the object says them. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** Where in the object it stands. */
  readonly at: readonly PropertyKey[];
  readonly installs: ({ readonly of: "Chart" } & NamedChart) | ({ readonly of: "Address" } & NamedAddress);
}

/** @returns what files of these names hold, which do not say so: a chart may be named there without its repository */
export function kindsOfFiles({ releases, charts }: DeclaredInstalls, words: readonly string[]): FileKinds {
  const wanted = needleTest([...words, ...charts.map(({ chart }) => chart)]);
  return new Map(releases.flatMap(({ files, kind }) => files.map((file) => [file, { kind, wanted }] as const)));
}

export function declares({ kind, files }: Row, object: ManifestObject): boolean {
  const [group, version] = object.apiVersion.split("/");
  return kind === (files.length > 0 && version === undefined ? object.kind : `${object.kind}.${group}`);
}

/** Of one object; more than that is a joke, and says nothing new. */
const MOST_RELEASES = 1_000;

/** @param ofFlux whether a chart of this name can be Flux; the others are left out, their values unread */
export function readReleases(object: ManifestObject, row: Row, ofFlux: (chart: string) => boolean): DeclaredRelease[] {
  const texts = new Map<string, unknown>();
  const releases: DeclaredRelease[] = [];
  for (const { at, element } of elementsOf(object.value, row)) {
    if (releases.length === MOST_RELEASES) break;
    const installs = installOf(element, row, ofFlux, texts);
    const either = (path: string | undefined) => (path === undefined ? undefined : (textAt(object.value, path) ?? textAt(element, path)));
    if (installs) releases.push({ name: either(row.name), namespace: either(row.namespace), at, installs });
  }
  return releases;
}

function elementsOf(value: unknown, { each }: Row): { at: readonly PropertyKey[]; element: unknown }[] {
  if (each === undefined) return [{ at: [], element: value }];
  return each.flatMap((place) => {
    const at = place.split(".");
    const found = valueAt(value, at);
    return Array.isArray(found) ? found.map((element: unknown, index) => ({ at: [...at, index], element })) : [{ at, element: found }];
  });
}

function installOf(
  element: unknown,
  row: Row,
  ofFlux: (chart: string) => boolean,
  texts: Map<string, unknown>,
): DeclaredRelease["installs"] | undefined {
  const [named, repository, version] = [row.chart, row.repository, row.version].map((path) => textAt(element, path));
  const whole = named ?? (repository?.startsWith("oci://") ? repository : undefined);
  if (whole !== undefined) {
    const chart = chartOf(whole, named === undefined ? undefined : repository, version);
    return ofFlux(chart.chart) ? { of: "Chart", ...chart, ...valuesOf(element, row, texts) } : undefined;
  }
  const path = row.path === undefined ? undefined : textAt(element, row.path);
  return path === undefined || repository === undefined ? undefined : { of: "Address", address: repository, tag: version, path };
}

/** `flux` of a repository, or all of it in one: `oci://ghcr.io/fluxcd-community/charts/flux2`, `https://charts.fluxcd.io/flux-1.3.0.tgz`. */
function chartOf(named: string, repository: string | undefined, version: string | undefined): NamedChart {
  const path = named.endsWith("/") ? named.slice(0, -1) : named;
  const slash = path.lastIndexOf("/");
  const last = path.slice(slash + 1);
  const from = repository ?? (path.includes("://") ? path.slice(0, slash) : undefined);
  const dash = last.endsWith(ARCHIVE) ? last.search(/-v?\d/) : -1;
  return {
    chart: dash > 0 ? last.slice(0, dash) : last,
    version: dash > 0 ? last.slice(dash + 1, -ARCHIVE.length) : version,
    repository: from !== undefined && NAMED_ELSEWHERE.test(from) ? undefined : from,
  };
}

const ARCHIVE = ".tgz";

/** A repository by the name that somebody's Helm has for it, or a folder beside the chart. */
const NAMED_ELSEWHERE = /^(?:@|alias:|file:|$)/;

function valuesOf(element: unknown, row: Row, texts: Map<string, unknown>): Omit<NamedChart, "chart"> {
  const isThere = (path: string) => !isNothing(valueAt(element, path.split(".")));
  const written = row.values?.map((path) => valueAt(element, path.split("."))).find((found) => !isNothing(found));
  const values = typeof written === "string" ? parsed(written, texts) : written;
  const settings = settingsAt(element, row.settings);
  // What may beat them makes them worth nothing.
  if (row.values === undefined || row.elsewhere.some(isThere)) return { settings, moreValues: true };
  return { values, settings, moreValues: (values === undefined && written !== undefined) || row.beneath.some(isThere) };
}

/** An alias writes one text many times. */
function parsed(text: string, texts: Map<string, unknown>): unknown {
  if (!texts.has(text)) texts.set(text, readYaml(text, LIMITS).documents[0]?.value);
  return texts.get(text);
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (typeof value === "string" && value.trim() === "") ||
    (Array.isArray(value) && value.length === 0)
  );
}

const Settings = z.lazy(() => z.record(z.string(), z.unknown()));
const SettingList = z.lazy(() => z.array(z.looseObject({ name: z.string(), value: z.unknown() })));

function settingsAt(element: unknown, path: string | undefined): ReadonlyMap<string, unknown> {
  const found = path === undefined ? undefined : valueAt(element, path.split("."));
  const listed = SettingList.safeParse(found);
  if (listed.success) return new Map(listed.data.map(({ name, value }) => [name, value]));
  return new Map(Object.entries(Settings.safeParse(found).data ?? {}));
}

function textAt(value: unknown, path: string): string | undefined {
  const found = valueAt(value, path.split("."));
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}
