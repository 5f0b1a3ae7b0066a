/** Writes statuses of our own kinds: fenced by resourceVersion, only where they differ, and once per difference. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { API_VERSION, FIELD_MANAGER } from "../api/group.ts";
import { compareText } from "../assess/compare-text.ts";
import { CONDITION_TYPES } from "../assess/conditions.ts";
import { applyStatus, mergeStatus } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import { Conflict } from "../kube/errors.ts";
import type { ResourceType } from "../kube/resource.ts";
import { Rivalry, type RivalryOptions } from "./rivalry.ts";
import { SentStatuses } from "./sent-statuses.ts";

/** An object of ours as a watch or a write showed it. */
export interface OwnObject {
  metadata: { name: string; uid?: string | undefined; resourceVersion?: string | undefined; generation?: number | undefined };
  status?: unknown;
}

const Fields = z.looseObject({});
const Observed = z.looseObject({ observedGeneration: z.int() });

export interface OwnKind {
  resource: ResourceType;
  kind: "MigrationStatus" | "MigrationTimetable";
}

export class StatusWriter {
  readonly #client: KubeClient;
  /** The last write of each object: the watch shows it some milliseconds later, and a pass in between must not judge the old one. */
  readonly #written = new Map<string, { over: string; resourceVersion: string; status: unknown }>();

  /** What may stand in each object through us, and who has written over that. */
  readonly #ours = new Map<string, { sent: SentStatuses; rivalry: Rivalry }>();
  readonly #rivalry: RivalryOptions;

  constructor(client: KubeClient, rivalry: RivalryOptions = {}) {
    this.#client = client;
    this.#rivalry = rivalry;
  }

  /** Another replica leads: what it writes is no quarrel. */
  leadsNoMore(): void {
    this.#ours.clear();
  }

  /** The object as it stands, our own last write included. */
  present<T extends OwnObject>(object: T): T {
    const uid = object.metadata.uid ?? "";
    const last = this.#written.get(uid);
    if (last?.over !== object.metadata.resourceVersion) this.#written.delete(uid);
    if (!last || last.over !== object.metadata.resourceVersion) return object;
    return { ...object, metadata: { ...object.metadata, resourceVersion: last.resourceVersion }, status: last.status };
  }

  /**
   * Writes the status where it differs from the one that stands.
   * @throws Contested where somebody else writes over it again and again; Conflict where somebody wrote in between: the watch brings that, and the next pass judges it; TooLarge where it has to shrink first
   */
  async write(own: OwnKind, shown: OwnObject, status: object): Promise<"Written" | "Unchanged"> {
    const object = this.present(shown);
    const [standing, wanted] = [ours(object.status), ours(status)];
    if (isDeepStrictEqual(standing, wanted)) return "Unchanged";
    const { sent, rivalry } = this.#oursIn(object);
    const { name, resourceVersion = "" } = object.metadata;
    if (!sent.includes(standing, resourceVersion)) rivalry.overwritten(`${own.kind}/${name}`, resourceVersion);
    sent.sending(wanted);
    await this.#apply(own, shown, object, status);
    return "Written";
  }

  /** Says that a spec was seen, and leaves the rest as it is: whoever waits for a suspended object, as Flux does, would else wait for ever. */
  async acknowledge(resource: ResourceType, object: OwnObject): Promise<void> {
    const { metadata, status } = object;
    const { name, resourceVersion = "", generation } = metadata;
    if (generation === undefined || Observed.safeParse(status).data?.observedGeneration === generation) return;
    const answer = { observedGeneration: generation };
    const { sent } = this.#oursIn(object);
    // Where what stands is somebody else's, it stays theirs.
    const whole = sent.includes(ours(status), resourceVersion) ? ours({ ...Fields.parse(status ?? {}), ...answer }) : undefined;
    try {
      if (whole !== undefined) sent.sending(whole);
      await mergeStatus(this.#client, { resource, name, fieldManager: FIELD_MANAGER, resourceVersion, status: answer });
    } catch (error) {
      // Somebody wrote in between: the watch brings that, and the next pass says it.
      if (!(error instanceof Conflict)) throw error;
    }
  }

  async #apply({ resource, kind }: OwnKind, shown: OwnObject, object: OwnObject, status: object): Promise<void> {
    const { name, uid = "", resourceVersion = "" } = object.metadata;
    const body = { apiVersion: API_VERSION, kind, metadata: { name }, status };
    // Where the write is refused, the last one may be lost, with an etcd that was restored: what the watch shows is what counts then.
    this.#written.delete(uid);
    // Known before: whoever leads no more meanwhile forgets it.
    const { sent } = this.#oursIn(object);
    const written = await applyStatus(this.#client, { resource, name, fieldManager: FIELD_MANAGER, body, resourceVersion });
    const stands = Answer.parse(written.object).status;
    this.#written.set(uid, { over: shown.metadata.resourceVersion ?? "", resourceVersion: written.resourceVersion, status: stands });
    sent.stands(ours(stands), written.resourceVersion);
  }

  #oursIn({ metadata: { uid = "" } }: OwnObject): { sent: SentStatuses; rivalry: Rivalry } {
    const known = this.#ours.get(uid) ?? { sent: new SentStatuses(), rivalry: new Rivalry(this.#rivalry) };
    this.#ours.set(uid, known);
    return known;
  }
}

const Answer = z.looseObject({ status: z.unknown().optional() });

const Conditions = z.looseObject({ conditions: z.array(z.looseObject({ type: z.string() })) });
const types: readonly string[] = CONDITION_TYPES;

/**
 * As the server stores it: without fields that are undefined, and without conditions that somebody else added beside ours. Their order says
 * nothing: before 1.25 a server puts one that joins the others at their end.
 */
function ours(status: unknown): unknown {
  const stored: unknown = status === undefined ? undefined : JSON.parse(JSON.stringify(status));
  const read = Conditions.safeParse(stored);
  if (!read.success) return stored;
  const conditions = read.data.conditions.filter(({ type }) => types.includes(type));
  return { ...read.data, conditions: conditions.toSorted((a, b) => compareText(a.type, b.type)) };
}
