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

/** @returns what a file holds that does not say so, by its name */
export function kindsOfFiles({ releases }: DeclaredInstalls): ReadonlyMap<string, string> {
  return new Map(releases.flatMap(({ files, kind }) => files.map((file) => [file, kind] as const)));
}

export function declares({ kind, files }: Row, object: ManifestObject): boolean {
  const [group, version] = object.apiVersion.split("/");
  return kind === (files.length > 0 && version === undefined ? object.kind : `${object.kind}.${group}`);
}

export function readReleases(object: ManifestObject, row: Row): DeclaredRelease[] {
  return elementsOf(object.value, row).flatMap(({ at, element }) => {
    const installs = installOf(element, row);
    const either = (path: string | undefined) => (path === undefined ? undefined : (textAt(object.value, path) ?? textAt(element, path)));
    return installs ? [{ name: either(row.name), namespace: either(row.namespace), at, installs }] : [];
  });
}

function elementsOf(value: unknown, { each }: Row): { at: readonly PropertyKey[]; element: unknown }[] {
  if (each === undefined) return [{ at: [], element: value }];
  return each.flatMap((place) => {
    const at = place.split(".");
    const found = valueAt(value, at);
    return Array.isArray(found) ? found.map((element: unknown, index) => ({ at: [...at, index], element })) : [{ at, element: found }];
  });
}

function installOf(element: unknown, row: Row): DeclaredRelease["installs"] | undefined {
  const [named, repository, version] = [row.chart, row.repository, row.version].map((path) => textAt(element, path));
  if (named !== undefined) return { of: "Chart", ...chartOf(named, repository, version), ...valuesOf(element, row) };
  const path = row.path === undefined ? undefined : textAt(element, row.path);
  return path === undefined || repository === undefined ? undefined : { of: "Address", address: repository, tag: version, path };
}

/** `flux` of a repository, or all of it in one: `oci://ghcr.io/fluxcd-community/charts/flux2`, `https://charts.fluxcd.io/flux-1.3.0.tgz`. */
function chartOf(named: string, repository: string | undefined, version: string | undefined): NamedChart {
  const [, before, last = named] = /^(?:(.+)\/)?([^/]+)\/?$/.exec(named) ?? [];
  const archive = /^(.+?)-v?(\d.*)\.tgz$/.exec(last);
  const from = repository ?? (before?.includes("://") ? before : undefined);
  return {
    chart: archive?.[1] ?? last,
    version: archive?.[2] ?? version,
    repository: from !== undefined && NAMED_ELSEWHERE.test(from) ? undefined : from,
  };
}

/** A repository by the name that somebody's Helm has for it, or a folder beside the chart. */
const NAMED_ELSEWHERE = /^(?:@|alias:|file:|$)/;

function valuesOf(element: unknown, { values: places, settings, elsewhere }: Row): Omit<NamedChart, "chart"> {
  const written = places?.map((path) => valueAt(element, path.split("."))).find((found) => found !== undefined && found !== null);
  const values = typeof written === "string" ? readYaml(written, LIMITS).documents[0]?.value : written;
  const unread = typeof written === "string" && written.trim() !== "" && values === undefined;
  const more = elsewhere.some((path) => !isNothing(valueAt(element, path.split("."))));
  return { values, settings: settingsAt(element, settings), moreValues: places === undefined || unread || more };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
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
