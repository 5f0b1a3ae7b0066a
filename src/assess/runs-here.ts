/** Which minors of Flux 2 the Kubernetes of a cluster runs. A version that is not known bars none. */
import { kubernetesMin, type ReleaseData } from "../timetable/releases.ts";
import { compareKubernetes } from "./semver-range.ts";

/** The lowest Kubernetes of a minor where this one is older; undefined where it runs the minor. */
export function kubernetesWanted(releases: ReleaseData, minor: string, kubernetes: string | undefined): string | undefined {
  const lowest = kubernetesMin(releases, minor);
  return lowest !== undefined && kubernetes !== undefined && compareKubernetes(kubernetes, lowest) < 0 ? lowest : undefined;
}

/** @param minors the oldest first */
export function newestThatRuns(releases: ReleaseData, minors: readonly string[], kubernetes: string | undefined): string | undefined {
  return minors.findLast((minor) => kubernetesWanted(releases, minor, kubernetes) === undefined);
}
