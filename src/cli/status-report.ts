/** The MigrationStatus of a cluster as a person wants to read it: what is installed, in which phase, what to do next, by when. Asks nobody. */
import type { Component, Instance } from "../api/inventory.ts";
import type { Condition, MigrationStatusStatus, Summary } from "../api/migration-status.ts";
import { NONE, UNKNOWN } from "../api/words.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { Paint } from "../scan/report-table.ts";
import { nextActions } from "./next-actions.ts";

const LINE_CHARACTERS = 2_000;
/** Deadlines further away are in the status itself. */
const SHOWN_DEADLINES = 5;

/**
 * @param paint colours what is grave
 * @param suspended whether spec.suspend is true: what is printed may be old then
 */
export function statusReport(status: MigrationStatusStatus, paint: Paint, suspended = false): string {
  const { summary, inventory, deadlines = [], conditions = [] } = status;
  if (!summary) return "The operator has not judged this cluster yet.";
  const components = inventory?.components ?? [];
  const ready = conditions.find(({ type }) => type === "Ready");
  const lines: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Suspended", suspended ? [paint("Unread", "spec.suspend is true: what changed since is not in here")] : []],
    ["Flux 1", flux1Lines(status, summary)],
    ["Toolkit", toolkitLines(inventory?.instances ?? [], summary.toolkit)],
    [
      "Migration",
      [
        shown(
          summary.remaining.length === 0
            ? summary.migration
            : `${summary.migration}, ${summary.progress}; left: ${summary.remaining.join(", ")}`,
        ),
      ],
    ],
    ["Next", nextActions(status).map(({ severity, message }) => paint(severity, shown(message)))],
    ["By", deadlines.slice(0, SHOWN_DEADLINES).map(({ date, message }) => shown(`${date}  ${message}`))],
    [
      "Not read",
      (inventory?.unreadable ?? []).map(({ resource, object, verb, reason }) =>
        paint("Unread", shown(`${resource}${object === undefined ? "" : ` ${object}`}: ${verb} (${reason})`)),
      ),
    ],
    ["Not ready", ready?.status === "True" || !ready ? [] : [paint("Unread", shown(ready.message))]],
    ["Set aside", components.flatMap((component) => setAsideLines(component))],
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  const body = lines.flatMap(([title, texts]) => texts.map((text, index) => `${(index === 0 ? title : "").padEnd(width)}   ${text}`));
  return [shown(headline(status)), "", ...body].join("\n");
}

function headline({ cluster, timetable, operator }: MigrationStatusStatus): string {
  const where = `${cluster?.name ?? "Unknown"}, Kubernetes ${cluster?.version ?? "Unknown"}`;
  return `${where}; timetable of ${timetable?.edition ?? "Unknown"}, row ${timetable?.row ?? "Unknown"}; judged by operator ${operator?.version ?? "Unknown"}`;
}

/** What is not listed is None only where the summary says so: the inventory can be too large to be whole. */
function flux1Lines({ inventory, conditions = [] }: MigrationStatusStatus, { fluxd, helmOperator }: Summary): string[] {
  const counted = (inventory?.components ?? []).filter(({ track, ignored }) => track === "Flux1" && !ignored);
  const cells = [
    { name: "fluxd", cell: fluxd },
    { name: "helm-operator", cell: helmOperator },
  ].filter(({ name, cell }) => cell !== NONE && !counted.some((component) => component.name === name));
  const unknown = cells.filter(({ cell }) => cell === UNKNOWN);
  const lines = [
    ...counted.map(phaseLine),
    ...cells.filter(({ cell }) => cell !== UNKNOWN).map(({ name, cell }) => `${name} ${cell}, which the inventory leaves out`),
    ...(unknown.length === 0 ? [] : [`${unknown.length === 2 ? "" : `${unknown[0]?.name} `}${UNKNOWN}: ${whyUnknown(conditions)}`]),
  ];
  return lines.length === 0 ? [NONE] : lines.map(shown);
}

/** Flux1Present gives the reason, but where another part of Flux 1 was seen. */
function whyUnknown(conditions: readonly Condition[]): string {
  const [present, ready] = ["Flux1Present", "Ready"].map((wanted) => conditions.find(({ type }) => type === wanted));
  if (present?.status === "Unknown") return present.message;
  return ready && ready.status !== "True" ? ready.message : "not all of the cluster was looked at.";
}

function phaseLine(component: Component): string {
  const since = component.phaseSince === undefined ? "" : ` since ${component.phaseSince}`;
  const next = component.nextPhase === undefined ? "" : `, then ${component.nextPhase} (${component.nextPhaseDate ?? "no date"})`;
  const stopped = component.replicas === 0 ? ", stopped" : "";
  return `${nameOf(component)}${stopped}: ${component.phase}${since}${next}`;
}

function nameOf({ name, version, namespace, workload }: Component): string {
  return `${name} ${version} in ${namespace}/${workload.name}`;
}

function toolkitLines(instances: readonly Instance[], cell: string): string[] {
  const toolkits = instances.filter(({ track }) => track === "GitOpsToolkit");
  if (toolkits.length === 0) return [shown(cell)];
  return toolkits.map(({ namespace, release, support, supportEnded, supportEndsWith, managedBy }) => {
    const end = supportEnded === undefined ? "" : ` since ${supportEnded}`;
    const ends = supportEndsWith === undefined ? "" : ` until ${supportEndsWith} is released`;
    return shown(`${release ?? "Unknown"} in ${namespace}, by ${managedBy}: ${support ?? "Unknown"}${end}${ends}`);
  });
}

function setAsideLines(component: Component): string[] {
  const { ignored } = component;
  return ignored === undefined ? [] : [shown(`${nameOf(component)}: ${ignored.reason}${until(ignored.until)}`)];
}

function until(date: string | undefined): string {
  return date === undefined ? "" : ` (until ${date})`;
}

function shown(line: string): string {
  return visibleText(line, LINE_CHARACTERS);
}
