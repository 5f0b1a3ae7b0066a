/** What a scan has to say, before any form of output: findings with their places, what was not read, what was left out. */
import type { Component } from "../api/inventory.ts";
import type { MigrationStatusStatus } from "../api/migration-status.ts";
import type { Severity } from "../api/words.ts";
import type { Place, Skipped, Unread } from "../manifests/manifest.ts";
import { placeKey, type SetAside } from "./set-aside.ts";

/** One cluster, or one set of files. */
export interface Scanned {
  /** Name of the context, or of the files. */
  readonly name: string;
  readonly status: MigrationStatusStatus;
  readonly unread: readonly Unread[];
  readonly skipped: readonly Skipped[];
  /** What would be said of each component that is set aside, by its place. */
  readonly setAside?: ReadonlyMap<string, SetAside>;
  /** Of a cluster: what did not answer, or may not be read, as sentences. */
  readonly failures?: readonly string[];
}

/** One component, or one CRD that was left behind, with what is recommended for it. */
export interface Finding {
  /** Name of what was scanned. */
  readonly scanned: string;
  readonly severity: Severity;
  /** Code of the action. */
  readonly action: string;
  readonly message: string;
  readonly url?: string;
  readonly component: string;
  readonly version: string;
  readonly release: string;
  readonly phase: string;
  readonly support: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly place?: Place;
  /** Why it does not count. */
  readonly ignored?: string;
  readonly setAside?: SetAside;
}

const NONE = "None";
const LEFTOVER = "leftover";

/** @returns every component, the gravest first, those that need nothing among them; then what Flux 1 left behind */
export function findingsOf(scanned: Scanned): Finding[] {
  return [...componentFindings(scanned), ...leftoverFindings(scanned)];
}

function componentFindings({ name, status, setAside }: Scanned): Finding[] {
  const wouldBe = (component: Component) => {
    const told = component.ignored && setAside?.get(placeKey(component));
    return told === undefined ? {} : { setAside: told };
  };
  return (status.inventory?.components ?? []).map((component) => ({
    scanned: name,
    severity: component.severity,
    action: component.action.code,
    message: component.action.message,
    ...(component.action.url === undefined ? {} : { url: component.action.url }),
    component: component.name,
    version: component.version,
    release: component.release ?? NONE,
    phase: component.phase,
    support: component.support ?? NONE,
    kind: component.workload.kind,
    namespace: component.namespace,
    name: component.workload.name,
    image: component.image,
    ...(component.source === undefined ? {} : { place: component.source }),
    ...(component.ignored === undefined ? {} : { ignored: ignoredWords(component.ignored) }),
    ...wouldBe(component),
  }));
}

function leftoverFindings({ name: scanned, status }: Scanned): Finding[] {
  return (status.inventory?.apis ?? []).flatMap(({ name, severity, action, source }) => {
    if (severity === undefined || action === undefined) return [];
    return {
      scanned,
      severity,
      action: action.code,
      message: action.message,
      ...(action.url === undefined ? {} : { url: action.url }),
      component: LEFTOVER,
      version: NONE,
      release: NONE,
      phase: NONE,
      support: NONE,
      kind: "CustomResourceDefinition",
      namespace: NONE,
      name,
      image: NONE,
      ...(source === undefined ? {} : { place: source }),
    };
  });
}

/** `fluxd 1.25.4, Archived`. */
export function titleOf({ component, version, phase }: Finding): string {
  return component === LEFTOVER ? "Leftover of Flux 1" : `${component} ${version}, ${phase}`;
}

/** `flux/helm-operator`; the name alone of what stands in no namespace. */
export function objectOf({ namespace, name }: Finding): string {
  return namespace === NONE ? name : `${namespace}/${name}`;
}

function ignoredWords({ reason, until }: { reason: string; until?: string | undefined }): string {
  return until === undefined ? reason : `${reason} (until ${until})`;
}

export function placeText(place: Place | undefined): string {
  return place === undefined ? NONE : `${place.file}:${place.line}`;
}
