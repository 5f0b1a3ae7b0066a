/** How far the move from Flux 1 to Flux 2 is: five steps in their official order, each Done, Left or Unknown. */
import { type Migration, STEPS, type Step, UNKNOWN } from "../api/words.ts";
import type { Cluster } from "./cluster.ts";

export type StepState = "Done" | "Left" | "Unknown";

export interface Progress {
  migration: Migration;
  /** `3/5`: leading steps that are done; Unknown where an unknown step stands before the first that is left. */
  progress: string;
  remaining: Step[];
}

export function progressOf(cluster: Cluster): Progress {
  const states = STEPS.map((step) => ({ step, state: stepState(step, cluster) }));
  const open = states.findIndex(({ state }) => state !== "Done");
  const done = open < 0 ? STEPS.length : open;
  return {
    migration: migrationOf(cluster),
    progress: open >= 0 && states[open]?.state === "Unknown" ? UNKNOWN : `${done}/${STEPS.length}`,
    remaining: states.filter(({ state }) => state === "Left").map(({ step }) => step),
  };
}

/** What was seen can leave a step open; that nothing was seen closes one only where the look was whole. */
function stepState(step: Step, cluster: Cluster): StepState {
  const { fluxd, helmOperators, flux1, leftovers, coverage, toolkitInstalled } = cluster;
  const open = (seen: boolean, whole: boolean): StepState => (seen ? "Left" : whole ? "Done" : "Unknown");
  switch (step) {
    case "InstallToolkit":
      if (toolkitInstalled) return "Done";
      return open(flux1.length > 0 && coverage.workloads, coverage.workloads);
    case "StopFluxd":
      return open(
        fluxd.some((component) => component.replicas > 0),
        coverage.workloads,
      );
    case "RemoveFluxd":
      return open(fluxd.length > 0, coverage.workloads);
    case "RemoveHelmOperator":
      return open(helmOperators.length > 0, coverage.workloads);
    case "RemoveLeftovers":
      return open(leftovers.length > 0, coverage.crds);
    default:
      return step satisfies never;
  }
}

function migrationOf(cluster: Cluster): Migration {
  const { flux1, toolkits, leftovers, coverage } = cluster;
  const toolkit = toolkits.length > 0;
  if (flux1.length > 0) {
    if (toolkit) return "InProgress";
    return coverage.workloads ? "NotStarted" : "Unknown";
  }
  if (!coverage.workloads) return "Unknown";
  if (leftovers.length > 0) return "LeftoversRemain";
  if (!coverage.crds) return "Unknown";
  return toolkit ? "Complete" : "NotInstalled";
}
