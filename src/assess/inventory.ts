/** status.inventory: one entry a component, an installation and an API, with what is recommended for each. Not for the conditions. */
import type { Action, Api, Component, Instance, Inventory } from "../api/inventory.ts";
import { NONE, UNKNOWN } from "../api/words.ts";
import type { DetectedComponent, FilePlace } from "../detect/component.ts";
import { phaseAt } from "../timetable/phase.ts";
import { removedIn } from "./api-versions.ts";
import { cliRange } from "./cli-range.ts";
import type { Cluster } from "./cluster.ts";
import { compareText } from "./compare-text.ts";
import { managementOf, ownerOf } from "./managed-by.ts";
import {
  compareRecommendations,
  noAction,
  type Recommendation,
  recommendFlux1,
  recommendLeftovers,
  recommendToolkit,
  releaseWord,
} from "./recommend.ts";
import { alignmentOf } from "./skew.ts";
import { siteOf, type ToolkitInstance } from "./toolkit-instance.ts";

/** What was recommended for each, before any of it is left out for size. */
export interface Findings {
  components: Component[];
  instances: Instance[];
  apis: Api[];
  /** The recommendation of each component of Flux 1 and of each installation of the toolkit. */
  flux1: ReadonlyMap<DetectedComponent, Recommendation>;
  toolkits: ReadonlyMap<ToolkitInstance, Recommendation>;
}

export function findings(cluster: Cluster): Findings {
  const { subject } = cluster;
  const flux1 = new Map(cluster.flux1.map((component) => [component, recommendFlux1(component, cluster)]));
  const toolkits = new Map(
    cluster.toolkits.map((instance) => [
      instance,
      recommendToolkit(instance, managementOf(instance.namespace, instance.components, subject).managedBy, cluster),
    ]),
  );
  const order = compareRecommendations(cluster);
  const rows = [
    ...[...flux1].map(([component, advice]) => ({ advice, entry: flux1Entry(component, advice, cluster) })),
    ...[...toolkits].flatMap(([instance, advice]) => toolkitEntries(instance, advice, cluster).map((entry) => ({ advice, entry }))),
    ...cluster.clis.map((component) => ({ advice: noAction(cluster), entry: plainEntry(component, NONE, noAction(cluster), cluster) })),
    ...cluster.ignored.map(({ component, ignored }) => ({
      advice: noAction(cluster),
      entry: { ...plainEntry(component, NONE, noAction(cluster), cluster), ignored },
    })),
  ];
  return {
    components: rows.toSorted((a, b) => order(a.advice, b.advice)).map((row) => row.entry),
    instances: [
      ...flux1Instances(flux1, cluster),
      ...[...toolkits].map(([instance, advice]) => toolkitInstanceEntry(instance, advice, cluster)),
    ],
    apis: apiEntries(cluster),
    flux1,
    toolkits,
  };
}

/** Objects that cannot be read are shown in this number: anybody who may create workloads can make thousands. */
const SHOWN_UNREADABLE = 100;

/** Empty lists are left out, so that `kubectl describe` shows none. Components stay: the server takes an object that loses its last field for
 *  null and refuses the status for ever, seen on 1.20.2 also where the whole object is left out. */
export function inventoryOf(found: Findings, cluster: Cluster): Inventory {
  const { unreadable } = cluster.subject.look;
  const shown = unreadable.slice(0, SHOWN_UNREADABLE);
  return {
    components: found.components,
    ...(found.instances.length > 0 ? { instances: found.instances } : {}),
    ...(found.apis.length > 0 ? { apis: found.apis } : {}),
    ...(shown.length < unreadable.length ? { omittedUnreadable: unreadable.length - shown.length } : {}),
    ...(shown.length > 0
      ? {
          unreadable: shown.map(({ resource, object, verb, reason }) => ({
            resource,
            ...(object === undefined ? {} : { object }),
            verb,
            reason,
          })),
        }
      : {}),
  };
}

function action({ code, message, url }: Recommendation): Action {
  return { code, message, ...(url === undefined ? {} : { url }) };
}

function sourceOf(found: { source?: FilePlace } | undefined): { source?: FilePlace } {
  return found?.source === undefined ? {} : { source: found.source };
}

function plainEntry(component: DetectedComponent, instance: string, advice: Recommendation, cluster: Cluster): Component {
  const { edition, data, now } = cluster.subject;
  const phase = phaseAt(edition, data.after, component.track, now, component.name);
  const { version } = component;
  return {
    name: component.name,
    track: component.track,
    namespace: component.namespace,
    instance,
    workload: component.workload,
    container: component.container,
    image: component.image,
    version: version.known ? version.value : UNKNOWN,
    versionSource: version.known ? version.source : "Unknown",
    ...(version.known ? {} : { versionReason: version.why }),
    replicas: component.replicas,
    readyReplicas: component.readyReplicas,
    phase: phase.phase,
    ...(phase.since === undefined ? {} : { phaseSince: phase.since }),
    ...(phase.next ? { nextPhase: phase.next.phase, nextPhaseDate: phase.next.date } : {}),
    severity: advice.severity,
    action: action(advice),
    ...(component.features.length > 0 ? { features: [...component.features] } : {}),
    ...sourceOf(component),
  };
}

function flux1Entry(component: DetectedComponent, advice: Recommendation, cluster: Cluster): Component {
  return plainEntry(component, `${component.namespace}/flux1`, advice, cluster);
}

function toolkitEntries(instance: ToolkitInstance, advice: Recommendation, cluster: Cluster): Component[] {
  return instance.components.map((component, index) => ({
    ...plainEntry(component, instance.name, advice, cluster),
    release: releaseWord(instance.minors[index]),
    support: instance.support.support,
  }));
}

function flux1Instances(flux1: ReadonlyMap<DetectedComponent, Recommendation>, cluster: Cluster): Instance[] {
  const order = compareRecommendations(cluster);
  const bySite = Map.groupBy(flux1, ([component]) => siteOf(component));
  return [...bySite]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, entries]) => {
      const namespace = entries[0]?.[0].namespace ?? "";
      const gravest = entries.map(([, advice]) => advice).sort(order)[0] ?? noAction(cluster);
      const management = managementOf(
        namespace,
        entries.map(([component]) => component),
        cluster.subject,
      );
      return {
        name: `${namespace}/flux1`,
        namespace,
        track: "Flux1",
        managedBy: management.managedBy,
        managedBySource: management.source,
        ...ownerOf(namespace, cluster.subject),
        severity: gravest.severity,
        action: action(gravest),
        ...sourceOf(entries[0]?.[0]),
      };
    });
}

function toolkitInstanceEntry(instance: ToolkitInstance, advice: Recommendation, cluster: Cluster): Instance {
  const { edition, data, now } = cluster.subject;
  const management = managementOf(instance.namespace, instance.components, cluster.subject);
  const { support, why, ended, endsWith } = instance.support;
  const range = instance.minor === undefined ? undefined : cliRange(instance.minor, cluster.subject);
  return {
    name: instance.name,
    namespace: instance.namespace,
    track: "GitOpsToolkit",
    release: instance.release ?? UNKNOWN,
    ...(instance.cliVersion === undefined
      ? {}
      : { cliVersion: instance.cliVersion, cliPhase: phaseAt(edition, data.after, "Flux2CLI", now).phase }),
    ...(range === undefined ? {} : { cliRange: range }),
    support,
    ...(why === undefined ? {} : { supportReason: why }),
    ...(ended === undefined ? {} : { supportEnded: ended }),
    ...(endsWith === undefined ? {} : { supportEndsWith: endsWith }),
    alignment: alignmentOf(instance, cluster),
    managedBy: management.managedBy,
    managedBySource: management.source,
    ...ownerOf(instance.namespace, cluster.subject),
    severity: advice.severity,
    action: action(advice),
    ...sourceOf(instance.components[0]),
  };
}

function apiEntries(cluster: Cluster): Api[] {
  const { leftovers, subject } = cluster;
  const { look, data } = subject;
  const advice = recommendLeftovers(cluster);
  const advised = (name: string) =>
    advice !== undefined && leftovers.some((leftover) => leftover.name === name)
      ? { severity: advice.severity, action: action(advice) }
      : {};
  const crds = look.crds.map((crd) => {
    const objects = look.objects.get(crd.name);
    const removed = removedIn({ ...data, now: subject.now }, crd.name, crd.stored);
    return {
      name: crd.name,
      ...(crd.release === undefined ? {} : { release: crd.release }),
      served: [...crd.served],
      storage: crd.storage,
      stored: [...crd.stored],
      ...(objects === undefined ? {} : { objects }),
      ...(removed === undefined ? {} : { removedIn: removed }),
      ...advised(crd.name),
      ...sourceOf(crd),
    };
  });
  const orphans = (look.orphans ?? []).map(({ crd, objects, source }) => ({
    name: crd,
    served: [],
    storage: NONE,
    stored: [],
    objects,
    ...advised(crd),
    source,
  }));
  return [...crds, ...orphans];
}
