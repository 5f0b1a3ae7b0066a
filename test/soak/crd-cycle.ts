/** A Flux CRD that is removed and installed again, each time seen by the operator: the watch behind it comes and goes. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { CRDS, crdManifest, HELM_RELEASES, helmRelease } from "../integration/operator/manifests.ts";

const SINGLETON = "/apis/flux-migration.dev/v1alpha1/migrationstatuses/cluster";
const OBJECTS = "/apis/helm.fluxcd.io/v1/namespaces/default/helmreleases";
const MERGE = "application/merge-patch+json";
const POLL_MS = 100;

/** Longer than two waits of the longest back-off, with its jitter: a cut may have come just before. */
const SEEN_MS = 150_000;

const Shown = z.looseObject({
  status: z
    .looseObject({
      inventory: z.looseObject({ apis: z.array(z.looseObject({ name: z.string(), objects: z.int().optional() })).optional() }).optional(),
    })
    .optional(),
});

/**
 * Goes round until the signal, and leaves the CRD as it is then.
 *
 * @param done called after each round
 * @throws an error where the operator does not see one within its time
 */
export async function cycleCrd(controlPlane: ControlPlane, done: () => void, signal: AbortSignal): Promise<void> {
  const { request } = controlPlane;
  const objects = async () => {
    const shown = Shown.safeParse((await request("GET", SINGLETON)).body).data;
    return shown?.status?.inventory?.apis?.find(({ name }) => name === HELM_RELEASES)?.objects ?? "None";
  };
  const until = async (what: string, holds: () => Promise<boolean>) => {
    const end = performance.now() + SEEN_MS;
    while (!signal.aborted && !(await holds())) {
      if (performance.now() > end) throw new Error(`not within ${SEEN_MS / 1000} s: ${what}`);
      await sleep(POLL_MS);
    }
  };
  const gone = async () => {
    // The API server empties a kind before it lets its CRD go, and waits ever longer between two tries, unless the CRD changes.
    await request("PATCH", `${CRDS}/${HELM_RELEASES}`, { metadata: { annotations: { seen: `${Date.now()}` } } }, MERGE);
    return (await objects()) === "None";
  };
  while (!signal.aborted) {
    await until("the CRD is taken", async () => (await request("POST", CRDS, crdManifest(HELM_RELEASES, "HelmRelease"))).status === 201);
    await until("its objects are taken", async () => (await request("POST", OBJECTS, helmRelease("left"))).status === 201);
    await until("the status shows its object", async () => (await objects()) === 1);
    await until("the CRD is removed", async () => (await request("DELETE", `${CRDS}/${HELM_RELEASES}`)).status === 200);
    await until("the status shows that it is gone", gone);
    if (!signal.aborted) done();
  }
}
