/** Reads the file of `--baseline`. What it means, src/scan/baseline.ts says. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { load } from "js-yaml";
import { Baseline, WrongBaseline } from "../scan/baseline.ts";

/** @throws WrongBaseline for a file that is not there, is no YAML or JSON, or is no output of a scan */
export function readBaseline(file: string): Baseline {
  let input: unknown;
  try {
    input = load(readFileSync(file, "utf8"), { maxAliases: 0 });
  } catch (error) {
    const why = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "no YAML or JSON";
    throw new WrongBaseline(`${file}: cannot be read (${why})`, { cause: error });
  }
  return new Baseline(input, file, pathFromHere);
}

/** `a.yaml`, `./a.yaml` and its absolute path are one file. */
function pathFromHere(file: string): string {
  return relative("", file);
}
