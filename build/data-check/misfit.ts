/** What does not fit in the data, across fields and files, where no schema can see it. Finds nothing itself. */
import { placeOf } from "../../src/data/invalid-data.ts";

export interface Misfit {
  /** As in config/: `flux-releases.json`, `timetable/after.yaml`. */
  readonly file: string;
  readonly path: readonly PropertyKey[];
  readonly says: string;
}

/** @param found what stands there; undefined for what is missing */
export function misfit(file: string, path: readonly PropertyKey[], found: string | undefined, want: string): Misfit {
  return { file, path, says: `${placeOf(path)} is ${found === undefined ? "missing" : JSON.stringify(found)}; want ${want}` };
}
