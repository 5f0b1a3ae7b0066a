/**
 * Reads the data files: config/ of the project and, before it, a mounted folder whose files win by name, so that a site without a way
 * out can have newer releases without a newer image. Not for what the data means: each parser stands beside its subject in the core.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { load, YAMLException } from "js-yaml";
import { type Advice, parseAdvice } from "../assess/advice.ts";
import type { ReferenceData } from "../assess/subject.ts";
import { type ApiVersions, parseApiVersions } from "../assess/upgrade-ladder.ts";
import { type Catalogue, parseCatalogue } from "../detect/catalogue.ts";
import { type Managers, parseManagers } from "../detect/managers.ts";
import { parseAfter } from "../timetable/after.ts";
import { type Edition, parseEdition } from "../timetable/edition.ts";
import { parseReleases } from "../timetable/releases.ts";

/** The project's own data. */
export const BUILT_IN = join(import.meta.dirname, "../../config");

/** The last edition that was published. */
export const DEFAULT_EDITION = "2022-09-20";

export interface Data {
  reference: ReferenceData;
  editions: ReadonlyMap<string, Edition>;
  catalogue: Catalogue;
  managers: Managers;
}

/** A data file that cannot be read; a file that can, but says something impossible, is an InvalidData. */
export class UnreadableData extends Error {
  override readonly name = "UnreadableData";
}

interface DataFile {
  path: string;
  /** As errors name it. */
  name: string;
}

/**
 * @param mounted folder with files of the same names as in config/, or undefined
 * @throws UnreadableData for a folder or file that cannot be read, with file and line; InvalidData for one whose contents are wrong
 */
export function loadData(mounted?: string): Data {
  const folders = [...(mounted === undefined ? [] : [mounted]), BUILT_IN];
  const files = new Map<string, DataFile>();
  // The first folder wins, file by file.
  for (const folder of folders) for (const [name, file] of filesIn(folder)) if (!files.has(name)) files.set(name, file);
  const read = <T>(name: string, parse: (input: unknown, file: string) => T): T => parseFile(name, files.get(name), parse);
  const advice: Advice = read("actions.yaml", parseAdvice);
  const editions = [...files.keys()].filter((name) => /^timetable\/[0-9-]+\.yaml$/.test(name)).map((name) => read(name, parseNamedEdition));
  const apis: ApiVersions = read("gotk-api-versions.json", parseApiVersions);
  checkPhases(editions, advice);
  return {
    reference: { after: read("timetable/after.yaml", parseAfter), releases: read("flux-releases.json", parseReleases), apis, advice },
    editions: new Map(editions.map((edition) => [edition.edition, edition])),
    catalogue: read("images.yaml", parseCatalogue),
    managers: read("managers.yaml", parseManagers),
  };
}

/** @throws UnreadableData naming the known editions */
export function editionNamed(name: string, editions: ReadonlyMap<string, Edition>, where: string): Edition {
  const edition = editions.get(name);
  if (!edition) throw new UnreadableData(`${where} "${name}" is unknown; known: ${[...editions.keys()].sort().join(", ")}`);
  return edition;
}

function filesIn(folder: string): [string, DataFile][] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    // A mounted ConfigMap shows each file as a link into a hidden folder.
    const hidden = (parentPath: string) => relative(folder, parentPath).startsWith("..");
    const wanted = entries.filter((entry) => /\.(yaml|json)$/.test(entry.name) && !hidden(entry.parentPath));
    return wanted.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path);
      return [name, { path, name: folder === BUILT_IN ? join("config", name) : path }];
    });
  } catch (cause) {
    throw new UnreadableData(`data folder ${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function parseFile<T>(name: string, file: DataFile | undefined, parse: (input: unknown, file: string) => T): T {
  if (!file) throw new UnreadableData(`config/${name} is missing; it comes with the program, so reinstall that`);
  let input: unknown;
  try {
    input = load(readFileSync(file.path, "utf8"));
  } catch (cause) {
    const line = cause instanceof YAMLException && cause.mark ? `:${cause.mark.line + 1}` : "";
    const why = cause instanceof YAMLException ? cause.reason : cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableData(`${file.name}${line}: ${why}`, { cause });
  }
  return parse(input, file.name);
}

/** Two files with one edition would hide each other. */
function parseNamedEdition(input: unknown, file: string): Edition {
  const edition = parseEdition(input, file);
  if (basename(file, ".yaml") !== edition.edition)
    throw new UnreadableData(`${file}: edition is "${edition.edition}"; want the name of its file`);
  return edition;
}

/** An edition with a phase that config/actions.yaml does not speak of would recommend nothing, in silence. */
function checkPhases(editions: readonly Edition[], advice: Advice): void {
  const known = new Set(advice.flux1.map((row) => row.phase));
  for (const edition of editions) {
    for (const row of edition.rows) {
      if (!known.has(row.Flux1.phase)) {
        throw new UnreadableData(
          `config/timetable/${edition.edition}.yaml: row ${row.row} has phase ${row.Flux1.phase}, which flux1 of config/actions.yaml does not hold`,
        );
      }
    }
  }
}
