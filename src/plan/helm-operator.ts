/** The Helm Operator's arguments and environment, as far as they say how releases are read and released. Flags without an equal: untranslated-flags.ts. */
import { type ReadFlags, readFlags } from "../detect/pflags.ts";
import type { DetectedVersion } from "../detect/version.ts";
import type { Daemon } from "./daemon.ts";
import type { Draft } from "./draft.ts";
import { FlagAccount } from "./flag-account.ts";
import type { HelmOperatorInForce } from "./helm-release.ts";
import { HELM_RELEASE_V1, HELM_RELEASE_V1BETA1 } from "./helm-release-v1.ts";
import type { SeenHelmRelease } from "./seen-object.ts";
import { helmOperatorReason } from "./untranslated-flags.ts";

/** Helm Operator 1.4.4, cmd/helm-operator/main.go */
const BOOLEANS: ReadonlySet<string> = new Set([
  "help",
  "log-release-diffs",
  "tiller-tls-enable",
  "tiller-tls-verify",
  "update-chart-deps",
  "version",
]);
const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ["h", "help"],
  ["l", "listen"],
]);
const DEFAULTS = { interval: "3m", gitInterval: "5m", gitTimeout: "20s", gitRef: "master" } as const;

const HELM_VERSIONS: readonly string[] = ["v2", "v3"];

/** In force where no Helm Operator was seen: all of its defaults, among them Helm 2 first. */
export const DEFAULT_OPERATOR: HelmOperatorInForce = { ...DEFAULTS, helmVersions: HELM_VERSIONS, importsRepositories: false };

export interface HelmOperator extends HelmOperatorInForce {
  readonly flags: FlagAccount;
  /** The API version of the HelmReleases that it reads. */
  readonly reads: string;
  /** The only namespace that it looked after; undefined for all. */
  readonly namespace?: string;
}

/** In the place of --enabled-helm-versions. */
const HELM_VERSION = "HELM_VERSION";
const WHICH = "HelmRelease: which of them are translated";

/** @param args the Helm Operator's arguments, without its name */
export function readHelmOperatorFlags(args: readonly string[]): ReadFlags {
  return readFlags(args, BOOLEANS, SHORTHANDS);
}

/** @param releases whether any HelmRelease is translated: its settings become fields of those, or are listed */
export function readHelmOperator({ subject, args, environment, component }: Daemon, releases: boolean, draft: Draft): HelmOperator {
  const flags = new FlagAccount(subject, readHelmOperatorFlags(args), draft.ledger);
  const namespace = flags.text("allow-namespace");
  const reads = apiVersionOf(component.version);
  if (!releases) {
    flags.close(helmOperatorReason);
    return { flags, reads, ...DEFAULT_OPERATOR };
  }
  const variable = environment.get(HELM_VERSION);
  const ofVariable = variable !== undefined && !flags.has("enabled-helm-versions");
  const versions = ofVariable ? variable.split(",") : flags.list("enabled-helm-versions");
  const known = versions.filter((version) => HELM_VERSIONS.includes(version));
  flags.translated("enabled-helm-versions", WHICH);
  if (ofVariable) draft.ledger.translated(subject, HELM_VERSION, WHICH);
  flags.translated("git-default-ref", "GitRepository spec.ref, where a chart in Git names none");
  return {
    flags,
    reads,
    interval: flags.duration("charts-sync-interval", DEFAULTS.interval, "HelmRelease and HelmRepository spec.interval"),
    gitInterval: flags.duration("git-poll-interval", DEFAULTS.gitInterval, "GitRepository spec.interval, of charts in Git"),
    gitTimeout: flags.duration("git-timeout", DEFAULTS.gitTimeout, "GitRepository spec.timeout, of charts in Git", false),
    gitRef: flags.text("git-default-ref") ?? DEFAULTS.gitRef,
    importsRepositories: flags.has("helm-repository-import"),
    helmVersions: known.length === 0 ? HELM_VERSIONS : known,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function apiVersionOf(version: DetectedVersion): string {
  return version.known && version.value.startsWith("0.") ? HELM_RELEASE_V1BETA1 : HELM_RELEASE_V1;
}

/**
 * The operator that looks after a HelmRelease, with its settings in the toolkit's forms.
 * @param operators all that were seen
 */
export function operatorOf({ namespace, apiVersion }: SeenHelmRelease, operators: readonly HelmOperator[]): HelmOperator | undefined {
  const readers = operators.filter(({ reads }) => reads === apiVersion);
  return readers.find((each) => each.namespace === namespace) ?? readers.find((each) => each.namespace === undefined);
}
