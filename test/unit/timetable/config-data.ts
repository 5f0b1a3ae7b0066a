/** The data of config/, read as the program reads them. For tests only. */
import { readdirSync, readFileSync } from "node:fs";
import { CORE_SCHEMA, load } from "js-yaml";
import { InvalidData } from "../../../src/data/invalid-data.ts";
import { parseAfter } from "../../../src/timetable/after.ts";
import { type Edition, parseEdition } from "../../../src/timetable/edition.ts";
import { parseReleases } from "../../../src/timetable/releases-file.ts";

const CONFIG = new URL("../../../config/", import.meta.url);

/** A YAML or JSON file of config/. CORE_SCHEMA leaves dates as texts. */
export function read(path: string): unknown {
  return load(readFileSync(new URL(path, CONFIG), "utf8"), { schema: CORE_SCHEMA });
}

export const EDITIONS = readdirSync(new URL("timetable/", CONFIG))
  .filter((name) => name !== "after.yaml")
  .map((name) => name.replace(".yaml", ""))
  .sort();

export function edition(name: string): Edition {
  return parseEdition(read(`timetable/${name}.yaml`), `config/timetable/${name}.yaml`);
}

export const after = parseAfter(read("timetable/after.yaml"), "config/timetable/after.yaml");
export const releases = parseReleases(read("flux-releases.json"), "config/flux-releases.json");

export function at(instant: string): Date {
  return new Date(instant.length === 10 ? `${instant}T00:00:00Z` : instant);
}

/** A copy of data with one field set, named by its place: `set(data, ["rows", 4, "date"], "TBD")`; undefined removes it. */
export function set(data: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = structuredClone(data);
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>((object, key) => (isObject(object) ? Reflect.get(object, key) : undefined), copy);
  if (!isObject(parent) || last === undefined) throw new Error(`nothing at ${path.join(".")}`);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
  return copy;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The problems with which a parser refuses its input; empty where it takes it. */
export function problemsOf(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof InvalidData) return error.problems;
    throw error;
  }
}
