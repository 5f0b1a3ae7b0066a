/** What every watch is given, and how an object of unknown shape is named. */
import * as z from "zod";
import type { KubeClient } from "../kube/client.ts";
import type { KubeLog } from "../kube/log.ts";
import type { ReflectorSource, ReflectorTimings } from "../kube/reflector.ts";

export interface WatchContext {
  client: KubeClient;
  log: KubeLog;
  clock: () => Date;
  changed: () => void;
  /** Told by each kind whose version went back: etcd was restored. */
  restored?: () => void;
  /** How a kind is read that the server gives Tables of. Default: as Tables. */
  source?: ReflectorSource;
  timings?: Partial<ReflectorTimings>;
}

/** A kind whose CRD stands, or is about to, is looked for this often: a server can answer 404 for it for a moment after it took the CRD. */
const AWAITED_KIND_MS = 1_000;

/** For kinds that are expected to be there. */
export function awaited(context: WatchContext): WatchContext {
  const { timings } = context;
  return { ...context, timings: { ...timings, notInstalledMs: Math.min(timings?.notInstalledMs ?? AWAITED_KIND_MS, AWAITED_KIND_MS) } };
}

const Named = z.looseObject({ metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }) });

/** @returns `namespace/name`, or `name` for a cluster-scoped object */
export function objectName(object: unknown): string {
  const named = Named.safeParse(object);
  if (!named.success) return "(without a name)";
  const { name, namespace } = named.data.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}
