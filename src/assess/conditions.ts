/** status.conditions. Each claim rests only on the kinds that it needs; what was not seen whole is Unknown, with the reason. */
import type { Condition, Summary } from "../api/migration-status.ts";
import { SEVERITIES, STEPS } from "../api/words.ts";
import type { DetectedComponent } from "../detect/component.ts";
import { newestMinor } from "../timetable/releases.ts";
import { dataStale } from "../timetable/support.ts";
import type { Cluster } from "./cluster.ts";
import { remainingWords } from "./leftovers.ts";
import { CRD_RESOURCE, WORKLOAD_RESOURCES } from "./look.ts";
import { usageOf } from "./recommend.ts";
import { counted, ignoredWords, listed, skippedWords, withVersion, workloadName } from "./sentence.ts";
import { toolkitCell } from "./summary.ts";
import type { ToolkitInstance } from "./toolkit-instance.ts";

export type Judgement = Pick<Condition, "status" | "reason" | "message"> & { type: (typeof CONDITION_TYPES)[number] };

/** The types that are ours: a condition that somebody else adds is theirs, and no reason for us to write. */
export const CONDITION_TYPES = [
  "Ready",
  "Reconciling",
  "Stalled",
  "Flux1Present",
  "MigrationComplete",
  "ActionRequired",
  "ToolkitEndOfSupport",
  "UpgradeBlocked",
  "DataStale",
] as const;
const OURS: ReadonlySet<string> = new Set(CONDITION_TYPES);

export function isOurs({ type }: { readonly type: string }): boolean {
  return OURS.has(type);
}

/** All conditions in the order in which they are read. Reconciling and Stalled stand only while True, as kstatus wants them. */
export function judge(cluster: Cluster, summary: Summary): Judgement[] {
  return [
    ...ready(cluster),
    flux1Present(cluster),
    migrationComplete(cluster, summary),
    actionRequired(summary),
    toolkitEndOfSupport(cluster),
    upgradeBlocked(cluster),
    staleness(cluster),
  ];
}

function condition(type: Judgement["type"], status: "True" | "False" | "Unknown", reason: string, message: string): Judgement {
  return { type, status, reason, message };
}

/** What stands in the way of a whole look, as one sentence without its stop. */
function obstacles(cluster: Cluster): string {
  const { look } = cluster.subject;
  const all = [...look.unreadable.map((item) => item.message), skippedWords(look)].filter((words) => words !== undefined);
  return all.length === 0 ? "only some namespaces are selected" : listed(all);
}

function ready(cluster: Cluster): Judgement[] {
  const { subject, coverage } = cluster;
  const { look, problem } = subject;
  if (look.files !== undefined) return [readFiles(look.files, cluster)];
  const stalled = problem ? [condition("Stalled", "True", problem.reason, `${problem.message}.`)] : [];
  if (look.unreadable.length === 0) {
    if (problem) return [condition("Ready", "False", problem.reason, `${problem.message}.`), ...stalled];
    return [
      condition(
        "Ready",
        "True",
        "Assessed",
        `${counted(WORKLOAD_RESOURCES.length, "workload kind")}${look.crdsLeftOut ? "" : ` and ${counted(look.crds.length, "CRD")} of Flux`} read in full.`,
      ),
    ];
  }
  const blind = new Set(look.unreadable.map((item) => item.resource));
  const whole = [...WORKLOAD_RESOURCES, CRD_RESOURCE].filter((resource) => !blind.has(resource));
  const rest = whole.length === 0 ? "" : `; ${listed(whole)} were read in full`;
  return [
    condition("Ready", "False", coverage.reason, `${obstacles(cluster)}${rest}.`),
    condition("Reconciling", "True", "ProgressingWithRetry", "Retrying; heals itself when what is missing returns."),
    ...stalled,
  ];
}

/** Nothing is tried again by itself: files stay as they are. */
function readFiles(files: number, cluster: Cluster): Judgement {
  const { coverage, subject } = cluster;
  const skipped = skippedWords(subject.look);
  const extent = skipped === undefined ? "read in full" : `read; ${skipped}`;
  // What is left out on purpose is no fault of the look, as a namespace is none that is not selected.
  if (subject.look.unreadable.length === 0) return condition("Ready", "True", "Assessed", `${counted(files, "file")} ${extent}.`);
  return condition("Ready", "False", coverage.reason, `${obstacles(cluster)}.`);
}

const USAGE_WORDS = {
  readOnly: " (read-only)",
  noAutomation: " (no image automation)",
  imageAutomation: " (image automation on)",
  helmOperator: "",
} as const;

function runs(component: DetectedComponent): string {
  const verb = component.replicas > 0 ? "runs" : "is stopped";
  return `${withVersion(component)} ${verb} in ${workloadName(component)}${USAGE_WORDS[usageOf(component)]}`;
}

function flux1Present(cluster: Cluster): Judgement {
  const { fluxd, helmOperators, flux1, coverage, leftovers, subject } = cluster;
  if (flux1.length > 0) {
    const reason = fluxd.length === 0 ? "HelmOperatorPresent" : helmOperators.length === 0 ? "FluxdPresent" : "BothPresent";
    return condition("Flux1Present", "True", reason, `${listed([...fluxd, ...helmOperators].map(runs))}.`);
  }
  if (!coverage.workloads) {
    return condition("Flux1Present", "Unknown", coverage.reason, `No Flux 1 in what could be read; ${obstacles(cluster)}.`);
  }
  if (leftovers.length > 0) {
    return condition("Flux1Present", "False", "OnlyLeftovers", `No Flux 1 workload; ${remainingWords(leftovers)}.`);
  }
  return condition(
    "Flux1Present",
    "False",
    "NotFound",
    `No fluxd and no Helm Operator in ${subject.look.files === undefined ? "any namespace" : "these files"}${ignoredWords(cluster)}.`,
  );
}

function migrationComplete(cluster: Cluster, summary: Summary): Judgement {
  const left = `Left: ${summary.remaining.length > 0 ? summary.remaining.join(", ") : STEPS.at(-1)}.`;
  const { toolkits, coverage } = cluster;
  const where = listed(toolkits.map((instance) => instance.namespace));
  switch (summary.migration) {
    case "NotInstalled":
      return condition(
        "MigrationComplete",
        "True",
        "NothingToMigrate",
        `Neither Flux 1 nor a toolkit is installed${ignoredWords(cluster)}.`,
      );
    case "Complete":
      return condition(
        "MigrationComplete",
        "True",
        "ToolkitOnly",
        `${counted(toolkits.length, "toolkit")}, ${toolkitCell(cluster)}, in ${where}; no trace of Flux 1${ignoredWords(cluster)}.`,
      );
    case "NotStarted":
      return condition("MigrationComplete", "False", "NotStarted", `Flux 1 is installed, no toolkit is. ${left}`);
    case "InProgress":
      return condition(
        "MigrationComplete",
        "False",
        "InProgress",
        `Toolkit ${toolkitCell(cluster)} in ${where} ${cluster.subject.look.files === undefined ? "stands beside Flux 1" : "and Flux 1 were found"}. ${left}`,
      );
    case "LeftoversRemain":
      return condition(
        "MigrationComplete",
        "False",
        "LeftoversRemain",
        `${left}${toolkits.length === 0 ? " No toolkit is installed." : ""}`,
      );
    case "Unknown":
      // Flux 1 that was seen is not gone, whatever else could not be read.
      if (cluster.flux1.length > 0)
        return condition("MigrationComplete", "False", "Flux1Present", `Flux 1 is installed; ${obstacles(cluster)}.`);
      return condition("MigrationComplete", "Unknown", coverage.reason, `Not known: ${obstacles(cluster)}.`);
    default:
      return summary.migration satisfies never;
  }
}

function actionRequired(summary: Summary): Judgement {
  const grave = SEVERITIES.indexOf(summary.severity) >= SEVERITIES.indexOf("Warning");
  if (grave) return condition("ActionRequired", "True", summary.action, summary.message);
  return condition("ActionRequired", "False", summary.severity === "Info" ? "AdviceOnly" : summary.action, summary.message);
}

function toolkitEndOfSupport(cluster: Cluster): Judgement {
  const type = "ToolkitEndOfSupport";
  const { toolkits, coverage, subject } = cluster;
  const asOf = subject.data.releases.asOf;
  const ended = toolkits.filter((instance) => instance.support.support === "EndOfSupport");
  if (ended.length > 0) {
    const each = ended.map((instance) => `${versionOf(instance)} in ${instance.namespace} (since ${instance.support.ended})`);
    return condition(type, "True", "EndOfSupport", `Out of support as of ${asOf}: toolkit ${listed(each)}.`);
  }
  const states = toolkits.map(
    (instance) => `${versionOf(instance)} in ${instance.namespace} is ${instance.support.support}${endWords(instance)}`,
  );
  if (!coverage.workloads)
    return condition(
      type,
      "Unknown",
      coverage.reason,
      `${states.length > 0 ? `Toolkit ${listed(states)}` : "No toolkit in what could be read"}; ${obstacles(cluster)}.`,
    );
  if (toolkits.length === 0) return condition(type, "False", "NotInstalled", "No toolkit is installed.");
  const unknown = toolkits.find((instance) => instance.support.support === "Unknown");
  if (unknown)
    return condition(
      type,
      "Unknown",
      "ReleaseUnknown",
      `Toolkit in ${unknown.namespace}: ${unknown.support.why ?? "its release is not known"}.`,
    );
  return condition(type, "False", "Supported", `As of ${asOf}: toolkit ${listed(states)}.`);
}

function versionOf(instance: ToolkitInstance): string {
  return instance.release?.replace(/^v/, "") ?? "of unknown release";
}

function endWords({ support }: ToolkitInstance): string {
  return support.endsWith === undefined ? "" : ` until ${support.endsWith} is released`;
}

function upgradeBlocked(cluster: Cluster): Judgement {
  const { upgrade, coverage } = cluster;
  if (upgrade.unread) return condition("UpgradeBlocked", "Unknown", coverage.reason, `Not known: ${obstacles(cluster)}.`);
  if (upgrade.blockedBy === "Unknown") return condition("UpgradeBlocked", "Unknown", "WayUnknown", upgrade.message);
  if (upgrade.blockedBy !== "None") return condition("UpgradeBlocked", "True", upgrade.blockedBy, upgrade.message);
  return condition("UpgradeBlocked", "False", "Clear", upgrade.message);
}

function staleness({ subject: { data, now } }: Cluster): Judgement {
  const { stale, since } = dataStale(data.releases, data.after.policy, now);
  const newest = newestMinor(data.releases, now) ?? "none";
  return stale
    ? condition(
        "DataStale",
        "True",
        "Outdated",
        `Release data of ${data.releases.asOf} (newest minor ${newest}) is out of date since ${since}: support states read as of that day. Upgrade the operator, or mount newer data.`,
      )
    : condition("DataStale", "False", "Fresh", `Release data of ${data.releases.asOf} (newest minor ${newest}) holds until ${since}.`);
}
