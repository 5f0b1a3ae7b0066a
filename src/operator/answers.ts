/** Answers objects that people wrote beside the singleton: a second MigrationStatus, a MigrationTimetable. Judges no cluster. */

import { SINGLETON } from "../api/group.ts";
import type { MigrationStatus } from "../api/migration-status.ts";
import type { MigrationTimetable } from "../api/migration-timetable.ts";
import { readTimetable } from "../assess/chosen-timetable.ts";
import { notSingleton, timetableStatus } from "../assess/refusals.ts";
import { Conflict, messageOf } from "../kube/errors.ts";
import type { KubeLog } from "../kube/log.ts";
import type { Edition } from "../timetable/edition.ts";
import { NotLeading } from "./leading-client.ts";
import { STATUSES, TIMETABLES } from "./own-kinds.ts";
import type { OwnKind, OwnObject, StatusWriter } from "./status-writer.ts";

export interface AnswersOptions {
  writer: StatusWriter;
  editions: ReadonlyMap<string, Edition>;
  log: KubeLog;
  clock: () => Date;
  /** Called where an answer could not be written: it must be tried again later, and must not hold up the singleton. */
  refused: () => void;
}

export class Answers {
  readonly #options: AnswersOptions;
  /** Objects whose answer was refused: one line in the log each, not one a pass. */
  readonly #refused = new Set<string>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** @returns whether something was written */
  async give(others: readonly MigrationStatus[], timetables: readonly MigrationTimetable[]): Promise<boolean> {
    const { writer, log, clock, editions } = this.#options;
    let wrote = false;
    // Answered as they are present, where the watch is late: their times would else be made anew.
    for (const other of others) {
      const written = await this.#write(
        { resource: STATUSES, kind: "MigrationStatus" },
        other,
        notSingleton(writer.present(other), clock()),
      );
      if (written) log.warn("a MigrationStatus with another name is not kept", { object: other.metadata.name, wanted: SINGLETON });
      wrote ||= written;
    }
    for (const timetable of timetables) {
      const reading = readTimetable(timetable.spec, editions);
      const written = await this.#write(
        { resource: TIMETABLES, kind: "MigrationTimetable" },
        timetable,
        timetableStatus(reading, writer.present(timetable), clock()),
      );
      if (written && !reading.ok)
        log.error("a MigrationTimetable cannot be used", { object: timetable.metadata.name, problems: reading.problems });
      wrote ||= written;
    }
    return wrote;
  }

  async #write(own: OwnKind, object: OwnObject, status: object): Promise<boolean> {
    const name = `${own.kind}/${object.metadata.name}`;
    try {
      const outcome = await this.#options.writer.write(own, object, status);
      this.#refused.delete(name);
      return outcome === "Written";
    } catch (error) {
      if (error instanceof NotLeading) throw error; // the pass is over
      if (error instanceof Conflict) return false;
      if (!this.#refused.has(name)) this.#options.log.warn("an object could not be answered", { object: name, error: messageOf(error) });
      this.#refused.add(name);
      this.#options.refused();
      return false;
    }
  }
}
