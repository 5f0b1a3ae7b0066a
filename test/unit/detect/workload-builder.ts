/** Builds workloads as the API server stores them, naming only what a test is about. Reads the project's own data files for it. */
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { Catalogue } from "../../../src/detect/catalogue.ts";
import { parseCatalogue } from "../../../src/detect/catalogue-file.ts";
import { type DetectedComponent, detectWorkload, type WorkloadKind } from "../../../src/detect/component.ts";
import { parseDeclaredInstalls } from "../../../src/detect/declared-installs-file.ts";
import { type Managers, parseManagers } from "../../../src/detect/managers-file.ts";

const config = new URL("../../../config/", import.meta.url);

/** A data file of config/, not yet checked. */
export const configFile = (name: string): unknown => load(readFileSync(new URL(name, config), "utf8"));

const installs = parseDeclaredInstalls(configFile("declared-installs.yaml"), "config/declared-installs.yaml");

/** @param input in place of config/images.yaml */
export const catalogueOf = (input: unknown): Catalogue => parseCatalogue(input, "config/images.yaml", installs);
export const catalogue: Catalogue = catalogueOf(configFile("images.yaml"));
export const managers: Managers = parseManagers(configFile("managers.yaml"), "config/managers.yaml");

export interface WorkloadParts {
  image?: string;
  command?: string[];
  args?: string[];
  /** Name of the main container. */
  container?: string;
  /** Containers beside the main one, as they stand in the template. */
  beside?: unknown[];
  initContainers?: unknown[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  templateLabels?: Record<string, string>;
  replicas?: number;
  /** readyReplicas, or a DaemonSet's numberReady. */
  ready?: number;
  uid?: string;
}

export const deployment = (namespace: string, name: string, parts: WorkloadParts) => workload("Deployment", namespace, name, parts);
export const statefulSet = (namespace: string, name: string, parts: WorkloadParts) => workload("StatefulSet", namespace, name, parts);
/** `replicas` is the number of nodes that should run it. */
export const daemonSet = (namespace: string, name: string, parts: WorkloadParts) => workload("DaemonSet", namespace, name, parts);

/** The components of a workload; a malformed one fails the test with its problem. */
export function detect(object: { kind: WorkloadKind }): DetectedComponent[] {
  const reading = detectWorkload(object, object.kind, catalogue, managers);
  if (reading.at === "Read") return reading.components;
  throw new Error(`malformed: ${reading.problem.field} is ${reading.problem.found}; want ${reading.problem.want}`);
}

/** One line a component, as a person would tell of it. */
export function told({
  name,
  version,
  namespace,
  workload: { kind, name: workloadName },
  readyReplicas,
  replicas,
  features,
}: DetectedComponent) {
  const suffix = version.known && version.suffix !== undefined ? `+${version.suffix}` : "";
  const which = version.known ? `${version.value}${suffix} (${version.source})` : `Unknown (${version.why})`;
  const used = features.length === 0 ? "" : ` ${features.join(",")}`;
  return `${name} ${which} in ${namespace}/${workloadName} ${kind} ${readyReplicas}/${replicas}${used}`;
}

function workload(kind: WorkloadKind, namespace: string, name: string, parts: WorkloadParts) {
  const { replicas = 1, ready = replicas, labels, annotations, templateLabels, image, command, args, container = name } = parts;
  const main = { name: container, ...(image === undefined ? {} : { image }), ...(command ? { command } : {}), ...(args ? { args } : {}) };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: {
      name,
      namespace,
      uid: parts.uid ?? `uid-of-${namespace}-${name}`,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      template: {
        metadata: { labels: { app: name, ...templateLabels } },
        spec: {
          ...(parts.initContainers ? { initContainers: parts.initContainers } : {}),
          containers: [...(image === undefined && parts.beside ? [] : [main]), ...(parts.beside ?? [])],
        },
      },
    },
    status: kind === "DaemonSet" ? { desiredNumberScheduled: replicas, numberReady: ready } : { replicas, readyReplicas: ready },
  };
}
