/** Checks all data files, each by its schema and each against the others. Prints nothing (main.ts), and asks nobody. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import * as z from "zod";
import { BUILT_IN } from "../../src/data/built-in.ts";
import { InvalidData } from "../../src/data/invalid-data.ts";
import { loadData } from "../../src/data/load.ts";
import type { Data } from "../../src/data/read-data.ts";
import { UnreadableData } from "../../src/data/unreadable-data.ts";
import { lineFinder } from "../../src/data/yaml-lines.ts";
import { addressMisfits } from "./addresses.ts";
import { adviceMisfits, managerMisfits } from "./advice-misfits.ts";
import { apiMisfits, unchangedNewest } from "./api-misfits.ts";
import type { Misfit } from "./misfit.ts";
import { releaseMisfits } from "./release-misfits.ts";
import { afterMisfits, editionFile, editionMisfits } from "./timetable-misfits.ts";

export interface DataReport {
  /** What was looked at, with its size. Empty where the data cannot be read at all. */
  readonly checked: readonly string[];
  /** What may be right, and should be looked at. */
  readonly remarks: readonly string[];
  /** `config/flux-releases.json:12: releases[3].date is "2026-01-01"; want ...` */
  readonly problems: readonly string[];
}

/**
 * @param folder whose files replace those of config/ by name
 * @param today ISO date
 */
export async function checkData(folder: string | undefined, today: string): Promise<DataReport> {
  try {
    const data = await loadData(folder);
    const remark = unchangedNewest(data.reference.apis, data.reference.releases);
    return { checked: summary(data), remarks: remark === undefined ? [] : [remark], problems: crossProblems(data, folder, today) };
  } catch (error) {
    if (error instanceof InvalidData || error instanceof UnreadableData)
      return { checked: [], remarks: [], problems: error.message.split("\n") };
    throw error;
  }
}

function crossProblems(data: Data, folder: string | undefined, today: string): string[] {
  const { reference, editions, catalogue, managers } = data;
  const { releases, apis, advice, after } = reference;
  const toolkit = [...catalogue.patterns.values()].flat().filter(({ track }) => track === "GitOpsToolkit");
  const controllers = new Set<string>(toolkit.map(({ component }) => component));
  const misfits = [
    ...releaseMisfits({ data: releases, indexOf: placesOf(sourceOf("flux-releases.json", folder).text), controllers, today }),
    ...apiMisfits(apis, releases, catalogue),
    ...afterMisfits(after, releases),
    ...[...editions.values()].flatMap((edition) => editionMisfits(edition, catalogue, today)),
    ...adviceMisfits(advice),
    ...managerMisfits(managers),
    ...addressMisfits("timetable/after.yaml", after),
    ...addressMisfits("actions.yaml", advice),
    ...[...editions.values()].flatMap((edition) => addressMisfits(editionFile(edition), edition)),
  ];
  return Array.from(Map.groupBy(misfits, ({ file }) => file)).flatMap(([file, found]) => located(file, found, folder));
}

function located(name: string, misfits: readonly Misfit[], folder: string | undefined): string[] {
  const { file, text } = sourceOf(name, folder);
  return new InvalidData(file, misfits, lineFinder(text)).problems;
}

/** The file that is in force under a name, as loadData() chooses it. */
function sourceOf(name: string, folder: string | undefined): { file: string; text: string } {
  const mounted = folder === undefined ? [] : [join(folder, name), join(folder, name.replace("timetable/", "timetable-"))];
  const file = mounted.find((path) => existsSync(path));
  return file === undefined
    ? { file: `config/${name}`, text: BUILT_IN.get(`config/${name}`) ?? "" }
    : { file, text: readFileSync(file, "utf8") };
}

const Versions = z.object({ releases: z.array(z.object({ version: z.string() })) });

function placesOf(text: string): (version: string) => number {
  const places = new Map(Versions.parse(load(text)).releases.map(({ version }, index) => [version, index]));
  return (version) => places.get(version) ?? 0;
}

function summary({ reference, editions, catalogue, managers }: Data): string[] {
  const { releases, apis, advice, after } = reference;
  const rows = [...editions.values()].flatMap((edition) => edition.rows);
  const changes = apis.crds.flatMap(({ since }) => since);
  return [
    `timetable: ${editions.size} editions with ${rows.length} rows, ${after.events.length} later events`,
    `flux-releases.json: ${releases.releases.length} releases of ${releases.minors.length} minors, the newest ${releases.releases.at(-1)?.version}, complete as of ${releases.asOf}`,
    `gotk-api-versions.json: ${apis.crds.length} CRDs with ${changes.length} changes since ${apis.from}`,
    `images.yaml: ${[...catalogue.patterns.values()].flat().length} names of images, ${catalogue.crds.length} groups and names of CRDs`,
    `managers.yaml: ${managers.rules.length} rules`,
    `actions.yaml: ${advice.actions.length} actions, ${advice.flux1.length} phases, ${Object.keys(advice.upgrades).length} ways to upgrade`,
  ];
}
