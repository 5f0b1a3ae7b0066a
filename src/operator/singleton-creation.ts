/** Makes the one MigrationStatus. What its spec says is its owner's: it is made empty. */
import { API_VERSION, FIELD_MANAGER, SINGLETON } from "../api/group.ts";
import { createObject } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeLog } from "../kube/log.ts";
import { STATUSES } from "./own-kinds.ts";

/** What the watch does not show yet may be there; the server knows. @throws as client.json does */
export async function createSingleton(client: KubeClient, log: KubeLog): Promise<void> {
  const body = { apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: SINGLETON }, spec: {} };
  const creation = await createObject(client, { resource: STATUSES, name: SINGLETON }, body, FIELD_MANAGER);
  if (creation.at === "Created") log.info("created the MigrationStatus", { object: SINGLETON });
}
