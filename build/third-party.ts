/** Whose code is in the bundle, under which licence, and what of it uses what: read from esbuild's account of what it really took. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import * as z from "zod";
import { PROJECT } from "./bundle.ts";

export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly license: string;
  /** The licence and, where there is one, the notice, as they came. */
  readonly texts: readonly string[];
  /** Where npm put it: `node_modules/zod`. */
  readonly folder: string;
  /** Folders of the packages in the bundle that it imports. */
  readonly uses: readonly string[];
}

const Manifest = z.looseObject({ name: z.string(), version: z.string(), license: z.string() });

const LEGAL_FILE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;

/**
 * The packages whose code is in the bundle, by name.
 * @param project where esbuild's paths begin
 * @throws for one without a licence text: it may not be passed on
 */
export function thirdParties({ inputs, outputs }: Metafile, project = PROJECT): ThirdParty[] {
  const taken = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const files = taken.map(([path]) => path);
  const folders = [...new Set(files.flatMap((path) => packageFolder(path) ?? []))];
  const importsOf = (folder: string) =>
    files.filter((path) => packageFolder(path) === folder).flatMap((path) => inputs[path]?.imports ?? []);
  const parties = folders.map((folder) => {
    const imported = new Set(importsOf(folder).map(({ path }) => packageFolder(path)));
    return { ...readPackage(project, folder), folder, uses: folders.filter((other) => other !== folder && imported.has(other)) };
  });
  return parties.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Folders of the packages that our own code imports. */
export function usedByUs({ inputs }: Metafile): string[] {
  const ours = Object.entries(inputs).filter(([path]) => packageFolder(path) === undefined);
  return [...new Set(ours.flatMap(([, { imports }]) => imports.flatMap(({ path }) => packageFolder(path) ?? [])))];
}

/** The texts of all licences, in one file that goes wherever the bundle goes. */
export function licenceTexts(parties: readonly ThirdParty[]): string {
  const sections = parties.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n"),
  );
  return `${["This program holds code of the packages below, each under its own licence.", ...sections].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** `node_modules/a/node_modules/@b/c` of a file within it; undefined for our own. */
function packageFolder(path: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

function readPackage(project: string, folder: string): Pick<ThirdParty, "name" | "version" | "license" | "texts"> {
  const path = join(project, folder);
  const { name, version, license } = Manifest.parse(JSON.parse(readFileSync(join(path, "package.json"), "utf8")));
  const legal = readdirSync(path).filter((file) => LEGAL_FILE.test(file));
  if (!legal.some((file) => !/^notice/i.test(file)))
    throw new Error(`${folder} is in the bundle and has no licence text; do without it, or ask its authors for one`);
  return { name, version, license, texts: legal.toSorted().map((file) => readFileSync(join(path, file), "utf8")) };
}
