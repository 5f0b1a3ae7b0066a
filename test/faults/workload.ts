/** A fluxd whose image changes without end, so that a status has to be written all the time. Knows no operator. */
import { setTimeout as sleep } from "node:timers/promises";
import { applyManifests } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { manifest } from "../integration/operator/manifests.ts";
import { fluxd } from "../unit/assess/subject-builder.ts";

const PATH = "/apis/apps/v1/namespaces/flux/deployments/flux";

/** Well below the 500 ms between two writes of a status: each pass finds another version. */
const CHANGE_MS = 200;

/** Releases of fluxd, one after the other. */
const IMAGES = ["1.23.2", "1.24.0", "1.24.3", "1.25.0", "1.25.4"].map((version) => `docker.io/fluxcd/flux:${version}`);

export interface Changing {
  /** Can be called twice. @throws what went wrong with a change */
  stop(): Promise<void>;
}

export async function startChanging(controlPlane: ControlPlane): Promise<Changing> {
  const { refused } = await applyManifests(controlPlane, JSON.stringify(manifest(fluxd())));
  if (refused.length > 0) throw new Error(`the workload was refused: ${JSON.stringify(refused)}`);
  const ended = new AbortController();
  const change = async (number: number) => {
    const value = IMAGES[number % IMAGES.length];
    const patch = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value }];
    const answer = await controlPlane.request("PATCH", PATH, patch, "application/json-patch+json");
    if (answer.status !== 200) throw new Error(`PATCH ${PATH}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const changes = async () => {
    for (let number = 0; !ended.signal.aborted; number += 1) {
      await change(number);
      await sleep(CHANGE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const done = changes();
  // Told by stop(), which may be long after.
  done.catch(() => undefined);
  return {
    stop: async () => {
      ended.abort();
      await done;
    },
  };
}
