/** Turns what reflectors tell of themselves into series. Their counters come from the ledger, all else from the reflectors there are now. */
import type { ReflectorReport } from "../operator/watched.ts";
import type { ReflectorLedger, ReflectorTotals } from "./reflector-ledger.ts";

export function reflectorSources(reflectors: () => readonly ReflectorReport[], ledger: ReflectorLedger) {
  const total = (count: (totals: Readonly<ReflectorTotals>) => number) => () =>
    Array.from(ledger.totals(), ([resource, totals]) => ({ labels: { resource }, value: count(totals) }));
  return {
    flux_migration_reflector_synced: () =>
      reflectors().map((reflector) => ({ labels: { resource: reflector.resource }, value: readInFull(reflector) ? 1 : 0 })),
    flux_migration_reflector_last_contact_timestamp_seconds: () =>
      reflectors().flatMap(({ resource, metrics: { lastContact } }) =>
        lastContact ? [{ labels: { resource }, value: lastContact.getTime() / 1000 }] : [],
      ),
    flux_migration_reflector_reads_total: total(({ reads }) => reads),
    flux_migration_reflector_watches_total: total(({ watches }) => watches),
    flux_migration_reflector_restarts_total: () =>
      Array.from(ledger.totals()).flatMap(([resource, { restarts }]) =>
        Array.from(restarts, ([reason, value]) => ({ labels: { resource, reason }, value })),
      ),
    flux_migration_reflector_read_bytes_total: total(({ readBytes }) => readBytes),
    flux_migration_reflector_source_info: () =>
      reflectors().map(({ resource, metrics: { source } }) => ({ labels: { resource, source }, value: 1 })),
  };
}

function readInFull(reflector: ReflectorReport): boolean {
  const { at } = reflector.state();
  return at === "Synced" || at === "NotInstalled";
}
