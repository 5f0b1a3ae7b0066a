/** The operator: what it sees is judged, and what differs is written. Holds no rule of its own about Flux. */
import { REQUESTED_AT_ANNOTATION, SINGLETON } from "../api/group.ts";
import type { MigrationStatus } from "../api/migration-status.ts";
import { type Assessment, assess } from "../assess/assess.ts";
import { lastChange, newerWriter, previousStatus } from "../assess/previous-status.ts";
import type { Subject } from "../assess/subject.ts";
import { editionNamed } from "../data/load.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { KubeClient } from "../kube/client.ts";
import { StatusError } from "../kube/errors.ts";
import { Alarm } from "./alarm.ts";
import { Answers } from "./answers.ts";
import { InForce } from "./in-force.ts";
import { publishedCrds } from "./install-crds.ts";
import { NotLeading, writesWhile } from "./leading-client.ts";
import { Notices } from "./notices.ts";
import type { OperatorOptions } from "./operator-options.ts";
import { STATUSES } from "./own-kinds.ts";
import { ReconcileLoop } from "./reconcile-loop.ts";
import { Sight } from "./sight.ts";
import { createSingleton } from "./singleton-creation.ts";
import { SingletonWriter } from "./singleton-writer.ts";
import { StatusWriter } from "./status-writer.ts";
import { steadyClock } from "./steady-clock.ts";
import { TransitionEvents } from "./transition-events.ts";
import type { HeldBackBy, PassOutcome, ReflectorReport } from "./watched.ts";

/** A time, as a rule; whatever stands there goes back into the status. */
const REQUEST_CHARACTERS = 256;

/** An answer that was refused is tried again this often: the right may have returned. */
const ANSWER_AGAIN_MS = 30_000;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #sight: Sight;
  readonly #loop: ReconcileLoop;
  readonly #alarm: Alarm;
  readonly #writer: StatusWriter;
  readonly #singletonWriter: SingletonWriter;
  readonly #answers: Answers;
  readonly #events: TransitionEvents;
  readonly #client: KubeClient;
  readonly #notices: Notices;
  readonly #inForce: InForce;
  readonly #judgingClock: (written?: Date) => Date;
  #requestedAt: string | undefined;
  #heldBackBy: HeldBackBy | undefined;
  #ready = false;

  /** @throws UnreadableData for an edition that the data does not hold */
  constructor(options: OperatorOptions) {
    this.#options = options;
    const { data, log, clock, settings, reflectorSource, timings = {}, leading = () => true } = options;
    const client = writesWhile(leading, options.client);
    this.#client = client;
    this.#judgingClock = steadyClock(clock);
    this.#notices = new Notices(log);
    const { reflector, writeIntervalMs, clockCheckMs, countIntervalMs, unavailableGraceMs, retry, rivalry } = timings;
    this.#loop = new ReconcileLoop({
      pass: () => this.#observedPass(),
      log,
      ...(writeIntervalMs === undefined ? {} : { writeIntervalMs }),
      ...(retry ? { retry } : {}),
    });
    this.#alarm = new Alarm({ clock, ring: () => this.#loop.wake(), ...(clockCheckMs === undefined ? {} : { checkMs: clockCheckMs }) });
    this.#sight = new Sight({
      client,
      data,
      log,
      clock,
      changed: () => this.#loop.wake(),
      ...(reflectorSource ? { source: reflectorSource } : {}),
      ...(reflector ? { timings: reflector } : {}),
      ...(countIntervalMs === undefined ? {} : { countIntervalMs }),
      ...(unavailableGraceMs === undefined ? {} : { unavailableGraceMs }),
    });
    this.#inForce = new InForce({
      edition: editionNamed(settings.edition, data.editions, "edition"),
      editions: data.editions,
      timetables: this.#sight.timetables(),
      notices: this.#notices,
    });
    this.#writer = new StatusWriter(client, { timings: rivalry });
    this.#singletonWriter = new SingletonWriter({ writer: this.#writer, log, notices: this.#notices, loop: this.#loop });
    this.#answers = new Answers({
      writer: this.#writer,
      editions: data.editions,
      log,
      clock,
      refused: () => this.#loop.wakeAfter(ANSWER_AGAIN_MS),
    });
    this.#events = new TransitionEvents({ client, log, clock, instance: settings.instance });
  }

  start(): void {
    this.#sight.start();
  }

  /** Whether the cluster has been seen whole and judged. Stays true through an outage: what was judged still stands. */
  ready(): boolean {
    return this.#ready;
  }

  /** Ends all watches and waits for a write that is under way, and for the Events that it brings. */
  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#sight.stop()]);
    this.#alarm.stop();
    await this.#events.stop();
  }

  /** Asks for a pass: another leads. A replica that leads after its network was gone has the Lease back long before its watches. */
  wake(): void {
    if (!this.#leads()) this.#leadsNoMore();
    this.#sight.hurry();
    this.#loop.wake();
  }

  #leads(): boolean {
    return this.#options.leading?.() ?? true;
  }

  /** Said as soon as it is known: while a pass waits for its next try, the lead can be lost and won again. */
  #leadsNoMore(): void {
    this.#events.leadsNoMore();
    this.#writer.leadsNoMore();
  }

  reflectors(): readonly ReflectorReport[] {
    return this.#sight.reflectors();
  }

  /** @returns whether a write was made, or refused */
  async #observedPass(): Promise<boolean> {
    const { observer } = this.#options;
    if (!this.#sight.settled()) return false;
    observer?.annotated?.(this.#singleton()?.metadata.annotations ?? {});
    if (!this.#leads()) {
      this.#leadsNoMore();
      this.#ready = true;
      return false;
    }
    const startMs = performance.now();
    let outcome: PassOutcome = "Failed";
    this.#heldBackBy = undefined;
    try {
      outcome = await this.#pass();
      // A refused write is paced as one that was taken: a workload that flaps must not make it a storm.
      return outcome === "Written" || outcome === "Conflict" || outcome === "Failed";
    } catch (error) {
      if (!(error instanceof NotLeading)) throw error;
      outcome = "LostLead";
      this.#heldBackBy = undefined;
      return false;
    } finally {
      observer?.passed?.(outcome, (performance.now() - startMs) / 1000, this.#heldBackBy);
    }
  }

  async #pass(): Promise<PassOutcome> {
    const statuses = this.#sight.statuses();
    const singleton = this.#singleton();
    if (this.#options.dryRun) return this.#assessOnly(singleton);
    const state = statuses.state();
    if (state.at === "NotInstalled") {
      this.#notices.say(
        "held back",
        `the MigrationStatus CRD is not installed: kubectl apply -f ${publishedCrds("crds.yaml", this.#options.settings.operatorVersion)} (crds-legacy.yaml below Kubernetes 1.25)`,
      );
      this.#options.observer?.stands?.(undefined);
      return this.#heldBack("NotInstalled");
    }
    // What others write to it is not seen then, and the first thing that they write ends our own writing.
    if (state.at === "Unreadable") this.#notices.say("unread", `the MigrationStatus cannot be read: ${state.message}`);
    else this.#notices.over("unread");
    const others = statuses.items().filter((object) => object.metadata.name !== SINGLETON);
    const outcome = singleton ? await this.#reconcile(this.#writer.present(singleton), singleton) : await this.#create();
    const timetables = this.#sight.timetables().items();
    this.#writer.keepOnly([...statuses.items(), ...timetables]);
    const answered = await this.#answers.give(others, timetables);
    return answered ? "Written" : outcome;
  }

  #singleton(): MigrationStatus | undefined {
    return this.#sight
      .statuses()
      .items()
      .find((object) => object.metadata.name === SINGLETON);
  }

  async #create(): Promise<PassOutcome> {
    this.#options.observer?.stands?.(undefined);
    if (this.#sight.statuses().state().at !== "Synced") return this.#heldBack("Unreadable");
    if (this.#options.awaitStatus)
      return this.#seenOnly("NoStatus", `there is no MigrationStatus/${SINGLETON}, and this operator makes none (--await-status)`);
    await createSingleton(this.#client, this.#options.log);
    return "Unchanged";
  }

  #heldBack(by: HeldBackBy): PassOutcome {
    this.#heldBackBy = by;
    return "HeldBack";
  }

  /** The cluster was seen, and nothing is to be written. */
  #seenOnly(by: HeldBackBy, why: string): PassOutcome {
    this.#notices.say("held back", why);
    this.#options.heldBack?.(why);
    this.#ready = true;
    return this.#heldBack(by);
  }

  async #reconcile(object: MigrationStatus, shown: MigrationStatus): Promise<PassOutcome> {
    const suspended = this.#inForce.spec(object).spec.suspend === true;
    const why = suspended ? "suspended: nothing is written" : newerWriter(object.status, this.#options.settings.operatorVersion);
    if (why !== undefined) {
      if (suspended) await this.#writer.acknowledge(STATUSES, object);
      // A newer operator tells its own. After a rollback nobody keeps that status true, which only its absence from the metrics shows.
      this.#options.observer?.stands?.(suspended ? previousStatus(object.status) : undefined);
      return this.#seenOnly(suspended ? "Suspended" : "NewerOperator", why);
    }
    this.#notices.over("held back");
    this.#events.catchUp(previousStatus(object.status), object.metadata.uid ?? "");
    await this.#noticeRequest(object);
    const subject = this.#subject(object);
    const assessment = assess(subject);
    const outcome = await this.#write(shown, assessment);
    this.#options.assessed?.(assessment, subject);
    const stands = outcome === "Written" || outcome === "Unchanged";
    const seen = this.#sight.statuses().state().at === "Synced" ? previousStatus(object.status) : undefined;
    this.#options.observer?.stands?.(stands ? assessment.status : seen);
    this.#alarm.set(assessment.next);
    this.#ready = true;
    return outcome;
  }

  async #noticeRequest({ metadata }: MigrationStatus): Promise<void> {
    const annotation = metadata.annotations?.[REQUESTED_AT_ANNOTATION];
    const requestedAt = annotation === undefined ? undefined : visibleText(annotation, REQUEST_CHARACTERS);
    if (requestedAt !== undefined && requestedAt !== this.#requestedAt) await this.#sight.refresh();
    this.#requestedAt = requestedAt;
  }

  #subject(object: MigrationStatus | undefined): Subject {
    const { data, settings } = this.#options;
    const { spec, problem: wrongSpec } = this.#inForce.spec(object);
    const previous = previousStatus(object?.status);
    const { problem: wrongTimetable, ...timetable } = this.#inForce.timetable(spec, previous?.timetable);
    const problem = wrongSpec ?? wrongTimetable;
    const { mostBytes } = this.#singletonWriter;
    return {
      look: this.#sight.look({ statuses: object !== undefined, timetables: spec.timetableRef !== undefined }),
      ...timetable,
      data: data.reference,
      spec,
      generation: object?.metadata.generation ?? 0,
      ...(this.#requestedAt === undefined ? {} : { requestedAt: this.#requestedAt }),
      settings,
      ...(problem ? { problem } : {}),
      ...(previous ? { previous } : {}),
      ...(mostBytes === undefined ? {} : { mostBytes }),
      // Who only looks may want to see an earlier day.
      now: this.#judgingClock(previous && !this.#options.dryRun ? lastChange(previous) : undefined),
    };
  }

  async #write(shown: MigrationStatus, assessment: Assessment): Promise<PassOutcome> {
    const { log } = this.#options;
    const outcome = await this.#singletonWriter.write(shown, assessment.status).catch((error: unknown) => {
      this.#events.mayBeUntold();
      if (error instanceof StatusError && error.code === 403) this.#options.heldBack?.(`the status cannot be written: ${error.message}`);
      throw error;
    });
    // A second try whose first was stored meets its own.
    if (outcome === "Conflict") this.#events.mayBeUntold();
    if (outcome === "TooLarge") return "Failed";
    if (outcome === "GaveWay") return this.#heldBack("Contested");
    if (outcome === "Conflict") return "Conflict";
    if (outcome !== "Written") return "Unchanged";
    const { summary } = assessment.status;
    log.info("wrote the status", {
      migration: summary?.migration,
      phase: summary?.phase,
      action: summary?.action,
      severity: summary?.severity,
    });
    this.#events.tell(assessment.changes, shown.metadata.uid ?? "");
    return "Written";
  }

  #assessOnly(object: MigrationStatus | undefined): PassOutcome {
    const subject = this.#subject(object);
    const assessment = assess(subject);
    this.#ready = true;
    this.#options.observer?.stands?.(assessment.status);
    this.#options.assessed?.(assessment, subject);
    this.#alarm.set(assessment.next);
    return "Unchanged";
  }
}
