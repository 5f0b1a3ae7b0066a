/** Which action is recommended for what, and how grave it is. The table and the sentences are data: config/actions.yaml. */
import { gravestFirst, NONE, SEVERITIES, type Severity, UNKNOWN } from "../api/words.ts";
import type { DetectedComponent } from "../detect/component.ts";
import type { AdviceCell, PhaseAdvice } from "./advice.ts";
import type { Cluster } from "./cluster.ts";
import { leftoverWords } from "./leftovers.ts";
import type { Unreadable } from "./look.ts";
import { type Facts, fill, listed, workloadName } from "./sentence.ts";
import { alignmentOf, skewOf } from "./skew.ts";
import type { MinorOf, ToolkitInstance } from "./toolkit-instance.ts";
import { ladderFor, upgradeSentence, wayUnseen } from "./upgrade.ts";

export interface Recommendation {
  code: string;
  severity: Severity;
  message: string;
  url?: string;
}

function moreSevere(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

/** The gravest first; among equals, the order of config/actions.yaml. */
export function compareRecommendations(cluster: Cluster): (a: Recommendation, b: Recommendation) => number {
  const codes = cluster.subject.data.advice.actions.map((action) => action.code);
  return (a, b) => gravestFirst(a, b) || codes.indexOf(a.code) - codes.indexOf(b.code);
}

function recommendation(cluster: Cluster, cell: AdviceCell, facts: Facts, helmOperator = false): Recommendation {
  const action = cluster.subject.data.advice.actions.find((candidate) => candidate.code === cell.code);
  const url = (helmOperator ? action?.helmOperatorUrl : undefined) ?? action?.url;
  const inOneCluster = fill((helmOperator ? action?.helmOperator : undefined) ?? action?.message ?? cell.code, facts);
  const inFiles = cluster.subject.look.files === undefined ? undefined : action?.inFiles;
  const message = inFiles === undefined ? inOneCluster : fill(inFiles, { ...facts, inOneCluster });
  return { code: cell.code, severity: cell.severity, message, ...(url === undefined ? {} : { url }) };
}

export function noAction(cluster: Cluster): Recommendation {
  return recommendation(cluster, { code: "NoAction", severity: "None" }, {});
}

// ---- Flux 1 ----

/** The advice for the present phase of Flux 1. */
export function phaseAdvice(cluster: Cluster): PhaseAdvice | undefined {
  return cluster.subject.data.advice.flux1.find((row) => row.phase === cluster.flux1Phase.phase);
}

type Usage = "readOnly" | "noAutomation" | "imageAutomation" | "helmOperator";

export function usageOf(component: DetectedComponent): Usage {
  if (component.name === "helm-operator") return "helmOperator";
  if (component.features.includes("ImageAutomation")) return "imageAutomation";
  return component.features.includes("ReadOnly") ? "readOnly" : "noAutomation";
}

function phaseCell(advice: PhaseAdvice | undefined, usage: Usage): AdviceCell {
  const exception = usage === "imageAutomation" ? advice?.imageAutomation : usage === "helmOperator" ? advice?.helmOperator : undefined;
  return exception ?? advice?.otherwise ?? { code: "NoAction", severity: "None" };
}

/** What to do about one fluxd or Helm Operator: its state first, then what the phase asks of its use. */
export function recommendFlux1(component: DetectedComponent, cluster: Cluster): Recommendation {
  const advice = phaseAdvice(cluster);
  const usage = usageOf(component);
  const helmOperator = usage === "helmOperator";
  const facts = {
    workload: workloadName(component),
    phaseSince: cluster.flux1Phase.since ?? "",
    replacement: cluster.subject.data.advice.replacements[usage],
  };
  const cell = phaseCell(advice, usage);
  if (component.replicas === 0) return recommendation(cluster, { code: "RemoveWorkload", severity: "Warning" }, facts, helmOperator);
  const asked = recommendation(cluster, cell, facts, helmOperator);
  if (cluster.toolkitInstalled) {
    const finish = { code: "FinishMigration", severity: moreSevere("Warning", cell.severity) };
    return recommendation(cluster, finish, { ...facts, otherwise: asked.message }, helmOperator);
  }
  const intro = fill((helmOperator ? advice?.helmOperatorIntro : undefined) ?? advice?.intro ?? "", facts);
  return { ...asked, message: `${intro} ${asked.message}`.trim() };
}

// ---- Toolkit ----

/** What to do about one installation. The gravest rule stands first, and the first that answers wins. */
export function recommendToolkit(instance: ToolkitInstance, managedBy: string, cluster: Cluster): Recommendation {
  const { support } = instance;
  if (support.support === "EndOfSupport" && instance.minor !== undefined) {
    const minor = cluster.toolkits.length > 1 ? `${instance.minor} in ${instance.namespace}` : instance.minor;
    const facts = { minor, supportEnded: support.ended ?? UNKNOWN, upgrade: wayUp(instance.minor, managedBy, cluster) };
    return recommendation(cluster, { code: "UpgradeFlux", severity: "Warning" }, facts);
  }
  const skew = alignmentOf(instance, cluster) === "Mixed" ? skewOf(instance, cluster) : undefined;
  if (skew) return recommendation(cluster, { code: "AlignControllers", severity: skew.allowed ? "Info" : "Warning" }, skew.facts);
  return noAction(cluster);
}

function wayUp(minor: string, managedBy: string, cluster: Cluster): string {
  const unseen = wayUnseen(cluster.subject, cluster.coverage.crds);
  if (unseen !== undefined) return unseen;
  const first = cluster.upgrade.kubernetesFirst;
  if (first !== undefined) return `Upgrade Kubernetes first (${first}).`;
  const ladder = ladderFor(minor, cluster.subject);
  if (ladder.at === "Unknown") return `The way up is not known: ${ladder.why}.`;
  return upgradeSentence(managedBy, ladder, minor, cluster.subject);
}

// ---- The cluster ----

/** Actions that belong to no single installation. */
export function recommendCluster(cluster: Cluster): Recommendation[] {
  return [...recommendReading(cluster), ...[recommendLeftovers(cluster)].filter((advice) => advice !== undefined)];
}

/** What cannot be stated while something is unreadable. */
function unstated(cluster: Cluster): string {
  if (!cluster.coverage.workloads) return "absence of Flux 1";
  return cluster.coverage.crds ? "the whole picture" : "absence of leftovers";
}

function recommendReading(cluster: Cluster): Recommendation[] {
  const { unreadable } = cluster.subject.look;
  const by = (...reasons: Unreadable["reason"][]) => unreadable.filter((item) => reasons.includes(item.reason));
  const facts = { unstated: unstated(cluster) };
  const [forbidden, invalid, unavailable] = [by("Forbidden"), by("InvalidObject"), by("Unavailable", "Unauthorized")];
  const out: Recommendation[] = [];
  if (forbidden.length > 0) out.push(recommendation(cluster, warning("GrantAccess"), { ...facts, rights: rightsNeeded(forbidden) }));
  if (invalid.length > 0)
    out.push(
      recommendation(cluster, warning("RepairObject"), {
        ...facts,
        object: listed(invalid.map((item) => `${item.resource} ${item.object ?? ""}`.trim())),
      }),
    );
  if (unavailable.length > 0)
    out.push(
      recommendation(cluster, warning("RestoreConnection"), { ...facts, resources: listed(unavailable.map((item) => item.resource)) }),
    );
  return out;
}

function warning(code: string): AdviceCell {
  return { code, severity: "Warning" };
}

function rightsNeeded(forbidden: readonly Unreadable[]): string {
  const byVerb = Map.groupBy(forbidden, (item) => (item.verb === "list" ? "list and watch" : item.verb));
  // All of them: a right that is not named is not given.
  const rights = [...byVerb].map(([verb, items]) => `${verb} on ${items.map((item) => item.resource).join(", ")}`);
  return `${rights.join("; ")} in all namespaces`;
}

/** Never on a partial look: where a Helm Operator may run unseen, deleting its CRDs would uninstall releases. */
export function recommendLeftovers(cluster: Cluster): Recommendation | undefined {
  const { leftovers, coverage } = cluster;
  if (leftovers.length === 0 || cluster.flux1.length > 0 || !coverage.workloads || !coverage.crds) return undefined;
  const facts = { leftovers: leftoverWords(leftovers), crds: leftovers.map(({ name }) => name).join(" ") };
  return recommendation(cluster, { code: "RemoveLeftovers", severity: "Info" }, facts);
}

/** Release of one controller as the inventory shows it. */
export function releaseWord(minor: MinorOf | undefined): string {
  if (minor === undefined || minor.at === "Unknown") return UNKNOWN;
  return minor.release ?? NONE;
}
