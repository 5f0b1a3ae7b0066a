/** From what a scan of a cluster saw to its status. Sees nothing itself. */
import type { MigrationStatusSpec, MigrationStatusStatus } from "../api/migration-status.ts";
import { assess } from "../assess/assess.ts";
import type { Look } from "../assess/look.ts";
import { UNLIMITED } from "../assess/size.ts";
import { editionNamed } from "../data/load.ts";
import type { Data } from "../data/read-data.ts";
import type { ScanOptions } from "./scan-options.ts";
import { VERSION } from "./version.ts";

interface Judging {
  readonly clusterName: string;
  readonly data: Data;
  readonly options: Pick<ScanOptions, "edition" | "at">;
  readonly spec?: MigrationStatusSpec;
}

export function judgeLook(look: Look, { clusterName, data, options, spec = {} }: Judging): MigrationStatusStatus {
  return assess({
    look,
    edition: editionNamed(options.edition, data.editions, "edition"),
    data: data.reference,
    spec,
    generation: 0,
    settings: { clusterName, operatorVersion: VERSION },
    mostBytes: UNLIMITED,
    now: options.at ?? new Date(),
  }).status;
}
