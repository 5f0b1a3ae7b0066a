/** Writes statuses of our own kinds: fenced by resourceVersion, only where they differ, and once per difference. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { API_VERSION, FIELD_MANAGER } from "../api/group.ts";
import { compareText } from "../assess/compare-text.ts";
import { isOurs } from "../assess/conditions.ts";
import { applyStatus, mergeStatus, replaceStatus, type Written } from "../kube/apply.ts";
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
  /** The last write of each object, and over what: the watch shows it some milliseconds later, and a pass in between must not judge the old one. */
  readonly #written = new Map<string, { over: readonly string[]; resourceVersion: string; status: unknown }>();

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

  /** Forgets all objects but these: the others are gone. */
  keepOnly(objects: readonly OwnObject[]): void {
    const uids = new Set(objects.map(({ metadata: { uid = "" } }) => uid));
    for (const known of [this.#written, this.#ours]) for (const uid of known.keys()) if (!uids.has(uid)) known.delete(uid);
  }

  /** The object as it stands, our own last write included. */
  present<T extends OwnObject>(object: T): T {
    const { uid = "", resourceVersion = "" } = object.metadata;
    const last = this.#written.get(uid);
    if (!last) return object;
    if (!last.over.includes(resourceVersion)) {
      this.#written.delete(uid);
      return object;
    }
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
    if (sent.hasMadeOf(wanted, resourceVersion)) return "Unchanged";
    if (!sent.includes(standing, resourceVersion)) rivalry.overwritten(`${own.kind}/${name}`, resourceVersion);
    sent.sending(wanted);
    const stands = await this.#apply(own, shown, object, { status, wanted, sent });
    return stands === resourceVersion ? "Unchanged" : "Written";
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

  /**
   * @param sending the status, what of it is ours, and where that is noted: known before, as whoever leads no more meanwhile forgets it
   * @returns the version that the object is at then
   */
  async #apply(
    { resource, kind }: OwnKind,
    shown: OwnObject,
    object: OwnObject,
    { status, wanted, sent }: { status: object; wanted: unknown; sent: SentStatuses },
  ): Promise<string> {
    const { name, uid = "", resourceVersion = "" } = object.metadata;
    const body = { apiVersion: API_VERSION, kind, metadata: { name }, status };
    // Where the write is refused, the last one may be lost, with an etcd that was restored: what the watch shows is what counts then.
    this.#written.delete(uid);
    const request = { resource, name, fieldManager: FIELD_MANAGER };
    const keep = ({ resourceVersion, object: answer }: Written, ...over: string[]): unknown => {
      const { status: stands } = Answer.parse(answer);
      this.#written.set(uid, { over: [shown.metadata.resourceVersion ?? "", ...over], resourceVersion, status: stands });
      return stands;
    };
    const applied = await applyStatus(this.#client, { ...request, body, resourceVersion });
    const stands = keep(applied);
    const standing = ours(stands);
    sent.stands(standing, applied.resourceVersion);
    if (isDeepStrictEqual(standing, wanted)) return applied.resourceVersion;
    // Fields that somebody else put beside ours are theirs, and no apply takes them back.
    sent.sending(wanted);
    const whole = withTheirs(status, stands);
    const replacing = replaceStatus(this.#client, { ...request, resourceVersion: applied.resourceVersion, status: whole });
    const replaced = await replacing.catch((error: unknown) => {
      // Ours is stored all the same, and what came in between is judged by the next pass.
      if (error instanceof Conflict) return undefined;
      throw error;
    });
    if (replaced === undefined) return applied.resourceVersion;
    sent.stands(ours(keep(replaced, applied.resourceVersion)), replaced.resourceVersion, wanted);
    return replaced.resourceVersion;
  }

  #oursIn({ metadata: { uid = "" } }: OwnObject): { sent: SentStatuses; rivalry: Rivalry } {
    const known = this.#ours.get(uid) ?? { sent: new SentStatuses(), rivalry: new Rivalry(this.#rivalry) };
    this.#ours.set(uid, known);
    return known;
  }
}

const Answer = z.looseObject({ status: z.unknown().optional() });

const Conditions = z.looseObject({ conditions: z.array(z.looseObject({ type: z.string() })) });

/**
 * As the server stores it: without fields that are undefined, and without conditions that somebody else added beside ours. Their order says
 * nothing: before 1.25 a server puts one that joins the others at their end.
 */
function ours(status: unknown): unknown {
  const stored: unknown = status === undefined ? undefined : JSON.parse(JSON.stringify(status));
  const read = Conditions.safeParse(stored);
  if (!read.success) return stored;
  const conditions = read.data.conditions.filter(isOurs);
  return { ...read.data, conditions: conditions.toSorted((a, b) => compareText(a.type, b.type)) };
}

/** @returns a status of ours with the conditions that somebody else added to the one that stands */
function withTheirs(status: object, stands: unknown): object {
  const theirs = Conditions.safeParse(stands).data?.conditions.filter((condition) => !isOurs(condition)) ?? [];
  const own = Conditions.safeParse(status).data?.conditions ?? [];
  return { ...status, conditions: [...own, ...theirs] };
}
