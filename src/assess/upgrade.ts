/** Whether the way to a supported Flux 2 is open: stored API versions and the Kubernetes version. Not for support states: toolkit-instance.ts. */
import type { BlockedBy } from "../api/words.ts";
import { compareMinors, latestPatch, minorsAt } from "../timetable/releases.ts";
import { removedIn } from "./api-versions.ts";
import { behindWords, catchUpSentence, catchUpWords, installedCrds, isBarred, newestInstalled } from "./crds-behind.ts";
import { kubernetesWanted, newestThatRuns } from "./runs-here.ts";
import { compareVersions } from "./semver-range.ts";
import { fill, listed } from "./sentence.ts";
import type { Subject } from "./subject.ts";
import type { ToolkitInstance } from "./toolkit-instance.ts";
import { type KnownLadder, type Ladder, type LadderStep, upgradeLadder } from "./upgrade-ladder.ts";

export interface UpgradePath {
  blockedBy: BlockedBy;
  /** A whole sentence for the condition UpgradeBlocked. */
  message: string;
  /** Whether it is Unknown because the CRDs were not read. */
  unread?: true;
  /** Set where no supported Flux 2 runs on this Kubernetes: `1.20.2 runs no supported Flux 2; 2.7 needs 1.32`. */
  kubernetesFirst?: string;
}

/**
 * Way of one installation, or of a new one, to the newest supported Flux 2 that this Kubernetes runs; where it runs none, to the newest.
 * Steps never go below what is installed, nor below the CRDs.
 */
export function ladderFor(minor: string | undefined, subject: Subject): Ladder {
  const from = newestInstalled(minor, subject);
  const stored = installedCrds(subject);
  const { apis, releases } = subject.data;
  const supported = supportedMinors(subject);
  const above = supported.filter((each) => from === undefined || compareMinors(each, from) >= 0);
  const to = newestThatRuns(releases, above, subject.look.kubernetesVersion) ?? supported.at(-1);
  const ends = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const ladder = upgradeLadder({ apis, releases, now: subject.now, stored, ...ends });
  // Newer CRDs bar the way down, but they are not yet the controllers.
  if (ladder.at === "Unknown" || ladder.steps.length > 0 || to === undefined || minor === undefined || minor === to) return ladder;
  return { ...ladder, steps: [{ minor: to, migrate: false }] };
}

/**
 * Why no way can be given, as a sentence; undefined where it can. A release that no longer serves what is stored must not be the next one.
 * @param crds whether all CRDs could be read
 */
export function wayUnseen({ look }: Subject, crds: boolean): string | undefined {
  if (look.files !== undefined)
    return "The way up depends on what the cluster stores and which Kubernetes it is: flux-migration scan --context tells it.";
  return crds ? undefined : "The way up is not known: the CRDs were not read.";
}

/** `2.7, flux migrate, 2.9` as a list of words, by the sentences of whoever manages the installation. CRDs that stayed behind come first. */
export function upgradeSentence(managedBy: string, ladder: KnownLadder, from: string | undefined, subject: Subject): string {
  const { first } = ladder;
  const upgrades = subject.data.advice.upgrades;
  const manner = upgrades[managedBy] ?? upgrades.Unknown;
  const step = (minor: string) => fill(manner.step, { minor, release: latestPatch(subject.data.releases, minor, subject.now) ?? minor });
  const words = stepWords(ladder, from, { step, migrate: manner.migrate });
  const last = words.at(-1) ?? "";
  const leading = words.slice(0, -1).join(manner.join);
  const sentence = fill(manner.sentence, { steps: leading === "" ? last : `${leading}${manner.last}${last}` });
  const before = first === undefined ? [] : [behindWords(first, subject), catchUpSentence(first, subject)];
  const prune = migrates(ladder) ? ["Do not prune storedVersions by hand."] : [];
  return [...before, sentence, ...prune, ...newerKubernetes(ladder, subject)].join(" ");
}

/** `2.8, flux migrate, 2.9`: the way in few words, for controllers of this minor. */
export function orderOf(ladder: KnownLadder, from: string | undefined): string {
  const crds = ladder.first?.steps.map(catchUpWords) ?? [];
  return [...crds, ...stepWords(ladder, from, { step: (minor) => minor, migrate: "flux migrate" })].join(", ");
}

/** Whoever is at a minor only migrates there. */
function stepWords(
  { steps }: KnownLadder,
  from: string | undefined,
  words: { step: (minor: string) => string; migrate: string },
): string[] {
  return steps.flatMap(({ minor, migrate }) => [...(minor === from ? [] : [words.step(minor)]), ...(migrate ? [words.migrate] : [])]);
}

/** Whether something is stored that must be rewritten on the way. */
function migrates({ first, steps }: KnownLadder): boolean {
  return steps.some((step) => step.migrate) || (first !== undefined && isBarred(first));
}

/**
 * Judges the way of the whole cluster. Only what was seen blocks it; what could not be looked up is Unknown, not clear.
 * @param crds whether all CRDs could be read
 */
export function upgradePath(instances: readonly ToolkitInstance[], flux1Installed: boolean, subject: Subject, crds: boolean): UpgradePath {
  const lowest = instances
    .flatMap((instance) => (instance.minor === undefined ? [] : [instance.minor]))
    .sort(compareVersions)
    .at(0);
  const ladder = ladderFor(lowest, subject);
  const stored = ladder.at === "Known" ? storedVersions(ladder, lowest, subject) : undefined;
  // Blocked is only who needs a way: Flux 1, or a toolkit that is out of support.
  const outOfSupport = instances.some((instance) => instance.support.support === "EndOfSupport");
  const needed = flux1Installed || outOfSupport;
  const installed = flux1Installed || instances.length > 0;
  const kubernetes = needed ? noSupportedMinorRuns(subject) : undefined;
  if (kubernetes)
    return {
      blockedBy: "KubernetesTooOld",
      message: [kubernetes.message, stored].filter(Boolean).join(" "),
      kubernetesFirst: kubernetes.first,
    };
  if (stored !== undefined) return { blockedBy: "StoredVersions", message: stored };
  if (subject.look.files !== undefined && installed)
    return { blockedBy: "Unknown", message: "Not known: files tell neither the Kubernetes version nor which API versions are stored." };
  const toolkitCrds = subject.look.crds.some((crd) => crd.track === "GitOpsToolkit");
  if (ladder.at === "Unknown" && (instances.length > 0 || toolkitCrds))
    return { blockedBy: "Unknown", message: `The way to the newest Flux 2 is not known: ${ladder.why}.` };
  if (needed && subject.look.kubernetesVersion === undefined)
    return { blockedBy: "Unknown", message: "Not known: the API server did not tell its version." };
  const unreachable = ladder.at === "Known" && outOfSupport ? stepsOutOfReach(ladder.steps, subject) : [];
  if (unreachable.length > 0) return { blockedBy: "KubernetesTooOld", message: unreachable.join(" ") };
  if (!crds) return { blockedBy: "Unknown", message: "Not known: the CRDs were not read.", unread: true };
  const end = ladder.at === "Known" && installed ? (ladder.steps.at(-1)?.minor ?? lowest) : undefined;
  return { blockedBy: "None", message: clear(end, subject) };
}

/** An open way may end below the release that removes what is stored. */
function clear(end: string | undefined, subject: Subject): string {
  const removed = removals(subject);
  return [...(removed.length > 0 ? removed : ["No removed API version is stored."]), ...beyondReach(end, subject)].join(" ");
}

/** @returns the sentences about removed versions that are still stored, or undefined where none stands on the way */
function storedVersions(ladder: KnownLadder, from: string | undefined, subject: Subject): string | undefined {
  if (!migrates(ladder)) return undefined;
  const behind = ladder.first === undefined ? [] : [behindWords(ladder.first, subject)];
  return [...removals(subject), ...behind, `Order: ${orderOf(ladder, from)}.`, ...newerKubernetes(ladder, subject)].join(" ");
}

/** A sentence for each release that removes versions which are still stored. */
function removals(subject: Subject): string[] {
  const byMinor = new Map<string, { versions: Set<string>; kinds: Set<string> }>();
  const stored = subject.look.crds.flatMap((crd) =>
    crd.stored.map((version) => ({ crd, version, minor: removedIn({ ...subject.data, now: subject.now }, crd.name, [version]) })),
  );
  for (const { crd, version, minor } of stored) {
    if (minor === undefined) continue;
    const removal = byMinor.get(minor) ?? { versions: new Set(), kinds: new Set() };
    byMinor.set(minor, { versions: removal.versions.add(version), kinds: removal.kinds.add(crd.plural) });
  }
  return [...byMinor]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(
      ([minor, { versions, kinds }]) =>
        `Flux ${minor} removes ${listed([...versions].sort())}, still in storedVersions of ${[...kinds].sort().join(", ")}.`,
    );
}

function supportedMinors({ data, now }: Subject): string[] {
  return minorsAt(data.releases, now).slice(-data.after.policy.supportedMinors.count);
}

/** A sentence for each step that this Kubernetes cannot run. */
export function stepsOutOfReach(steps: readonly LadderStep[], subject: Subject): string[] {
  const kubernetes = subject.look.kubernetesVersion;
  if (kubernetes === undefined) return [];
  const minors = steps.map(({ minor }) => minor);
  return needsOf(minors, subject).map(({ minor, version }) => `${minor} needs Kubernetes ${version}; this is ${plain(kubernetes)}.`);
}

/** What a newer Kubernetes opens: one sentence, or none where the way ends at the newest. */
function beyondReach(end: string | undefined, subject: Subject): string[] {
  const kubernetes = subject.look.kubernetesVersion;
  if (kubernetes === undefined || end === undefined) return [];
  const above = supportedMinors(subject).filter((minor) => compareMinors(minor, end) > 0);
  const needs = needsOf(above, subject);
  return needs.length === 0 ? [] : [`${needsWords(needs, "Kubernetes ").join(", ")}; this is ${plain(kubernetes)}.`];
}

/** What a way asks of a newer Kubernetes: for its steps, and behind its end. */
function newerKubernetes({ first, steps }: KnownLadder, subject: Subject): string[] {
  return [...stepsOutOfReach(steps, subject), ...beyondReach(steps.at(-1)?.minor ?? first?.to, subject)];
}

/** A minor that this Kubernetes does not run, and the lowest version that does. */
interface Need {
  readonly minor: string;
  readonly version: string;
}

function needsOf(minors: readonly string[], { data, look }: Subject): Need[] {
  return minors.flatMap((minor) => {
    const version = kubernetesWanted(data.releases, minor, look.kubernetesVersion);
    return version === undefined ? [] : [{ minor, version }];
  });
}

/** `2.7 needs 1.32` and `2.8 and 2.9 need 1.33`. */
function needsWords(needs: readonly Need[], unit = ""): string[] {
  return [...Map.groupBy(needs, ({ version }) => version)].map(
    ([version, group]) => `${listed(group.map(({ minor }) => minor))} ${group.length === 1 ? "needs" : "need"} ${unit}${version}`,
  );
}

function noSupportedMinorRuns(subject: Subject): { message: string; first: string } | undefined {
  const kubernetes = subject.look.kubernetesVersion;
  if (kubernetes === undefined) return undefined;
  const supported = supportedMinors(subject);
  const needs = needsOf(supported, subject);
  const easiest = needs.at(0);
  if (easiest === undefined || needs.length < supported.length) return undefined;
  return {
    message: `Kubernetes ${plain(kubernetes)} runs no supported Flux 2: ${needsWords(needs).join(", ")} (flux check --pre).`,
    first: `${plain(kubernetes)} runs no supported Flux 2; ${easiest.minor} needs ${easiest.version}`,
  };
}

/** `v1.36.3` as people write it. */
function plain(version: string): string {
  return version.replace(/^v/, "");
}
