/** Applies our own CRDs, in the form that the server takes. For a person at a terminal; in a cluster the installation brings them. */
import { basename } from "node:path";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { FIELD_MANAGER } from "../api/group.ts";
import { BUILT_IN } from "../data/built-in.ts";
import { applyObject } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import { serverVersion } from "../kube/discovery.ts";
import type { KubeLog } from "../kube/log.ts";
import { CRDS } from "./crd-watch.ts";

/** Earlier servers refuse a CRD with x-kubernetes-validations. Source: Kubernetes KEP-2876, beta in 1.25. */
const FIRST_MINOR_WITH_CEL = 25;

const Manifest = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

/** The file whose CRDs a server of this minor takes, as the project and BUILT_IN name it. */
export function crdFile(minor: number): string {
  return minor < FIRST_MINOR_WITH_CEL ? "crds/crds-legacy.yaml" : "crds/crds.yaml";
}

/** @returns where the release of that version publishes the file; whoever has the executable or the image has no crds/ */
export function publishedCrds(file: string, version: string): string {
  return `https://github.com/flux-migration/flux-migration-operator/releases/download/v${version}/${basename(file)}`;
}

/** @throws what the server answers where it refuses one */
export async function installCrds(client: KubeClient, log: KubeLog): Promise<void> {
  const version = await serverVersion(client);
  const minor = version.at === "Found" ? version.value.minor : FIRST_MINOR_WITH_CEL;
  for (const document of loadAll(BUILT_IN.get(crdFile(minor)) ?? "")) {
    const body = Manifest.parse(document);
    await applyObject(client, { resource: CRDS, name: body.metadata.name, fieldManager: FIELD_MANAGER, body });
    log.info("applied a CRD", { object: body.metadata.name });
  }
}
