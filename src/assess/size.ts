/** Keeps a status small enough for etcd. Not for what is in it. */
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import { gravestFirst, type Severity } from "../api/words.ts";

/** More than any real cluster has; beyond it a table is no longer read by people. */
const MOST_COMPONENTS = 1000;
/** etcd refuses requests over 1.5 MiB, and managedFields and the old object travel along. Source: etcd, --max-request-bytes. */
const MOST_BYTES = 400 * 1024;

/** Of a status that is printed, and goes into no etcd. */
export const UNLIMITED = Number.POSITIVE_INFINITY;

/** Installations may take a quarter of it: whoever has thousands reads them in metrics. */
const INSTANCE_SHARE = 0.25;

/** Leaves out the least grave components and installations where the status would be too large, and says how many of each. */
export function capped(status: MigrationStatusStatus, bytes = MOST_BYTES): MigrationStatusStatus {
  if (bytes === UNLIMITED) return status;
  const { components = [], instances = [], ...others } = status.inventory ?? {};
  if (components.length <= MOST_COMPONENTS && sizeOf(status) <= bytes) return status;
  const shownInstances = fitting(instances, bytes * INSTANCE_SHARE);
  const shownComponents = fitting(components, bytes - sizeOf({ ...status, inventory: { ...others, instances: shownInstances } })).slice(
    0,
    MOST_COMPONENTS,
  );
  return {
    ...status,
    inventory: {
      ...others,
      components: shownComponents,
      omittedComponents: components.length - shownComponents.length,
      instances: shownInstances,
      ...(shownInstances.length < instances.length ? { omittedInstances: instances.length - shownInstances.length } : {}),
    },
  };
}

/** @returns the gravest entries that fit, in the order given */
function fitting<T extends { severity: Severity }>(entries: readonly T[], bytes: number): T[] {
  let room = bytes;
  const fit = new Set(
    entries.toSorted(gravestFirst).filter((entry) => {
      room -= sizeOf(entry) + 1;
      return room >= 0;
    }),
  );
  return entries.filter((entry) => fit.has(entry));
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
