/** status.summary: the row that kubectl prints, and the one sentence that says what to do next. */
import type { Summary } from "../api/migration-status.ts";
import { NONE, PRESENT, type Support, UNKNOWN } from "../api/words.ts";
import type { DetectedComponent } from "../detect/component.ts";
import { nextRow, rowAt } from "../timetable/phase.ts";
import { dataStale } from "../timetable/support.ts";
import { TBD } from "../timetable/track.ts";
import type { Cluster } from "./cluster.ts";
import { behindWords } from "./crds-behind.ts";
import type { Findings } from "./inventory.ts";
import { narrowing } from "./label-selector.ts";
import { leftoverWords } from "./leftovers.ts";
import { progressOf } from "./migration.ts";
import { compareRecommendations, noAction, phaseAdvice, type Recommendation, recommendCluster } from "./recommend.ts";
import { compareVersions, versionRange } from "./semver-range.ts";
import { counted, fill, ignoredWords, listed, skippedSentence, skippedWords, withVersion, workloadName } from "./sentence.ts";
import { ladderFor, orderOf, stepsOutOfReach } from "./upgrade.ts";

export function summaryOf(cluster: Cluster, found: Findings): Summary {
  const gravest = gravestOf(cluster, found);
  return {
    fluxd: versionCell(cluster.fluxd, cluster),
    helmOperator: versionCell(cluster.helmOperators, cluster),
    toolkit: toolkitCell(cluster),
    phase: cluster.flux1.length > 0 ? cluster.flux1Phase.phase : absent(cluster),
    support: supportCell(cluster),
    ...progressOf(cluster),
    action: gravest.code,
    severity: gravest.severity,
    blockedBy: cluster.upgrade.blockedBy,
    installs: found.instances.length,
    nextDate: nextDate(cluster),
    message: [headline(gravest, cluster, found), ...skippedSentence(cluster.subject.look)].join(" "),
  };
}

/** None is only said where every kind was read. */
function absent(cluster: Cluster): string {
  return cluster.coverage.workloads ? NONE : UNKNOWN;
}

function versionCell(components: readonly DetectedComponent[], cluster: Cluster): string {
  if (components.length === 0) return absent(cluster);
  return versionRange(components.flatMap(({ version }) => (version.known ? [version.value] : []))) ?? PRESENT;
}

export function toolkitCell(cluster: Cluster): string {
  if (cluster.toolkits.length === 0) return absent(cluster);
  return (
    versionRange(cluster.toolkits.flatMap((instance) => [instance.minor, instance.highestMinor].filter((minor) => minor !== undefined))) ??
    PRESENT
  );
}

const WORST_FIRST: readonly Support[] = ["EndOfSupport", "Unknown", "Ending", "Supported", "Current"];

function supportCell(cluster: Cluster): Support {
  const seen = new Set<Support>(cluster.toolkits.map((instance) => instance.support.support));
  if (seen.has("EndOfSupport")) return "EndOfSupport";
  if (!cluster.coverage.workloads) return "Unknown";
  return WORST_FIRST.find((support) => seen.has(support)) ?? "None";
}

/** A row that is announced without a date is TBD, never None. */
function nextDate({ subject: { edition, now } }: Cluster): string {
  const row = rowAt(edition, now);
  return nextRow(edition, now)?.date ?? (edition.rows.some((next) => next.row > row && next.date === TBD) ? TBD : NONE);
}

function gravestOf(cluster: Cluster, found: Findings): Recommendation {
  // toSorted is stable: among equals the oldest installation, which stands first, gives the sentence.
  const toolkits = [...found.toolkits].toSorted(([a], [b]) => compareVersions(a.minor ?? "", b.minor ?? "")).map(([, advice]) => advice);
  const all = [...found.flux1.values(), ...toolkits, ...recommendCluster(cluster)];
  return all.toSorted(compareRecommendations(cluster))[0] ?? noAction(cluster);
}

// ---- The sentence ----

function headline(gravest: Recommendation, cluster: Cluster, found: Findings): string {
  switch (gravest.code) {
    case "MigrateNow":
    case "Migrate":
    case "TestMigration":
      return moveSentence(gravest.code, cluster, found);
    case "FinishMigration":
      return finishSentence(cluster, found);
    case "AlignControllers":
      return cluster.toolkits.length > 1 && cluster.subject.look.files === undefined
        ? `${counted(cluster.toolkits.length, "installation")} share one set of Flux CRDs. ${gravest.message}`
        : gravest.message;
    case "RemoveWorkload":
      return removeSentence(gravest, found);
    case "NoAction":
      return nothingToDo(cluster);
    default:
      return gravest.message;
  }
}

/** One of several containers is named once. */
function workloadsWith(code: string, found: Findings): string {
  const names = [...found.flux1].filter(([, advice]) => advice.code === code).map(([component]) => workloadName(component));
  return listed([...new Set(names)]);
}

function moveSentence(code: string, cluster: Cluster, found: Findings): string {
  const advice = phaseAdvice(cluster);
  const meaning = fill(advice?.meaning ?? advice?.intro ?? "", { phaseSince: cluster.flux1Phase.since ?? "" });
  const workloads = workloadsWith(code, found);
  if (code === "TestMigration") return `${meaning} Test the move of ${workloads} to Flux 2 outside production.`;
  const first = cluster.upgrade.kubernetesFirst;
  return first === undefined
    ? `${meaning} Move ${workloads} to Flux 2.`
    : `${meaning} Upgrade Kubernetes first (${first}), then move ${workloads} to Flux 2.`;
}

function finishSentence(cluster: Cluster, found: Findings): string {
  const running = [...found.flux1].filter(([, advice]) => advice.code === "FinishMigration").map(([component]) => component);
  const toolkits = cluster.toolkits.map((instance) => `${instance.namespace}, ${instance.minor ?? PRESENT}`);
  const sides = [
    ...running.map((component) => `${withVersion(component)} (${workloadName(component)})`),
    `a toolkit (${listed(toolkits)})`,
  ];
  const beside = cluster.subject.look.files === undefined ? "run side by side:" : "were found: if they run in one cluster,";
  const both = `${listed(sides)} ${beside} they must never reconcile the same objects.`;
  const [old] = cluster.toolkits
    .filter((instance) => instance.support.support === "EndOfSupport")
    .toSorted((a, b) => compareVersions(a.minor ?? "", b.minor ?? ""));
  if (!old) return `${both} Finish the move.`;
  const first = cluster.upgrade.kubernetesFirst;
  if (first !== undefined) return `${both} Upgrade Kubernetes first (${first}), then the toolkit, then finish the move.`;
  const ended = `${old.minor} is out of support since ${old.support.ended}`;
  const ladder = cluster.coverage.crds && cluster.subject.look.files === undefined ? ladderFor(old.minor, cluster.subject) : undefined;
  if (ladder?.at !== "Known") return `${both} Upgrade the toolkit first (${ended}), then finish the move.`;
  const { first: behind, steps } = ladder;
  const way = `${behind !== undefined || steps.length > 1 ? ", in this order: " : " to "}${orderOf(ladder, old.minor)}.`;
  return [
    both,
    ...(behind === undefined ? [] : [behindWords(behind, cluster.subject)]),
    `Upgrade the toolkit first (${ended})${way}`,
    ...stepsOutOfReach(steps, cluster.subject),
    "Then finish the move.",
  ].join(" ");
}

function removeSentence(gravest: Recommendation, found: Findings): string {
  const workloads = [...found.flux1].filter(([, advice]) => advice.code === gravest.code);
  if (workloads.length < 2) return gravest.message;
  return `${workloadsWith(gravest.code, found)} are stopped: once Flux 2 does their work, remove them, with their RBAC and Secrets, and the CRDs of Flux 1 last.`;
}

function nothingToDo(cluster: Cluster): string {
  const { spec, data, now, look } = cluster.subject;
  const lead = skippedWords(look) === undefined ? "Nothing to do" : "Nothing to do for what was read";
  const some = narrowing(spec.namespaceSelector) ? " in the selected namespaces" : "";
  const scope = cluster.nothingSelected ? `${some}, of which there are none` : some;
  const ignored = ignoredWords(cluster);
  const flux1 = flux1Words(cluster);
  if (cluster.toolkits.length === 0) return `${lead}: ${flux1 ?? "neither Flux 1 nor a toolkit was found"}${scope}${ignored}.`;
  const asOf = dataStale(data.releases, data.after.policy, now).stale ? ` as of ${data.releases.asOf}` : "";
  const states = cluster.toolkits.map(
    (instance) => `${instance.minor ?? "of unknown release"} in ${instance.namespace} (${instance.support.support}${asOf})`,
  );
  return `${lead}: toolkit ${listed(states)}, ${flux1 ?? "no Flux 1"}${scope}${ignored}.`;
}

/** Leftovers are named here where a partial look bars the advice to remove them. */
function flux1Words(cluster: Cluster): string | undefined {
  if (cluster.flux1.length > 0) return `${listed(cluster.flux1.map(withVersion))} in phase ${cluster.flux1Phase.phase}`;
  return cluster.leftovers.length > 0 ? `leftovers of Flux 1 (${leftoverWords(cluster.leftovers)})` : undefined;
}
