/** The operator: what it sees is judged, and what differs is written. Holds no rule of its own about Flux. */
import semver from "semver";
import { API_VERSION, FIELD_MANAGER, REQUESTED_AT_ANNOTATION, SINGLETON } from "../api/group.ts";
import { type MigrationStatus, MigrationStatusSpec } from "../api/migration-status.ts";
import { type Assessment, assess } from "../assess/assess.ts";
import { timetableNamed } from "../assess/chosen-timetable.ts";
import { previousStatus, writerOf } from "../assess/previous-status.ts";
import { parseProblems } from "../assess/spec-problems.ts";
import type { Subject } from "../assess/subject.ts";
import { type Data, editionNamed } from "../data/load.ts";
import { visibleText } from "../detect/visible-text.ts";
import { createObject } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import { Conflict, TooLarge } from "../kube/errors.ts";
import { createEventRecorder, type EventRecorder } from "../kube/events.ts";
import type { KubeLog } from "../kube/log.ts";
import type { ReflectorTimings } from "../kube/reflector.ts";
import type { Edition } from "../timetable/edition.ts";
import { Alarm } from "./alarm.ts";
import { Answers } from "./answers.ts";
import { STATUSES } from "./own-kinds.ts";
import { ReconcileLoop } from "./reconcile-loop.ts";
import { Sight } from "./sight.ts";
import { StatusWriter } from "./status-writer.ts";

/** What etcd takes in any configuration; tried once after it refused more. */
const SHRUNK_BYTES = 100 * 1024;

/** A time, as a rule; whatever stands there goes back into the status. */
const REQUEST_CHARACTERS = 256;

/** An answer that was refused is tried again this often: the right may have returned. */
const ANSWER_AGAIN_MS = 30_000;

export interface OperatorOptions {
  client: KubeClient;
  data: Data;
  log: KubeLog;
  clock: () => Date;
  settings: { clusterName: string; edition: string; ownerLabel?: string; operatorVersion: string; instance: string };
  /** True: everything is judged, nothing is written. */
  dryRun?: boolean;
  /** Told why there is no judgement: the object is suspended, a newer operator keeps it, or its CRD is not there. */
  heldBack?: (why: string) => void;
  /** Told of each judgement of the singleton, written or not. */
  assessed?: (assessment: Assessment) => void;
  timings?: {
    reflector?: Partial<ReflectorTimings>;
    writeIntervalMs?: number;
    clockCheckMs?: number;
    countIntervalMs?: number;
    unavailableGraceMs?: number;
  };
}

export class Operator {
  readonly #options: OperatorOptions;
  readonly #sight: Sight;
  readonly #loop: ReconcileLoop;
  readonly #alarm: Alarm;
  readonly #writer: StatusWriter;
  readonly #answers: Answers;
  readonly #events: EventRecorder;
  readonly #defaultEdition: Edition;
  #goodEdition: Edition;
  #goodSpec: MigrationStatusSpec = {};
  #requestedAt: string | undefined;
  #ready = false;
  /** Largest status that the server took, once it refused one. */
  #mostBytes: number | undefined;
  /** What was last said of each state that lasts, so that it is one line in the log and not one a pass. */
  readonly #said = new Map<string, string>();

  /** @throws UnreadableData for an edition that the data does not hold */
  constructor(options: OperatorOptions) {
    this.#options = options;
    const { client, data, log, clock, settings, timings = {} } = options;
    this.#defaultEdition = editionNamed(settings.edition, data.editions, "edition");
    this.#goodEdition = this.#defaultEdition;
    const { reflector, writeIntervalMs, clockCheckMs, countIntervalMs, unavailableGraceMs } = timings;
    this.#loop = new ReconcileLoop({ pass: () => this.#pass(), log, ...(writeIntervalMs === undefined ? {} : { writeIntervalMs }) });
    this.#alarm = new Alarm({ clock, ring: () => this.#loop.wake(), ...(clockCheckMs === undefined ? {} : { checkMs: clockCheckMs }) });
    this.#sight = new Sight({
      client,
      data,
      log,
      clock,
      changed: () => this.#loop.wake(),
      ...(reflector ? { timings: reflector } : {}),
      ...(countIntervalMs === undefined ? {} : { countIntervalMs }),
      ...(unavailableGraceMs === undefined ? {} : { unavailableGraceMs }),
    });
    this.#writer = new StatusWriter(client);
    this.#answers = new Answers({
      writer: this.#writer,
      editions: data.editions,
      log,
      clock,
      refused: () => this.#loop.wakeAfter(ANSWER_AGAIN_MS),
    });
    this.#events = createEventRecorder({ client, log, clock, component: FIELD_MANAGER, instance: settings.instance });
  }

  start(): void {
    this.#sight.start();
  }

  /** Whether the cluster has been seen whole and judged. Stays true through an outage: what was judged still stands. */
  ready(): boolean {
    return this.#ready;
  }

  /** Ends all watches and waits for a write that is under way. */
  async stop(): Promise<void> {
    this.#alarm.stop();
    await Promise.all([this.#loop.stop(), this.#sight.stop()]);
    this.#alarm.stop();
  }

  async #pass(): Promise<boolean> {
    if (!this.#sight.settled()) return false;
    const statuses = this.#sight.statuses();
    if (this.#options.dryRun) return this.#assessOnly(statuses.items());
    if (statuses.state().at === "NotInstalled") {
      this.#say(
        "held back",
        "the MigrationStatus CRD is not installed: kubectl apply -f crds/crds.yaml (crds-legacy.yaml below Kubernetes 1.25)",
      );
      return false;
    }
    const singleton = statuses.items().find((object) => object.metadata.name === SINGLETON);
    const others = statuses.items().filter((object) => object.metadata.name !== SINGLETON);
    const wrote = singleton ? await this.#reconcile(this.#writer.present(singleton), singleton) : await this.#create();
    const answered = await this.#answers.give(others, this.#sight.timetables().items());
    return wrote || answered;
  }

  async #create(): Promise<boolean> {
    // What the watch does not show yet may be there; the server knows.
    if (this.#sight.statuses().state().at !== "Synced") return false;
    const body = { apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: SINGLETON }, spec: {} };
    const creation = await createObject(this.#options.client, { resource: STATUSES, name: SINGLETON }, body, FIELD_MANAGER);
    if (creation.at === "Created") this.#options.log.info("created the MigrationStatus", { object: SINGLETON });
    return false;
  }

  async #reconcile(object: MigrationStatus, shown: MigrationStatus): Promise<boolean> {
    if (this.#yieldsTo(writerOf(object.status))) return false;
    const { spec } = this.#spec(object);
    if (spec.suspend) {
      this.#holdBack("suspended: nothing is written");
      this.#ready = true;
      return false;
    }
    this.#said.delete("held back");
    await this.#noticeRequest(object);
    const assessment = assess(this.#subject(object));
    const written = await this.#write(shown, assessment);
    this.#alarm.set(assessment.next);
    this.#ready = true;
    return written;
  }

  /** A newer operator's status is left alone: during an upgrade two versions would else write against each other. */
  #yieldsTo(writer: string | undefined): boolean {
    const theirs = semver.valid(writer);
    const ours = semver.valid(this.#options.settings.operatorVersion);
    if (!theirs || !ours || semver.lte(theirs, ours)) return false;
    this.#holdBack(`a newer operator (${theirs}) wrote the status: this one (${ours}) writes no more`);
    return true;
  }

  async #noticeRequest({ metadata }: MigrationStatus): Promise<void> {
    const annotation = metadata.annotations?.[REQUESTED_AT_ANNOTATION];
    const requestedAt = annotation === undefined ? undefined : visibleText(annotation, REQUEST_CHARACTERS);
    if (requestedAt !== undefined && requestedAt !== this.#requestedAt) await this.#sight.refresh();
    this.#requestedAt = requestedAt;
  }

  #subject(object: MigrationStatus | undefined): Subject {
    const { data, settings, clock } = this.#options;
    const { spec, problem: wrongSpec } = this.#spec(object);
    const { edition, problem: wrongTimetable } = this.#timetable(spec);
    const problem = wrongSpec ?? wrongTimetable;
    const previous = previousStatus(object?.status);
    return {
      look: this.#sight.look(spec.timetableRef !== undefined),
      edition,
      data: data.reference,
      spec,
      generation: object?.metadata.generation ?? 0,
      ...(this.#requestedAt === undefined ? {} : { requestedAt: this.#requestedAt }),
      settings,
      ...(problem ? { problem } : {}),
      ...(previous ? { previous } : {}),
      ...(this.#mostBytes === undefined ? {} : { mostBytes: this.#mostBytes }),
      now: clock(),
    };
  }

  /** The last good spec stays in force while the present one cannot be read. Only a server without CEL stores such a spec. */
  #spec(object: MigrationStatus | undefined): { spec: MigrationStatusSpec; problem?: Subject["problem"] } {
    const parsed = MigrationStatusSpec.safeParse(object?.spec ?? {});
    if (parsed.success) {
      this.#goodSpec = parsed.data;
      this.#said.delete("spec");
      return { spec: parsed.data };
    }
    const message = `MigrationStatus/${SINGLETON}: ${parseProblems("spec", parsed.error).join("; ")}; the last good spec is in force`;
    this.#say("spec", message);
    return { spec: this.#goodSpec, problem: { reason: "SpecInvalid", message } };
  }

  /** The last good timetable stays in force while the named one cannot be used. */
  #timetable(spec: MigrationStatusSpec): { edition: Edition; problem?: Subject["problem"] } {
    if (!spec.timetableRef) {
      this.#goodEdition = this.#defaultEdition;
      return { edition: this.#defaultEdition };
    }
    const timetables = this.#sight.timetables();
    const state = timetables.state();
    const unreadable = state.at === "Unreadable" ? state.message : undefined;
    const chosen = timetableNamed(spec.timetableRef.name, timetables.items(), this.#options.data.editions, unreadable);
    if ("problem" in chosen) {
      const message = `${chosen.problem}; edition ${this.#goodEdition.edition} is in force, as it was last`;
      this.#say("timetable", message);
      return { edition: this.#goodEdition, problem: { reason: "TimetableInvalid", message } };
    }
    this.#said.delete("timetable");
    this.#goodEdition = chosen.edition;
    return chosen;
  }

  async #write(shown: MigrationStatus, assessment: Assessment): Promise<boolean> {
    const { log, assessed } = this.#options;
    const outcome = await this.#apply(shown, assessment.status);
    // Once everything fits again, the limit has had its time.
    if (assessment.status.inventory?.omittedComponents === undefined) this.#mostBytes = undefined;
    assessed?.(assessment);
    if (outcome !== "Written") return false;
    const { summary } = assessment.status;
    log.info("wrote the status", {
      migration: summary?.migration,
      phase: summary?.phase,
      action: summary?.action,
      severity: summary?.severity,
    });
    for (const change of assessment.changes) {
      log.info("told a transition", { reason: change.reason, message: change.message });
      await this.#events.post({
        about: { apiVersion: API_VERSION, kind: "MigrationStatus", name: SINGLETON, uid: shown.metadata.uid ?? "" },
        type: change.type,
        reason: change.reason,
        message: change.message,
        transition: change.time,
      });
    }
    return true;
  }

  /** Undefined where somebody wrote in between: their write wakes the next pass. */
  async #apply(shown: MigrationStatus, status: object): Promise<"Written" | "Unchanged" | undefined> {
    try {
      return await this.#writer.write({ resource: STATUSES, kind: "MigrationStatus" }, shown, status);
    } catch (error) {
      if (error instanceof TooLarge) return this.#shrink(error);
      if (!(error instanceof Conflict)) throw error;
      this.#options.log.debug("somebody else wrote first", { object: shown.metadata.name });
      return undefined;
    }
  }

  /** The same write never succeeds: it is judged again at a smaller size, once, so that what is compared later is what was written. */
  #shrink(error: TooLarge): undefined {
    if (this.#mostBytes !== undefined) {
      this.#say("size", `the status is too large even when shrunk to ${this.#mostBytes} bytes: ${error.message}`);
      return undefined;
    }
    this.#mostBytes = SHRUNK_BYTES;
    this.#options.log.warn("the server refused the status as too large; it is shrunk", { bytes: SHRUNK_BYTES });
    this.#loop.wake();
    return undefined;
  }

  #assessOnly(objects: readonly MigrationStatus[]): boolean {
    const assessment = assess(this.#subject(objects.find((candidate) => candidate.metadata.name === SINGLETON)));
    this.#ready = true;
    this.#options.assessed?.(assessment);
    return false;
  }

  #holdBack(why: string): void {
    this.#say("held back", why);
    this.#options.heldBack?.(why);
  }

  #say(topic: string, sentence: string): void {
    if (this.#said.get(topic) === sentence) return;
    this.#said.set(topic, sentence);
    this.#options.log.warn(sentence, {});
  }
}
