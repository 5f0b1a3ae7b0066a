/** Says on a terminal what a plan holds, or why there is none. What the steps say stands in the checklist. */
import { counted, listed, skippedSentence } from "../assess/sentence.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { DaemonWorkload } from "../plan/daemon.ts";
import { type PlannedFile, plannedFiles } from "../plan/files.ts";
import type { Plan, Upgrade } from "../plan/plan.ts";
import { type Step, stepNumber, stepsOf } from "../plan/steps.ts";
import { CHECKLIST } from "./plan-files.ts";

/** A line of a terminal is read, not scrolled through: what is longer stands in the checklist. */
const LINE_CHARACTERS = 400;
/** Names of fields shown of what is not translated. */
const SHOWN_FIELDS = 12;

export interface Told {
  /** Release data, as an ISO date. */
  readonly asOf: string;
  /** `plan`; undefined where no folder was asked for. */
  readonly folder?: string | undefined;
  /** Whether HelmReleases v1 without a Helm Operator were left out. */
  readonly leftoversOut: boolean;
  /** Documents and files that were left out on purpose, and may hold any object. */
  readonly skipped: number;
}

/** Whether there is something to move. */
export function hasWork(plan: Plan): boolean {
  return plan.fluxds.length + plan.helmOperators.length > 0 || plan.objects.length > 0 || plan.releases.translated > 0;
}

/** @returns lines that no name from a cluster can steer a terminal by */
export function planSummary(plan: Plan, told: Told): string {
  const lines = hasWork(plan) ? planned(plan, told) : nothing(plan, told);
  return lines.map((line) => visibleText(line, LINE_CHARACTERS)).join("\n");
}

function where({ cluster }: Plan): string {
  return cluster ?? "these manifests";
}

function nothing(plan: Plan, told: Told): string[] {
  const { unreadable, releases } = plan;
  if (unreadable.length > 0)
    return [...unreadable.map(({ message }) => `${message}.`), `Cannot say that there is no Flux 1 in ${where(plan)}.`];
  if (releases.seen > 0 && told.leftoversOut) {
    const objects = `${counted(releases.seen, "HelmRelease")} v1 ${releases.seen === 1 ? "is" : "are"} left without a controller`;
    return [`No Flux 1 workload in ${where(plan)}; ${objects}: --leftovers translates them. Nothing written.`];
  }
  const path = plan.upgrade === undefined ? "" : ` The toolkit: ${plan.upgrade.sentence}`;
  const what = plan.untranslated.length === 0 ? "Flux 1" : "Flux 1 workload";
  const nothingPlanned = `No ${what} in ${where(plan)}: nothing to plan, nothing written.${path}`;
  return [...reasons(plan), [nothingPlanned, ...skippedSentence(told)].join(" ")];
}

/** No checklist is written that could tell them. */
function reasons({ untranslated }: Plan): string[] {
  const shown = untranslated.slice(0, SHOWN_FIELDS).map(({ subject, field, reason }) => `Not translated: ${subject}, ${field}: ${reason}.`);
  const more = untranslated.length - shown.length;
  return more > 0 ? [...shown, `Not translated: ${more} more (-o json lists them).`] : shown;
}

function planned(plan: Plan, told: Told): string[] {
  const steps = stepsOf(plan);
  const version = plan.kubernetesVersion === undefined ? "" : `, Kubernetes ${plan.kubernetesVersion}`;
  const seen = [
    ...plan.fluxds.map((daemon) => `${named("fluxd", daemon)}${daemon.component.features.includes("ReadOnly") ? " (read-only)" : ""}`),
    ...plan.helmOperators.map((daemon) => named("Helm Operator", daemon)),
    ...(plan.releases.seen === 0 ? [] : [`${counted(plan.releases.seen, "HelmRelease")} v1`]),
  ];
  return [
    `${where(plan)}${version}: ${listed(seen)}`,
    targetLine(plan, told),
    ...fileLines(plan, steps, told),
    ...notTranslated(plan),
    ...plan.unreadable.map(({ message }) => `Not read: ${message}. The plan may lack something.`),
    ...(told.folder === undefined ? ["Nothing written: --dir DIR writes the files, --dir - prints them."] : []),
  ];
}

function named(title: string, { component }: DaemonWorkload): string {
  const version = component.version.known ? ` ${component.version.value}` : "";
  return `${title}${version} in ${component.namespace}/${component.workload.name}`;
}

function targetLine({ target, upgrade }: Plan, { asOf }: Told): string {
  const because = {
    Asked: "",
    Installed: " (installed, and supported",
    Newest: " (newest",
    NewestHere: " (newest that runs on this Kubernetes",
  }[target.because];
  const reason = because === "" ? "" : `${because} as of ${asOf})`;
  const kubernetes =
    target.needsKubernetes === undefined
      ? ""
      : ` This cluster cannot run it: ${target.minor} needs Kubernetes ${target.needsKubernetes}. The files fit the cluster after its upgrade, or a new one.`;
  return `Target: Flux ${target.minor}${reason}.${kubernetes}${upgrade === undefined ? "" : upgradeWords(upgrade)}`;
}

function upgradeWords({ namespace, from, order, canWait }: Upgrade): string {
  const way = order === undefined ? "step 1 is its upgrade, by a way that is not known here" : `step 1 upgrades it (${order})`;
  return ` The toolkit in ${namespace} is ${from}: ${way}.${canWait ? ` For what runs now: --flux-version ${from}` : ""}`;
}

function fileLines(plan: Plan, steps: readonly Step[], { folder }: Told): string[] {
  const prefix = folder === undefined || folder === "-" ? "" : `${folder}/`;
  const rows = plannedFiles(plan).map((file): [string, string] => [`${prefix}${file.name}`, remark(file, steps)]);
  const all: [string, string][] = [
    [`${prefix}${CHECKLIST}`, `${counted(steps.length, "step")}, in order; nothing is applied for you`],
    ...rows,
  ];
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, text]) => `${name.padEnd(width)}   ${text}`.trimEnd());
}

function remark({ object, step }: PlannedFile, steps: readonly Step[]): string {
  const suspended = object.spec.suspend === true ? `suspend: true until step ${stepNumber(steps, step)}` : "";
  return object.kind === "HelmRelease" ? `${suspended}; releaseName, storageNamespace, maxHistory, disableWait written out` : suspended;
}

function notTranslated({ untranslated }: Plan): string[] {
  if (untranslated.length === 0) return [];
  const shown = untranslated.slice(0, SHOWN_FIELDS).map(({ subject, field }) => `${subject.replace(/^\w+ /, "")} ${field}`);
  const more = untranslated.length - shown.length;
  const rest = more > 0 ? `, and ${more} more` : "";
  return [`Not translated, ${untranslated.length} (reasons in ${CHECKLIST}): ${shown.join(", ")}${rest}`];
}
