/** `flux-migration version`: what this program is, what it runs on, and how new its data are. Asks no cluster. */
import { arch, platform } from "node:os";
import * as z from "zod";
import { API_VERSION } from "../api/group.ts";
import { editionNamed, loadData } from "../data/load.ts";
import { newestMinor } from "../timetable/releases.ts";
import { success } from "./exit-codes.ts";
import { OUTPUTS } from "./output.ts";
import { table } from "./print-status.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

const Options = z.looseObject({ output: z.enum(OUTPUTS) });

/**
 * @param given OUTPUT as commander read it
 * @returns the exit code
 * @throws what is wrong with the data, and for an edition that it does not hold
 */
export async function runVersion({ dataFolder, edition }: Settings, given: unknown): Promise<number> {
  const { output } = Options.parse(given);
  const { reference, editions } = await loadData(dataFolder);
  const { releases } = reference;
  const facts = {
    version: VERSION,
    node: process.versions.node,
    platform: `${platform()}/${arch()}`,
    edition: editionNamed(edition, editions, "edition").edition,
    releasesAsOf: releases.asOf,
    newestMinor: newestMinor(releases, new Date()) ?? "Unknown",
    api: API_VERSION,
  };
  process.stdout.write(`${output === "json" ? JSON.stringify(facts, null, 2) : table(Object.entries(facts))}\n`);
  return success;
}
