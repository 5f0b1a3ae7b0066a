/** What a test says of metrics: a status in, the series out as text read back. Judges nothing. */
import type { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import type { ReflectorMetrics, ReflectorState } from "../../../src/kube/reflector.ts";
import { createMetrics, type Metrics } from "../../../src/metrics/metrics.ts";
import type { ReflectorReport } from "../../../src/operator/watched.ts";
import { type Exposition, parseExposition } from "./text-format.ts";

export const NOW = new Date("2026-11-23T08:00:00Z");

export function metrics(clusterName?: string): Metrics {
  return createMetrics({ version: "0.1.0", clock: () => NOW, ...(clusterName === undefined ? {} : { clusterName }) });
}

export async function exposed(from: Metrics): Promise<Exposition> {
  return parseExposition(await from.text());
}

export async function exposedOf(status: MigrationStatusStatus): Promise<Exposition> {
  const told = metrics();
  told.stands(status);
  return await exposed(told);
}

/** Series of one metric as `a=1 b=2`, where it has labels, and ` 7` for any value but 1. */
export function lines({ samples }: Exposition, name: string): string[] {
  return samples
    .filter((sample) => sample.name === name)
    .map(({ labels, value }) => {
      const parts = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
      return [...parts, ...(value === 1 ? [] : [value])].join(" ");
    });
}

export function values({ samples }: Exposition, name: string): number[] {
  return samples.filter((sample) => sample.name === name).map(({ value }) => value);
}

export function reflector(
  resource: string,
  { at = "Synced", ...counts }: Partial<ReflectorMetrics> & { at?: "Starting" | "Synced" | "NotInstalled" } = {},
): ReflectorReport & { metrics: ReflectorMetrics } {
  const state: ReflectorState = { at };
  const none: ReflectorMetrics = {
    reads: 0,
    watches: 0,
    restarts: {},
    bytes: 0,
    parsed: 0,
    passedOver: 0,
    lastContact: undefined,
    source: "full",
  };
  return { resource, state: () => state, metrics: { ...none, ...counts } };
}
