/** Makes the one MigrationStatus. What its spec says is its owner's: it is made empty. */
import { API_VERSION, FIELD_MANAGER, SINGLETON } from "../api/group.ts";
import { createObject } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeLog } from "../kube/log.ts";
import type { Notices } from "./notices.ts";
import { STATUSES } from "./own-kinds.ts";

export interface SingletonCreationOptions {
  readonly log: KubeLog;
  /** True: somebody else makes it. While a release is uninstalled, one made anew would stay behind and stand in the way of the next. */
  readonly awaitStatus?: boolean;
}

/** What the watch does not show yet may be there; the server knows. @throws as client.json does */
export async function createSingleton(
  client: KubeClient,
  { log, awaitStatus = false }: SingletonCreationOptions,
  notices: Notices,
): Promise<"HeldBack" | "Unchanged"> {
  if (awaitStatus) {
    notices.say("held back", `there is no MigrationStatus/${SINGLETON}, and this operator makes none (--await-status)`);
    return "HeldBack";
  }
  const body = { apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: SINGLETON }, spec: {} };
  const creation = await createObject(client, { resource: STATUSES, name: SINGLETON }, body, FIELD_MANAGER);
  if (creation.at === "Created") log.info("created the MigrationStatus", { object: SINGLETON });
  return "Unchanged";
}
