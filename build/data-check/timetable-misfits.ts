/** Editions and what comes after them, against the days, the releases and the catalogue. Order of rows and phases, the parsers see to. */
import type { Catalogue } from "../../src/detect/catalogue.ts";
import type { After } from "../../src/timetable/after.ts";
import type { Edition } from "../../src/timetable/edition.ts";
import type { ReleaseData } from "../../src/timetable/releases.ts";
import { TRACKS, type Track } from "../../src/timetable/track.ts";
import { type Misfit, misfit } from "./misfit.ts";

const AFTER = "timetable/after.yaml";
const RELEASE = /^https:\/\/github\.com\/fluxcd\/flux2\/releases\/tag\/(v[^/]+)$/;

/** The file of an edition, as config/ has it. */
export function editionFile({ edition }: Edition): string {
  return `timetable/${edition}.yaml`;
}

export function editionMisfits(edition: Edition, catalogue: Catalogue, today: string): Misfit[] {
  const file = editionFile(edition);
  const known = new Map<string, Track>([...catalogue.patterns.values()].flat().map(({ component, track }) => [component, track]));
  const future =
    edition.edition > today
      ? [misfit(file, ["edition"], edition.edition, `a day up to today, ${today}: pages are not published ahead`)]
      : [];
  const exceptions = edition.rows.flatMap((row, index) =>
    TRACKS.flatMap((track) =>
      (row[track].exceptions ?? []).flatMap(({ components }, order) =>
        components.flatMap((name, place) => {
          if (known.get(name) === track) return [];
          const names = [...known].flatMap(([component, its]) => (its === track ? [component] : []));
          const path = ["rows", index, track, "exceptions", order, "components", place];
          return [misfit(file, path, name, `a component of this track: ${names.join(", ")}`)];
        }),
      ),
    ),
  );
  return [...future, ...exceptions];
}

/** An event that names a release has its day. */
export function afterMisfits({ events }: After, { releases }: ReleaseData): Misfit[] {
  return events.flatMap(({ source, date }, index) => {
    const [, tag] = RELEASE.exec(source) ?? [];
    if (tag === undefined) return [];
    const release = releases.find(({ version }) => version === tag);
    if (release === undefined) return [misfit(AFTER, ["events", index, "source"], source, "a release that flux-releases.json holds")];
    return release.date === date
      ? []
      : [misfit(AFTER, ["events", index, "date"], date, `${release.date}, when flux-releases.json has ${tag}`)];
  });
}
