/** Which cluster this is, and which Kubernetes it runs. Two questions to the server, nothing kept. */

import * as z from "zod";
import { visibleText } from "../detect/visible-text.ts";
import { getObject } from "./apply.ts";
import type { KubeClient } from "./client.ts";
import { type Lookup, unreadable } from "./lookup.ts";
import { NAMESPACES } from "./resource.ts";

/** The longest known names a cloud and its build, and has 30. */
const VERSION_CHARACTERS = 100;

const version = z.looseObject({ major: z.string(), minor: z.string(), gitVersion: z.string().min(1) });

/** The API server's version. */
export interface ServerVersion {
  /** As the server writes it: `v1.36.3`, `v1.29.6-gke.1000`. */
  readonly gitVersion: string;
  readonly major: number;
  readonly minor: number;
}

/** @returns the version of the API server that answered; in a rolling upgrade another one may answer next. */
export async function serverVersion(client: KubeClient, signal?: AbortSignal): Promise<Lookup<ServerVersion>> {
  try {
    const { gitVersion } = version.parse(await client.json({ path: "/version", signal }));
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(gitVersion) ?? []; // the field "minor" is "27+" on some clouds
    if (major === undefined || minor === undefined) {
      return { at: "Unreadable", why: `/version: gitVersion is ${JSON.stringify(gitVersion.slice(0, 60))}; want vMAJOR.MINOR.PATCH` };
    }
    return { at: "Found", value: { gitVersion: visibleText(gitVersion, VERSION_CHARACTERS), major: Number(major), minor: Number(minor) } };
  } catch (error) {
    if (signal?.aborted) throw error;
    return unreadable(error);
  }
}

const identified = z.looseObject({ metadata: z.looseObject({ uid: z.string().min(1) }) });

/** @returns the UID of namespace kube-system, which no two clusters share and no upgrade changes. */
export function clusterUid(client: KubeClient, signal?: AbortSignal): Promise<Lookup<string>> {
  return getObject(client, { resource: NAMESPACES, name: "kube-system" }, (object) => identified.parse(object).metadata.uid, signal);
}
