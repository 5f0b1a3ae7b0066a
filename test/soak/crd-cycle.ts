/**
 * Flux CRDs that are removed and installed again, each time seen by the operator. Behind that of Flux 1 a watch comes and goes with it, those
 * of the toolkit are counted. Several at once: for one alone, the API server's own waits are nearly all of the time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { CRDS, crdManifest, HELM_RELEASES } from "../integration/operator/manifests.ts";

const SINGLETON = "/apis/flux-migration.dev/v1alpha1/migrationstatuses/cluster";
const MERGE = "application/merge-patch+json";
const POLL_MS = 200;

/** Longer than two waits of the longest back-off, with its jitter: a cut may have come just before. */
const SEEN_MS = 150_000;

interface FluxCrd {
  readonly name: string;
  readonly kind: string;
  /** What the status says of its objects, of which there is one; undefined where it tells when they were counted last. */
  readonly objects?: number;
}

const FLUX_CRDS: readonly FluxCrd[] = [
  { name: HELM_RELEASES, kind: "HelmRelease", objects: 1 },
  { name: "gitrepositories.source.toolkit.fluxcd.io", kind: "GitRepository" },
  { name: "kustomizations.kustomize.toolkit.fluxcd.io", kind: "Kustomization" },
  { name: "helmreleases.helm.toolkit.fluxcd.io", kind: "HelmRelease" },
  { name: "providers.notification.toolkit.fluxcd.io", kind: "Provider" },
  { name: "imagepolicies.image.toolkit.fluxcd.io", kind: "ImagePolicy" },
];

const Shown = z.looseObject({
  status: z
    .looseObject({
      inventory: z.looseObject({ apis: z.array(z.looseObject({ name: z.string(), objects: z.int().optional() })).optional() }).optional(),
    })
    .optional(),
});

/**
 * Goes round until the signal, and leaves no CRD behind: what the operator holds for one would differ from before.
 *
 * @param done called after each round of each CRD
 * @throws an error where the operator does not see one within its time
 */
export async function cycleCrds(controlPlane: ControlPlane, done: () => void, signal: AbortSignal): Promise<void> {
  await Promise.all(FLUX_CRDS.map((crd) => cycle(controlPlane, crd, done, signal)));
}

async function cycle({ request }: ControlPlane, crd: FluxCrd, done: () => void, signal: AbortSignal): Promise<void> {
  const [plural = "", ...group] = crd.name.split(".");
  const collection = `/apis/${group.join(".")}/v1/namespaces/default/${plural}`;
  const object = { apiVersion: `${group.join(".")}/v1`, kind: crd.kind, metadata: { name: "left", namespace: "default" }, spec: {} };
  const shown = async () => {
    const status = Shown.safeParse((await request("GET", SINGLETON)).body).data?.status;
    return status?.inventory?.apis?.find(({ name }) => name === crd.name);
  };
  const until = async (what: string, holds: () => Promise<boolean>) => {
    const end = performance.now() + SEEN_MS;
    while (!(await holds())) {
      if (performance.now() > end) {
        const { status, body } = await request("GET", `${CRDS}/${crd.name}`);
        const there = `${status} ${JSON.stringify(body).slice(0, 3_000)}`;
        throw new Error(
          `${crd.name}: not within ${SEEN_MS / 1000} s: ${what}; the CRD: ${there}; the status: ${JSON.stringify(await shown())}`,
        );
      }
      await sleep(POLL_MS);
    }
  };
  const seen = async () => {
    const api = await shown();
    return api !== undefined && (crd.objects === undefined || api.objects === crd.objects);
  };
  const gone = async () => {
    // The API server empties a kind before it lets its CRD go, and waits ever longer between two tries, unless the CRD changes.
    await request("PATCH", `${CRDS}/${crd.name}`, { metadata: { annotations: { seen: `${Date.now()}` } } }, MERGE);
    return (await shown()) === undefined;
  };
  while (!signal.aborted) {
    await until("the CRD is taken", async () => (await request("POST", CRDS, crdManifest(crd.name, crd.kind))).status === 201);
    await until("its object is taken", async () => (await request("POST", collection, object)).status === 201);
    await until("the status shows it", seen);
    await until("the CRD is removed", async () => (await request("DELETE", `${CRDS}/${crd.name}`)).status === 200);
    await until("the status shows that it is gone", gone);
    done();
  }
}
