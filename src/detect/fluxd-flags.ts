/** What a fluxd's arguments say it is used for. Only the flags that detection needs are named here; src/plan reads all of them. */
import { FEATURES, type Feature } from "./component-name.ts";
import { booleanValue, lastValue, type ReadFlags, readFlags } from "./pflags.ts";

/** fluxd's boolean flags; every other one takes the next word [1]. [1] fluxcd/flux 1.25.4, cmd/fluxd/main.go */
export const FLUXD_BOOLEANS: ReadonlySet<string> = new Set([
  "git-ci-skip",
  "git-readonly",
  "git-secret",
  "git-set-author",
  "git-verify-signatures",
  "help",
  "k8s-in-cluster",
  "manifest-generation",
  "registry-disable-scanning",
  "registry-trace",
  "sops",
  "sync-garbage-collection",
  "sync-garbage-collection-dry",
  "version",
]);
/** [1] as above; -h is pflag's own. */
export const FLUXD_SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ["h", "help"],
  ["l", "listen"],
]);

type Flags = ReadFlags["flags"];

const isUsed: Readonly<Record<Feature, (flags: Flags) => boolean>> = {
  ReadOnly: (flags) => booleanValue(flags, "git-readonly") === true,
  ImageAutomation: (flags) => booleanValue(flags, "git-readonly") !== true && booleanValue(flags, "registry-disable-scanning") !== true,
  // With --sync-garbage-collection-dry it only logs what it would delete, also where both are set.
  GarbageCollection: (flags) =>
    booleanValue(flags, "sync-garbage-collection") === true && booleanValue(flags, "sync-garbage-collection-dry") !== true,
  ManifestGeneration: (flags) => booleanValue(flags, "manifest-generation") === true,
  SyncRepository: (flags) => (lastValue(flags, "git-url") ?? "") !== "",
};

/** @param args fluxd's arguments, without its name */
export function readFluxdFlags(args: readonly string[]): ReadFlags {
  return readFlags(args, FLUXD_BOOLEANS, FLUXD_SHORTHANDS);
}

/** @returns the features in the order of FEATURES */
export function fluxdFeatures(args: readonly string[]): Feature[] {
  const { flags } = readFluxdFlags(args);
  return FEATURES.filter((feature) => isUsed[feature](flags));
}
