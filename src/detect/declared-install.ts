/**
 * What installs Flux and is no workload itself (config/declared-installs.yaml): which chart, address or FluxInstance is which component, and
 * of which version. Resolves no reference from one object to another (src/scan) and fetches nothing.
 */
import compare from "semver/functions/compare.js";
import * as z from "zod";
import { COMPONENTS, type ComponentName, type Feature } from "./component-name.ts";
import type { DeclaredInstalls } from "./declared-installs-file.ts";
import { fluxdFeatures } from "./fluxd-flags.ts";
import { valueAt } from "./value-at.ts";
import type { DetectedVersion } from "./version.ts";
import { readVersion } from "./version.ts";
import { visibleText } from "./visible-text.ts";

/** All controllers, where a row of the data names its component. */
export const TOOLKIT = "toolkit";
/** In a path of a row: one controller of the toolkit, as in config/images.yaml. */
export const CONTROLLER = "<controller>";

/** A component that is declared, and what is known of its version. */
export interface DeclaredComponent {
  readonly name: ComponentName;
  readonly version: DetectedVersion;
  /** Of the toolkit: `v2.6.4`, or `2.6` where the minor is all that is known. */
  readonly distribution?: string;
  /** Of fluxd, by its flags as far as they are declared. */
  readonly features: readonly Feature[];
  /** What runs it, as the manifests of an address name it. */
  readonly deployment?: { readonly namespace: string; readonly name: string };
}

export interface NamedChart {
  readonly chart: string;
  readonly version?: string | undefined;
  /** Address of its repository, where that is known. */
  readonly repository?: string | undefined;
  /** What the release sets of the chart's values, as it was written. */
  readonly values?: unknown;
  /** Values by their paths, which beat those. */
  readonly settings?: ReadonlyMap<string, unknown>;
  /** Whether it takes further ones, which both beat, from elsewhere. */
  readonly moreValues?: boolean;
}

export type ChartReading =
  | { at: "Install"; components: DeclaredComponent[]; managedBy: "HelmChart" | "FluxInstance" }
  /** Another project has a chart of this name as well, and the repository is not known. */
  | { at: "Open" }
  | { at: "NotFlux" };

/** A release's value by its path. */
type Given = (path: string) => unknown;
type ChartRow = DeclaredInstalls["charts"][number];

/** The version is that of the image's tag where the release sets one, else that of the chart, unless what was not read may set a tag. */
export function readChart(named: NamedChart, installs: DeclaredInstalls): ChartReading {
  const { chart, version = "", repository, values, settings = new Map() } = named;
  const rows = installs.charts.filter((row) => row.chart === chart);
  const row = repository === undefined ? rows.find(({ alone }) => alone) : rows.find((known) => isOf(known, repository));
  if (!row) return { at: repository === undefined && rows.length > 0 ? "Open" : "NotFlux" };
  const given: Given = (path) => settings.get(path) ?? valueAt(values, path.split("."));
  if (row.instance) return { at: "Install", components: ofInstance(row.instance, given, installs), managedBy: "FluxInstance" };
  const components = componentsOf(row.component, ...chartVersion(row, named, given), installs, argumentsIn(given, row));
  return { at: "Install", components: [...components, ...broughtAlong(row, version, given, installs)], managedBy: "HelmChart" };
}

function isOf({ repositories }: ChartRow, repository: string): boolean {
  return repositories.some((known) => isUnder(repository, known));
}

function chartVersion(row: ChartRow, { chart, version = "", moreValues = false }: NamedChart, given: Given): VersionReading {
  const tag = row.tag === undefined ? undefined : tagOf(given(row.tag));
  if (tag !== undefined) return readTag(tag);
  if (row.tag !== undefined && moreValues) return [undefined, "Chart", `values from elsewhere may set ${row.tag}`];
  const plain = version.replace(/^v(?=\d)/, "");
  const known = Object.hasOwn(row.versions, plain) ? row.versions[plain] : undefined;
  const why =
    version === "" ? `chart ${chart} without a version` : `version ${visibleText(version, 40)} of chart ${chart} is not in the data`;
  return [known, "Chart", why];
}

function broughtAlong({ also }: ChartRow, version: string, given: Given, installs: DeclaredInstalls): DeclaredComponent[] {
  if (also === undefined) return [];
  const exact = readVersion(version)?.value;
  const asked = given(also.when);
  if (exact === undefined || compare(exact, also.below) >= 0 || (asked !== true && asked !== "true")) return [];
  const tag = tagOf(given(also.tag));
  return componentsOf(also.component, ...(tag === undefined ? noTag(`the chart's values name no ${also.tag}`) : readTag(tag)), installs);
}

/** A chart that makes a FluxInstance, out of its values. */
function ofInstance({ version, components }: NonNullable<ChartRow["instance"]>, given: Given, installs: DeclaredInstalls) {
  const named = Texts.safeParse(given(components)).data;
  return readInstance({ version: tagOf(given(version)) ?? "", components: named }, installs);
}

/** What a kustomization or a source names. */
export interface NamedAddress {
  readonly address: string;
  /** Where they stand apart from it. */
  readonly tag?: string | undefined;
  readonly path?: string | undefined;
}

/** @returns nothing for what a repository of Flux holds besides: its CRDs, its dashboards, its examples */
export function readAddress({ address: text, tag, path: folder = "" }: NamedAddress, installs: DeclaredInstalls): DeclaredComponent[] {
  for (const row of installs.addresses) {
    const inside = below(text, row.address);
    if (inside === undefined) continue;
    const place = placeIn(inside, folder);
    const names = installedBy(place, row, installs.toolkit);
    if (names === undefined) continue;
    const named = tag ?? /[?&]ref=([^&]+)/.exec(text)?.[1] ?? place.tag;
    const read = named === undefined ? noTag("the address names no tag") : readTag(named);
    return componentsOf(row.component, ...read, { toolkit: names }).map((found) => ({
      ...found,
      deployment: { namespace: row.namespace, name: row.deployment ?? found.name },
    }));
  }
  return [];
}

/** A folder or a file, as a row of the data names it. */
interface Place {
  readonly in: "Repository" | "Downloads";
  readonly path: string;
  readonly tag?: string | undefined;
}

/** @param inside what follows the repository in an address; @param folder within that */
function placeIn(inside: string, folder: string): Place {
  const address = inside.replace(/\?.*$/s, "");
  const download = /^\/releases\/(?:latest\/download|download\/([^/]+))\/(.+)$/s.exec(address);
  if (download) return { in: "Downloads", path: plainPath(download[2] ?? ""), tag: download[1] };
  const raw = /^\/raw\/(?:refs\/(?:tags|heads)\/)?([^/]+)\/(.+)$/s.exec(address);
  return { in: "Repository", path: plainPath(raw?.[2] ?? `${address.replace(/^\.git/, "")}/${folder}`), tag: raw?.[1] };
}

/** `./a//b/` is a/b. */
function plainPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/"))
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  return segments.join("/") || ".";
}

/** @returns the controllers, where it is a toolkit that a place installs; undefined for a place that installs nothing */
function installedBy(place: Place, row: DeclaredInstalls["addresses"][number], all: readonly ComponentName[]) {
  if ((place.in === "Downloads" ? row.downloads : row.paths).includes(place.path)) return all;
  if (place.in === "Downloads") return undefined;
  const one = COMPONENTS.find((name) => row.paths.some((path) => path.replace(CONTROLLER, name) === place.path));
  return one === undefined ? undefined : [one];
}

/** The version, where it was found, and why there is none. */
type VersionReading = [version: string | undefined, found: "Chart" | "Tag", why: string];

function readTag(tag: string): VersionReading {
  return [readVersion(tag)?.value, "Tag", `tag ${visibleText(tag, 40)} is no version`];
}

function noTag(why: string): VersionReading {
  return [undefined, "Tag", why];
}

/** @returns undefined where `image.tag` is none, or none that an image's tag can be */
function tagOf(found: unknown): string | undefined {
  return typeof found === "number" || (typeof found === "string" && found !== "") ? String(found) : undefined;
}

const Texts = z.lazy(() => z.array(z.string()));

/** fluxd's arguments as the chart makes them from values. */
function argumentsIn(given: Given, { flags, arguments: further }: ChartRow) {
  const set = Object.entries(flags).flatMap(([path, flag]) => {
    const value = given(path);
    return typeof value === "boolean" || typeof value === "string" ? [`--${flag}=${value}`] : [];
  });
  const rest = further === undefined ? undefined : Texts.safeParse(given(further)).data;
  return [...set, ...(rest ?? [])];
}

export interface NamedInstance {
  readonly version: string;
  readonly components?: readonly string[] | undefined;
}

/** @param instance spec.distribution.version and spec.components of a FluxInstance */
export function readInstance({ version, components }: NamedInstance, installs: DeclaredInstalls): DeclaredComponent[] {
  const exact = readVersion(version)?.value;
  const minor = /^v?(\d+\.\d+)\.[x*]$/.exec(version)?.[1];
  const names = components === undefined ? installs.toolkit : COMPONENTS.filter((name) => components.includes(name));
  const why = version === "" ? "the chart's values name no version" : `${visibleText(version, 40)} is a range`;
  return toolkit(names, exact === undefined ? minor : `v${exact}`, why);
}

function componentsOf(
  what: DeclaredInstalls["charts"][number]["component"],
  version: string | undefined,
  found: "Chart" | "Tag",
  why: string,
  installs: { readonly toolkit: readonly ComponentName[] },
  args: readonly string[] = [],
): DeclaredComponent[] {
  if (what === TOOLKIT) return toolkit(installs.toolkit, version === undefined ? undefined : `v${version}`, why);
  const read = version === undefined ? ({ known: false, why } as const) : ({ known: true, value: version, source: found } as const);
  return [{ name: what, version: read, features: what === "fluxd" ? fluxdFeatures(args) : [] }];
}

/** The release is known, and with it the minor; the versions of its controllers are not named. */
function toolkit(names: readonly ComponentName[], release: string | undefined, why: string): DeclaredComponent[] {
  const version = { known: false, why: release === undefined ? why : "the version is named by the release" } as const;
  return names.map((name) => ({ name, version, features: [], ...(release === undefined ? {} : { distribution: release }) }));
}

/** Whether an address is this one or lies below it, whatever scheme, user and suffix it has. */
function isUnder(text: string, known: string): boolean {
  return below(text, known) !== undefined;
}

/** @returns what follows in an address that is this one or lies below it: `//deploy?ref=1.25.4` */
function below(text: string, known: string): string | undefined {
  const plain = text
    .replace(/^[a-z0-9+]+:\/+/i, "")
    .replace(/^git::(?:[a-z]+:\/+)?/i, "")
    .replace(/^[^/@]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/^raw\.githubusercontent\.com\/([^/]+\/[^/]+)\//i, "github.com/$1/raw/");
  const inside = plain.slice(known.length);
  return plain.toLowerCase().startsWith(known) && /^(?:$|\/|\?|\.git(?:$|[/?]))/.test(inside) ? inside : undefined;
}
