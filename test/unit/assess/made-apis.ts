/** API data of many CRDs that never were, for what must hold whatever Flux releases next. */
import fc from "fast-check";
import { type ApiVersions, parseApiVersions } from "../../../src/assess/api-versions-file.ts";
import type { ReleaseData } from "../../../src/timetable/releases.ts";
import { parseReleases } from "../../../src/timetable/releases-file.ts";

export const minors = ["2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10"];
export const made: ReleaseData = parseReleases(
  {
    asOf: "2026-01-01",
    source: "test",
    minors: {},
    releases: minors.map((minor, index) => ({ version: `v${minor}.0`, date: `2025-01-${10 + index}`, components: {} })),
  },
  "test",
);

// As APIs live: versions come one after another, the storage version moves on among those served, and old ones go for good.
const history = fc.array(fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)), { minLength: minors.length, maxLength: minors.length }).map((moves) => {
  let [oldest, storage, newest] = [0, 0, 0];
  return moves.map(([added, stored, removed]) => {
    newest += added === 2 ? 1 : 0;
    storage = Math.min(newest, storage + (stored === 2 ? 1 : 0));
    oldest = Math.min(storage, oldest + (removed === 2 ? 1 : 0));
    return { oldest, storage, newest };
  });
});
export const lives = fc.array(history, { minLength: 1, maxLength: 4 });

export function apisOf(crds: { oldest: number; storage: number; newest: number }[][]): ApiVersions {
  const versionsOf = ({ oldest, storage, newest }: { oldest: number; storage: number; newest: number }) =>
    Array.from({ length: newest - oldest + 1 }, (_, index) => ({
      name: `v${oldest + index}`,
      served: true,
      storage: oldest + index === storage,
      deprecated: false,
    }));
  const since = (life: { oldest: number; storage: number; newest: number }[]) =>
    life.map((entry, index) => ({ flux: `v${minors[index]}.0`, versions: versionsOf(entry) }));
  return parseApiVersions({ from: "v2.2.0", crds: crds.map((life, index) => ({ crd: `kind${index}`, since: since(life) })) }, "test");
}

export type Stored = Record<string, readonly string[]>;
export const servedAt = (data: ApiVersions, crd: string, minor: string) =>
  data.crds.find((each) => each.crd === crd)?.since[minors.indexOf(minor)]?.versions ?? [];
export const bears = (data: ApiVersions, stored: Stored, minor: string) =>
  Object.entries(stored).every(([crd, versions]) =>
    versions.every((name) => servedAt(data, crd, minor).some((each) => each.served && each.name === name)),
  );
export const migrate = (data: ApiVersions, stored: Stored, minor: string): Stored =>
  Object.fromEntries(
    Object.keys(stored).map((crd) => [
      crd,
      servedAt(data, crd, minor)
        .filter((each) => each.storage)
        .map(({ name }) => name),
    ]),
  );
