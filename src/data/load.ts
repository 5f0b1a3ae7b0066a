/**
 * Reads the data files: those that are built in and, before them, a mounted folder whose files win by name, so that a site without a way
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
import { BUILT_IN } from "./built-in.ts";
import { InvalidData } from "./invalid-data.ts";
import { lineFinder } from "./yaml-lines.ts";

/** Where the built-in ones stand in the project. */
const CONFIG = "config/";

const EDITION_FILE = /^timetable\/[0-9-]+\.yaml$/;

/** A key of a ConfigMap holds no slash, so `timetable-2022-09-20.yaml` stands for `timetable/2022-09-20.yaml`. */
const FLAT = /^timetable-/;

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
  /** As errors name it. */
  name: string;
  text(): string;
  read(text: string): unknown;
}

/**
 * @param mounted folder with files of the same names as in config/, or undefined
 * @throws UnreadableData for a folder or file that cannot be read, with file and line; InvalidData for one whose contents are wrong
 */
export function loadData(mounted?: string): Data {
  // The mounted folder comes later, and so wins, file by file.
  const files = new Map([...builtInFiles(), ...(mounted === undefined ? [] : filesIn(mounted))]);
  const read = <T>(name: string, parse: (input: unknown, file: string) => T): T => parseFile(name, files.get(name), parse);
  const advice: Advice = read("actions.yaml", parseAdvice);
  const editions = [...files.keys()]
    .filter((name) => EDITION_FILE.test(name))
    .map((name) => read(name, (input, file) => parseKnownEdition(input, file, advice)));
  const apis: ApiVersions = read("gotk-api-versions.json", parseApiVersions);
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

function builtInFiles(): [string, DataFile][] {
  const ours = [...BUILT_IN].filter(([path]) => path.startsWith(CONFIG));
  return ours.map(([path, text]) => [path.slice(CONFIG.length), { name: path, text: () => text, read: readBuiltIn }]);
}

/** The bundle holds them as JSON: js-yaml would read that too, and take several times as long. */
function readBuiltIn(text: string): unknown {
  return text.startsWith("{") ? JSON.parse(text) : load(text);
}

function filesIn(folder: string): [string, DataFile][] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    // A mounted ConfigMap shows each file as a link into a hidden folder.
    const hidden = (parentPath: string) => relative(folder, parentPath).startsWith("..");
    const wanted = entries.filter((entry) => /\.(yaml|json)$/.test(entry.name) && !hidden(entry.parentPath));
    return wanted.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [knownName(relative(folder, path), path), { name: path, text: () => readFileSync(path, "utf8"), read: load }];
    });
  } catch (cause) {
    if (cause instanceof UnreadableData) throw cause;
    throw new UnreadableData(`data folder ${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A file with a misspelt name would change nothing, in silence. */
function knownName(given: string, path: string): string {
  const name = given.replace(FLAT, "timetable/");
  if (BUILT_IN.has(CONFIG + name) || EDITION_FILE.test(name)) return name;
  const known = [...BUILT_IN.keys()].filter((key) => key.startsWith(CONFIG) && !EDITION_FILE.test(key.slice(CONFIG.length)));
  const names = known.map((key) => key.slice(CONFIG.length));
  throw new UnreadableData(`${path}: no data file has this name; want one of ${names.join(", ")}, timetable/YYYY-MM-DD.yaml`);
}

function parseFile<T>(name: string, file: DataFile | undefined, parse: (input: unknown, file: string) => T): T {
  if (!file) throw new UnreadableData(`${CONFIG}${name} is missing; it comes with the program, so reinstall that`);
  let text: string;
  let input: unknown;
  try {
    text = file.text();
    input = file.read(text);
  } catch (cause) {
    const line = cause instanceof YAMLException && cause.mark ? `:${cause.mark.line + 1}` : "";
    const why = cause instanceof YAMLException ? cause.reason : cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableData(`${file.name}${line}: ${why}`, { cause });
  }
  try {
    return parse(input, file.name);
  } catch (error) {
    throw error instanceof InvalidData ? error.withLines(lineFinder(text)) : error;
  }
}

/** Two files with one edition would hide each other; a phase that the actions do not speak of would recommend nothing, in silence. */
function parseKnownEdition(input: unknown, file: string, advice: Advice): Edition {
  const edition = parseEdition(input, file);
  const known = new Set(advice.flux1.map(({ phase }) => phase));
  const unknown = edition.rows.flatMap(({ row, Flux1 }, index) => {
    const says = `row ${row} has phase ${Flux1.phase}, which flux1 of config/actions.yaml does not hold`;
    return known.has(Flux1.phase) ? [] : [{ path: ["rows", index, "Flux1"], says }];
  });
  const misnamed =
    basename(file, ".yaml").replace(FLAT, "") === edition.edition
      ? []
      : [{ path: ["edition"], says: `edition is "${edition.edition}"; want the name of its file` }];
  if (unknown.length + misnamed.length > 0) throw new InvalidData(file, [...misnamed, ...unknown]);
  return edition;
}
