/** What the administrator wants, as it could last be read: a spec or a timetable that cannot be used leaves the last good one in force. */
import { SINGLETON } from "../api/group.ts";
import { type MigrationStatus, MigrationStatusSpec } from "../api/migration-status.ts";
import type { MigrationTimetable } from "../api/migration-timetable.ts";
import { timetableNamed } from "../assess/chosen-timetable.ts";
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
  #goodEdition: Edition | undefined;

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

  /** @param judgedBy edition that the status which stands was judged by: this process may be new, or lead only now */
  timetable(spec: MigrationStatusSpec, judgedBy: string | undefined): { edition: Edition; problem?: Subject["problem"] } {
    const { edition, editions, timetables, notices } = this.#options;
    if (!spec.timetableRef) {
      this.#goodEdition = edition;
      return { edition };
    }
    const state = timetables.state();
    const unreadable = state.at === "Unreadable" ? state.message : state.at === "Starting" ? "there is no answer yet" : undefined;
    const chosen = timetableNamed(spec.timetableRef.name, timetables.items(), editions, unreadable);
    if ("problem" in chosen) {
      const last = this.#goodEdition ?? editions.get(judgedBy ?? "") ?? edition;
      const message = `${chosen.problem}; edition ${last.edition} is in force, as it was last`;
      notices.say("timetable", message);
      return { edition: last, problem: { reason: "TimetableInvalid", message } };
    }
    notices.over("timetable");
    this.#goodEdition = chosen.edition;
    return chosen;
  }
}
