/** Known dates ahead: what status.deadlines shows, and when the status must be judged again although nothing changed. */
import type { Deadline } from "../api/migration-status.ts";
import { dayOf } from "../timetable/day.ts";
import { dataStale, supportOf } from "../timetable/support.ts";
import { TBD } from "../timetable/track.ts";
import type { Cluster } from "./cluster.ts";
import { compareText } from "./compare-text.ts";
import type { Subject } from "./subject.ts";

/** The future as the data knows it: support ends on a day that may stand in the data already when the clock is set back. */
const END_OF_TIME = new Date("9999-12-31T00:00:00Z");

export function deadlinesOf(cluster: Cluster): Deadline[] {
  const { edition, data, spec, now } = cluster.subject;
  const { stale, since } = dataStale(data.releases, data.after.policy, now);
  const rows = edition.rows.map(
    (row): Deadline => ({
      kind: "Row",
      date: row.date,
      message: `Row ${row.row} of the timetable: Flux 1 is in phase ${row.Flux1.phase}.`,
    }),
  );
  const ends = cluster.toolkits.flatMap((instance): Deadline[] => {
    if (instance.minor === undefined) return [];
    const { ended } = supportOf(data.releases, data.after.policy, instance.minor, END_OF_TIME);
    return ended === undefined
      ? []
      : [{ kind: "SupportEnd", date: ended, message: `Support of Flux ${instance.minor} in ${instance.namespace} ends.` }];
  });
  const ignores = (spec.ignore ?? []).flatMap(({ namespace, name, until }): Deadline[] =>
    until === undefined
      ? []
      : [{ kind: "IgnoreEnd", date: until, message: `${namespace}${name === undefined ? "" : `/${name}`} is no longer ignored.` }],
  );
  const staleness: Deadline[] = stale
    ? []
    : [
        {
          kind: "DataStale",
          date: since,
          message: "The release data counts as stale from then on: upgrade the operator, or mount newer data.",
        },
      ];
  const today = dayOf(now);
  return [...rows, ...ends, ...ignores, ...staleness]
    .filter((deadline) => deadline.date !== TBD && deadline.date > today)
    .sort((a, b) => compareText(a.date, b.date));
}

/** @returns the next instant at which the same cluster must be judged again, or undefined where no date is known */
export function nextInstant(deadlines: readonly Deadline[], { data, edition, now }: Subject): Date | undefined {
  const today = dayOf(now);
  // A release, and an event after the last row, change support states and phases without being anybody's deadline.
  const releases = data.releases.releases.map((release) => release.date);
  const dates = [
    ...deadlines.map((deadline) => deadline.date),
    ...releases,
    ...data.after.events.map((event) => event.date),
    ...edition.rows.map((row) => row.date),
  ];
  const next = dates.filter((date) => date !== TBD && date > today).sort()[0];
  return next === undefined ? undefined : new Date(`${next}T00:00:00Z`);
}
