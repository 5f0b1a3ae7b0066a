/** Whether the release data can be used, and how old they are. Whether they are right, `npm run data:check` tells. */
import { InvalidData } from "../data/invalid-data.ts";
import type { Data } from "../data/read-data.ts";
import { UnreadableData } from "../data/unreadable-data.ts";
import { dayOf } from "../timetable/day.ts";
import { newestMinor } from "../timetable/releases.ts";
import { dataStale } from "../timetable/support.ts";
import type { Finding } from "./finding.ts";

const DAY_MS = 86_400_000;

/** @param load reads the data, or throws what is wrong with them */
export async function judgeData(load: () => Promise<Data>, edition: string, now: Date): Promise<Finding[]> {
  try {
    return judgeLoaded(await load(), edition, now);
  } catch (error) {
    if (!(error instanceof InvalidData || error instanceof UnreadableData)) throw error;
    const lines = error.message.split("\n");
    return lines.map((found) => ({ level: "Failed", at: "data files", found, next: "mend that file, or leave it out" }));
  }
}

function judgeLoaded({ reference, editions }: Data, edition: string, now: Date): Finding[] {
  const { releases, after } = reference;
  const { stale, since } = dataStale(releases, after.policy, now);
  const age = Math.floor((Date.parse(dayOf(now)) - Date.parse(releases.asOf)) / DAY_MS);
  const known = [...editions.keys()].toSorted();
  const chosen: Finding = known.includes(edition)
    ? { level: "Good", at: "timetable", found: `edition ${edition}, of ${known.join(", ")}` }
    : { level: "Failed", at: "timetable", found: `edition "${edition}" is unknown; known: ${known.join(", ")}`, next: "name one of these" };
  const found = `${releases.releases.length} releases up to Flux ${newestMinor(releases, now)}, complete as of ${releases.asOf}, ${age} days ago`;
  const aged: Finding = stale
    ? { level: "Warning", at: "release data", found: `${found}: stale since ${since}`, next: "upgrade, or mount newer data (dataFolder)" }
    : { level: "Good", at: "release data", found: `${found}; stale from ${since}` };
  return [chosen, aged];
}
