/** What the administrator wants, as it could last be read: a spec or a timetable that cannot be used leaves the last good one in force. */
import { SINGLETON } from "../api/group.ts";
import { type MigrationStatus, MigrationStatusSpec, type MigrationStatusStatus } from "../api/migration-status.ts";
import type { MigrationTimetable } from "../api/migration-timetable.ts";
import { readTimetable, type Timetable, timetableNamed } from "../assess/chosen-timetable.ts";
import { parseProblems } from "../assess/spec-problems.ts";
import type { Subject } from "../assess/subject.ts";
import type { Reflector } from "../kube/reflector.ts";
import type { Edition } from "../timetable/edition.ts";
import type { Notices } from "./notices.ts";

export interface InForceOptions {
  /** Where no timetableRef is given. */
  edition: Edition;
  editions: ReadonlyMap<string, Edition>;
  timetables: Pick<Reflector<MigrationTimetable>, "items" | "state">;
  notices: Notices;
}

export class InForce {
  readonly #options: InForceOptions;
  #goodSpec: MigrationStatusSpec = {};

  constructor(options: InForceOptions) {
    this.#options = options;
  }

  /** Only a server without CEL stores a spec that cannot be read. */
  spec(object: MigrationStatus | undefined): { spec: MigrationStatusSpec; problem?: Subject["problem"] } {
    const parsed = MigrationStatusSpec.safeParse(object?.spec ?? {});
    if (parsed.success) {
      this.#goodSpec = parsed.data;
      this.#options.notices.over("spec");
      return { spec: parsed.data };
    }
    const message = `MigrationStatus/${SINGLETON}: ${parseProblems("spec", parsed.error).join("; ")}; the last good spec is in force`;
    this.#options.notices.say("spec", message);
    return { spec: this.#goodSpec, problem: { reason: "SpecInvalid", message } };
  }

  /**
   * A timetableRef that leads nowhere, also to one that was deleted, takes nothing back: the way back to the settings is to remove it.
   *
   * @param judgedBy what the status that stands was judged by, whichever process wrote it
   */
  timetable(spec: MigrationStatusSpec, judgedBy: MigrationStatusStatus["timetable"]): Timetable & { problem?: Subject["problem"] } {
    const { edition, editions, timetables, notices } = this.#options;
    if (!spec.timetableRef) return { edition };
    const state = timetables.state();
    const unreadable = state.at === "Unreadable" ? state.message : state.at === "Starting" ? "there is no answer yet" : undefined;
    const chosen = timetableNamed(spec.timetableRef.name, timetables.items(), editions, unreadable);
    if (!("problem" in chosen)) {
      notices.over("timetable");
      return chosen;
    }
    const last = judgedBy && readTimetable(judgedBy, editions);
    const held = last?.ok ? last.timetable : { edition };
    const which = last?.ok ? "is in force, as it was last" : "of the settings is in force";
    const message = `${chosen.problem}; edition ${held.edition.edition} ${which}`;
    notices.say("timetable", message);
    return { ...held, problem: { reason: "TimetableInvalid", message } };
  }
}
