/** Writes statuses of our own kinds: fenced by resourceVersion, only where they differ, and once per difference. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { API_VERSION, FIELD_MANAGER } from "../api/group.ts";
import { MigrationStatusStatus } from "../api/migration-status.ts";
import { capped } from "../assess/size.ts";
import { applyStatus } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import { TooLarge } from "../kube/errors.ts";
import type { ResourceType } from "../kube/resource.ts";

/** An object of ours as a watch or a write showed it. */
export interface OwnObject {
  metadata: { name: string; uid?: string | undefined; resourceVersion?: string | undefined };
  status?: unknown;
}

export interface OwnKind {
  resource: ResourceType;
  kind: "MigrationStatus" | "MigrationTimetable";
}

/** A status that did not fit is tried once more at this size; then it is left, for the same write never succeeds. */
const SHRUNK_BYTES = 100 * 1024;

export class StatusWriter {
  readonly #client: KubeClient;
  /** The last write of each object: the watch shows it some milliseconds later, and a pass in between must not judge the old one. */
  readonly #written = new Map<string, { over: string; resourceVersion: string; status: unknown }>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The object as it stands, our own last write included. */
  present<T extends OwnObject>(object: T): T {
    const last = this.#written.get(object.metadata.uid ?? "");
    if (!last || last.over !== object.metadata.resourceVersion) return object;
    return { ...object, metadata: { ...object.metadata, resourceVersion: last.resourceVersion }, status: last.status };
  }

  /**
   * Writes the status where it differs from the one that stands.
   * @throws Conflict where somebody wrote in between: the watch brings that, and the next pass judges it
   */
  async write(own: OwnKind, shown: OwnObject, status: object): Promise<"Written" | "Unchanged"> {
    const object = this.present(shown);
    if (isDeepStrictEqual(plain(object.status), plain(status))) return "Unchanged";
    try {
      await this.#apply(own, shown, object, status);
    } catch (error) {
      const whole = MigrationStatusStatus.safeParse(status);
      if (!(error instanceof TooLarge) || !whole.success) throw error;
      await this.#apply(own, shown, object, capped(whole.data, SHRUNK_BYTES));
    }
    return "Written";
  }

  async #apply({ resource, kind }: OwnKind, shown: OwnObject, object: OwnObject, status: object): Promise<void> {
    const { name, uid = "", resourceVersion = "" } = object.metadata;
    const body = { apiVersion: API_VERSION, kind, metadata: { name }, status };
    const written = await applyStatus(this.#client, { resource, name, fieldManager: FIELD_MANAGER, body, resourceVersion });
    this.#written.set(uid, {
      over: shown.metadata.resourceVersion ?? "",
      resourceVersion: written.resourceVersion,
      status: Answer.parse(written.object).status,
    });
  }
}

const Answer = z.looseObject({ status: z.unknown().optional() });

/** As the server stores it: without fields that are undefined. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
