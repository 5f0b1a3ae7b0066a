/**
 * Reads data files of whatever origin, and names file and line of what is wrong. Not for what the data means: each parser stands beside its
 * subject in the core.
 */
import { basename } from "node:path";
import { load, YAMLException } from "js-yaml";
import { type Advice, parseAdvice } from "../assess/advice.ts";
import { type ApiVersions, parseApiVersions } from "../assess/api-versions-file.ts";
import type { ReferenceData } from "../assess/subject.ts";
import type { Catalogue } from "../detect/catalogue.ts";
import { parseCatalogue } from "../detect/catalogue-file.ts";
import { type DeclaredInstalls, parseDeclaredInstalls } from "../detect/declared-installs-file.ts";
import { type Managers, parseManagers } from "../detect/managers-file.ts";
import { parseAfter } from "../timetable/after.ts";
import { type Edition, parseEdition } from "../timetable/edition.ts";
import { parseReleases } from "../timetable/releases-file.ts";
import { BUILT_IN } from "./built-in.ts";
import { CONFIG, EDITION_FILE, FLAT } from "./folder.ts";
import { InvalidData } from "./invalid-data.ts";
import { UnreadableData } from "./unreadable-data.ts";
import { lineFinder } from "./yaml-lines.ts";

export interface Data {
  reference: ReferenceData;
  editions: ReadonlyMap<string, Edition>;
  catalogue: Catalogue;
  managers: Managers;
  declaredInstalls: DeclaredInstalls;
}

export interface DataFile {
  /** As errors name it. */
  name: string;
  text(): string;
  read(text: string): unknown;
}

/**
 * @param files by the names that config/ has
 * @throws UnreadableData for a file that is missing or cannot be read, with file and line; InvalidData for one whose contents are wrong
 */
export function readData(files: ReadonlyMap<string, DataFile>): Data {
  const unread = new Map(files);
  const read = <T>(name: string, parse: (input: unknown, file: string) => T): T => {
    unread.delete(name);
    return parseFile(name, files.get(name), parse);
  };
  const advice: Advice = read("actions.yaml", parseAdvice);
  const editions = [...files.keys()]
    .filter((name) => EDITION_FILE.test(name))
    .map((name) => read(name, (input, file) => parseKnownEdition(input, file, advice)));
  const declaredInstalls: DeclaredInstalls = read("declared-installs.yaml", parseDeclaredInstalls);
  const apis: ApiVersions = read("gotk-api-versions.json", parseApiVersions);
  const data: Data = {
    reference: { after: read("timetable/after.yaml", parseAfter), releases: read("flux-releases.json", parseReleases), apis, advice },
    editions: new Map(editions.map((edition) => [edition.edition, edition])),
    catalogue: read("images.yaml", (input, file) => parseCatalogue(input, file, declaredInstalls)),
    managers: read("managers.yaml", parseManagers),
    declaredInstalls,
  };
  // A file with a misspelt name would change nothing, in silence.
  const [strange] = unread.values();
  if (strange) throw new UnreadableData(`${strange.name}: no data file has this name; an edition is ${CONFIG}timetable/YYYY-MM-DD.yaml`);
  return data;
}

export function builtInFiles(): ReadonlyMap<string, DataFile> {
  const ours = [...BUILT_IN].filter(([path]) => path.startsWith(CONFIG));
  return new Map(ours.map(([path, text]) => [path.slice(CONFIG.length), { name: path, text: () => text, read: readBuiltIn }]));
}

/** The bundle holds them as JSON: js-yaml would read that too, and take several times as long. */
function readBuiltIn(text: string): unknown {
  return text.startsWith("{") ? JSON.parse(text) : load(text);
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
    // The schema's own depth: some ten thousand mistakes of one kind, or as deep a nesting.
    if (error instanceof RangeError)
      throw new UnreadableData(`${file.name}: has too many mistakes to name, or is nested too deeply`, { cause: error });
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
