/**
 * Turns a workload into the Flux components that it runs. Knows no dates (timetable), no release data (assess) and no cluster (kube).
 */

import type { Track } from "../timetable/track.ts";
import { type Catalogue, matchImage, mayNameFlux } from "./catalogue.ts";
import { readCommand } from "./command.ts";
import type { ComponentName, Feature } from "./component-name.ts";
import { fluxdFeatures } from "./fluxd-flags.ts";
import { parseImageReference } from "./image-reference.ts";
import { type Manager, managerOf } from "./managers.ts";
import type { Managers } from "./managers-file.ts";
import { fieldName, firstProblem, type WorkloadProblem } from "./problem.ts";
import { canBeAnyImage, isLeftOpen } from "./template.ts";
import { type DetectedVersion, detectVersion, readDistribution } from "./version.ts";
import { visibleText } from "./visible-text.ts";
import { type ContainerShape, ContainerShape as containerShape, type WorkloadShape, WorkloadShape as workloadShape } from "./workload.ts";
import type { WorkloadKind } from "./workload-kind.ts";

export { COMPONENTS, type ComponentName, FEATURES, type Feature } from "./component-name.ts";
export type { WorkloadProblem } from "./problem.ts";
export type { DetectedVersion } from "./version.ts";
export type { WorkloadKind } from "./workload-kind.ts";

/** Where something stands in a file. */
export interface FilePlace {
  /** As messages name it; safe to show. */
  file: string;
  /** Counted from 1. */
  line: number;
}

/** One installed component: a main container that runs it. Every text is safe to show. */
export interface DetectedComponent {
  name: ComponentName;
  track: Track;
  namespace: string;
  uid: string;
  workload: { apiVersion: string; kind: string; name: string };
  container: string;
  /** As written, cut after 512 characters. */
  image: string;
  version: DetectedVersion;
  /** The Flux distribution that a toolkit workload's label names, `v2.6.4`. */
  distribution?: string;
  /** Desired; a DaemonSet's is the number of nodes that should run it. */
  replicas: number;
  readyReplicas: number;
  /** Of fluxd; empty for every other component. */
  features: Feature[];
  manager?: Manager;
  /** Of its image, or of what declares it; set where it was read from a file. */
  source?: FilePlace;
  /** Set where its owner set it aside in its file: a workload in a cluster cannot hide itself so. */
  setAside?: { reason: string; until?: string };
}

/** Malformed: it may be Flux, and cannot be read. */
export type WorkloadReading = { at: "Read"; components: DetectedComponent[] } | { at: "Malformed"; problem: WorkloadProblem };

/** Characters of an image that are kept. Registry, repository, tag and digest of any usual length fit; 1,000 components of it fit a status. */
const IMAGE_CHARACTERS = 512;
/** Names in Kubernetes have no more (DNS subdomain names); a file may claim anything. */
const NAME_CHARACTERS = 253;

type ContainerReading =
  | { at: "Component"; component: DetectedComponent }
  | { at: "Malformed"; problem: WorkloadProblem }
  | { at: "NotFlux" };

/**
 * @param input an object of the kind, as JSON or YAML gives it: hostile until read
 * @param placeOf where a field stands, for what was read from a file
 * @returns its components, none for a workload that is not Flux; Malformed where it has not the shape of a workload, or where nothing
 *   else was found and an image that may be Flux has no valid name. Never throws.
 */
export function detectWorkload(
  input: unknown,
  kind: WorkloadKind,
  catalogue: Catalogue,
  managers: Managers,
  placeOf?: (path: readonly PropertyKey[]) => FilePlace,
): WorkloadReading {
  const read = workloadShape.safeParse(input);
  if (!read.success) return { at: "Malformed", problem: firstProblem(read.error, input) };
  const workload = read.data;
  const readings = workload.spec.template.spec.containers.map((container, index) =>
    readContainer(container, index, { workload, kind, catalogue, managers, placeOf }),
  );
  const components = readings.flatMap((reading) => (reading.at === "Component" ? [reading.component] : []));
  const broken = readings.filter((reading) => reading.at === "Malformed");
  // One that a template leaves open is no fault, and must not stand before one that is.
  const malformed = broken.find(({ problem }) => !isLeftOpen(problem.found)) ?? broken[0];
  // What was found is shown, whatever stands beside it: a broken neighbour must not hide a fluxd.
  return components.length > 0 || malformed === undefined ? { at: "Read", components } : { at: "Malformed", problem: malformed.problem };
}

interface Surroundings {
  workload: WorkloadShape;
  kind: WorkloadKind;
  catalogue: Catalogue;
  managers: Managers;
  placeOf: ((path: readonly PropertyKey[]) => FilePlace) | undefined;
}

function readContainer(input: unknown, index: number, surroundings: Surroundings): ContainerReading {
  const path = ["spec", "template", "spec", "containers", index];
  const read = containerShape.safeParse(input);
  if (!read.success) {
    return { at: "Malformed", problem: firstProblem(read.error, input, path) };
  }
  return readImage(read.data, [...path, "image"], surroundings);
}

function readImage(container: ContainerShape, path: readonly PropertyKey[], surroundings: Surroundings): ContainerReading {
  const { workload, catalogue, placeOf } = surroundings;
  const text = container.image ?? "";
  const image = parseImageReference(text);
  if ("problem" in image) {
    // An image that no rule could match is not ours to complain about. What a file leaves open can be filled in with any.
    const mayBeFlux = mayNameFlux(text, catalogue) || (placeOf !== undefined && canBeAnyImage(text));
    if (!mayBeFlux) return { at: "NotFlux" };
    return {
      at: "Malformed",
      problem: {
        path,
        field: fieldName(path),
        found: `"${visibleText(withoutCredential(text), 80)}"`,
        want: `an image name: ${image.problem}`,
      },
    };
  }
  const labels = [workload.metadata.labels, workload.spec.template.metadata?.labels ?? new Map<string, string>()];
  const words = [...container.command, ...container.args];
  const match = matchImage(image, { labels, words }, catalogue);
  if (match === undefined) return { at: "NotFlux" };
  const command = readCommand(container.command, container.args, match.component, catalogue);
  if (command.runs === "Other") return { at: "NotFlux" };

  const version = detectVersion({ ...match, image, labels }, catalogue);
  const distribution = match.track === "GitOpsToolkit" ? readDistribution(labels, version) : undefined;
  const { annotations } = workload.metadata;
  const manager = managerOf({ track: match.track, labels: workload.metadata.labels, annotations, image }, surroundings.managers);
  return {
    at: "Component",
    component: {
      name: match.component,
      track: match.track,
      ...place(surroundings, container),
      image: visibleText(text, IMAGE_CHARACTERS),
      version,
      ...(distribution === undefined ? {} : { distribution }),
      ...replicasOf(surroundings),
      features: match.component === "fluxd" ? fluxdFeatures(command.args) : [],
      ...(manager === undefined ? {} : { manager }),
      ...(placeOf === undefined ? {} : { source: placeOf(path) }),
    },
  };
}

/** In a name that cannot be read, what stands before an @ and a path may be a user name and password. */
function withoutCredential(text: string): string {
  const at = text.lastIndexOf("@", text.lastIndexOf("/"));
  return at < 0 ? text : `***${text.slice(at)}`;
}

function place({ workload: { metadata }, kind }: Surroundings, container: ContainerShape) {
  return {
    namespace: visibleText(metadata.namespace ?? "default", NAME_CHARACTERS), // a file may leave it out, a server never does
    uid: visibleText(metadata.uid ?? "", NAME_CHARACTERS),
    workload: { apiVersion: "apps/v1", kind, name: visibleText(metadata.name, NAME_CHARACTERS) },
    container: visibleText(container.name ?? "", NAME_CHARACTERS),
  } as const;
}

function replicasOf({ workload: { spec, status }, kind }: Surroundings) {
  // A server always gives a status. A file has none, and says that one is wanted on each node.
  if (kind === "DaemonSet") return { replicas: status ? (status.desiredNumberScheduled ?? 0) : 1, readyReplicas: status?.numberReady ?? 0 };
  return { replicas: spec.replicas ?? 1, readyReplicas: status?.readyReplicas ?? 0 };
}
