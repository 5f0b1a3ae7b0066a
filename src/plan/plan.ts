/**
 * The plan from Flux 1 to Flux 2: given what was seen and the data, the manifests, what becomes of each field, and the steps in the official
 * order. One function; opens no file, asks no cluster, reads no clock. Writing it down: checklist.ts and src/cli.
 */
import { coverageOf, type Look, type Unreadable } from "../assess/look.ts";
import { managementOf } from "../assess/managed-by.ts";
import type { ReferenceData, Subject } from "../assess/subject.ts";
import { type ToolkitInstance, toolkitInstances } from "../assess/toolkit-instance.ts";
import { ladderFor, orderOf, upgradeSentence, wayUnseen } from "../assess/upgrade.ts";
import type { Catalogue } from "../detect/catalogue.ts";
import type { DetectedComponent } from "../detect/component.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";
import type { ImageReference } from "../detect/image-reference.ts";
import type { Managers } from "../detect/managers-file.ts";
import type { Edition } from "../timetable/edition.ts";
import { compareMinors } from "../timetable/releases.ts";
import { translateAnnotations } from "./automation.ts";
import { ownSecret } from "./chart-source.ts";
import { type Daemon, type DaemonWorkload, detected } from "./daemon.ts";
import { Draft, type Mark, type PlannedObject } from "./draft.ts";
import { type SyncedFluxd, translateFluxd } from "./fluxd.ts";
import { ImagePolicies } from "./image-policies.ts";
import type { Chore, Translation, Untranslated } from "./ledger.ts";
import { code, command } from "./markdown.ts";
import { isNamespaceName } from "./names.ts";
import { ownNames } from "./own-names.ts";
import { INSECURE_HOST, isInsecure } from "./registry-access.ts";
import { translateReleases } from "./releases.ts";
import { scans } from "./scanned-images.ts";
import { type Seen, seenObject } from "./seen-object.ts";
import { steeredObject } from "./steered-object.ts";
import { plannableMinors, type Target, targetOf } from "./target.ts";
import { fluxdReason } from "./untranslated-flags.ts";
import { automationInterval, translateUpdates } from "./update-automation.ts";

export interface PlanInput {
  /** All that was read, of any kind: those that matter are found among them. Hostile until read. */
  readonly objects: readonly unknown[];
  readonly crds: Look["crds"];
  readonly namespaces: Look["namespaces"];
  readonly unreadable: readonly Unreadable[];
  readonly kubernetesVersion?: string | undefined;
  /** `prod-eu-1`; undefined for files. */
  readonly cluster?: string | undefined;
  /** How many were read, where no cluster was looked at. */
  readonly files?: number;
  /** `apps/cart.yaml:12`, for each of the objects that stands in a file. */
  readonly places?: ReadonlyMap<unknown, string>;
  /** Whether HelmReleases v1 without a Helm Operator are translated. In files an operator may just not be among them. */
  readonly leftovers: boolean;
  /** `2.6`: a Flux 2 that a person asks for. */
  readonly fluxVersion?: string | undefined;
  /** Where the toolkit is, or will be; default: where it is installed, else flux-system. */
  readonly toolkitNamespace?: string | undefined;
  readonly catalogue: Catalogue;
  readonly managers: Managers;
  readonly declaredInstalls: DeclaredInstalls;
  readonly data: ReferenceData;
  readonly edition: Edition;
  readonly now: Date;
}

export interface Plan {
  readonly cluster?: string;
  readonly kubernetesVersion?: string;
  readonly fluxds: readonly DaemonWorkload[];
  readonly helmOperators: readonly DaemonWorkload[];
  /** HelmReleases v1 that were seen, how many of them are translated, and how many install Flux 1 itself. */
  readonly releases: { readonly seen: number; readonly translated: number; readonly ofFlux1: number };
  readonly target: Target;
  readonly namespace: string;
  readonly toolkits: readonly ToolkitInstance[];
  readonly upgrade?: Upgrade;
  readonly objects: readonly PlannedObject[];
  /** What of an object image automation rewrites. */
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
  /** Names of the GitRepositories that fluxd's became. */
  readonly repositories: ReadonlySet<string>;
  readonly translations: readonly Translation[];
  readonly untranslated: readonly Untranslated[];
  readonly chores: readonly Chore[];
  readonly unreadable: readonly Unreadable[];
}

/** What stands before everything else, where the installed toolkit is not the target. */
export interface Upgrade {
  readonly namespace: string;
  /** The installed minor. */
  readonly from: string;
  /** `2.7, flux migrate, 2.9`; absent where the way is not known: then the sentence says why. */
  readonly order?: string;
  /** For whoever manages the toolkit. */
  readonly sentence: string;
  /** Whether manifests for the installed minor can be asked for in the meantime. */
  readonly canWait: boolean;
}

const TOOLKIT_NAMESPACE = "flux-system";

/**
 * @returns a plan without objects and daemons where there is no Flux 1 to move
 * @throws UnknownTarget for a fluxVersion for which nothing can be written
 */
export function planMigration(input: PlanInput): Plan {
  const seen = input.objects.map((object) => ({ object, head: seenObject(object) }));
  const { daemons, components, malformed } = detected(seen, input);
  const unreadable = [...input.unreadable, ...malformed];
  const subject = subjectOf(input, components, unreadable);
  const toolkits = toolkitInstances(
    components.filter(({ track }) => track === "GitOpsToolkit"),
    subject,
  );
  const { data, now, kubernetesVersion, fluxVersion: asked } = input;
  const target = targetOf({ data, now, instances: toolkits, kubernetesVersion, asked });
  const namespace = input.toolkitNamespace ?? toolkitNamespace(toolkits);
  const existing = seen.flatMap(({ head }) => (head.is === "Toolkit" ? [head.subject] : []));
  const secrets = seen.flatMap(({ object, head }) => (head.is === "HelmRelease" ? (ownSecret(object, head.namespace) ?? []) : []));
  const draft = new Draft(target, namespace, [...existing, ...secrets, ...bootstrapNames(namespace)]);
  // Those that are in the toolkit's namespace come first: their Secrets are there already, and no other takes their names.
  const fluxds = daemons
    .filter(({ component }) => component.name === "fluxd")
    .toSorted((a, b) => Number(b.component.namespace === namespace) - Number(a.component.namespace === namespace));
  const helmOperators = daemons.filter(({ component }) => component.name === "helm-operator");
  const synced = fluxds.flatMap((daemon) => translateFluxd(daemon, draft) ?? []);
  // Only now: a fluxd in the toolkit's namespace reads its own Secret on, which may be among the files.
  draft.names.reserve(ownNames(seen));
  const policies = policiesFor(synced, draft);
  const releases = translateReleases(seen, daemons, input, policies, draft);
  translateSteering(seen, daemons, policies, draft);
  listFluxHelmReleases(seen, draft);
  for (const fluxd of synced) {
    const none = fluxd.automates ? (policies.of?.isEmpty === false ? undefined : "no image is automated") : NOT_AUTOMATING;
    translateUpdates(fluxd, none, draft);
    fluxd.flags.close(fluxdReason);
  }
  const upgrade = upgradeFirst(toolkits, target, subject);
  return {
    ...(input.cluster === undefined ? {} : { cluster: input.cluster }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    fluxds: fluxds.map(withoutArguments),
    helmOperators: helmOperators.map(withoutArguments),
    releases,
    target,
    namespace,
    toolkits,
    ...(upgrade === undefined ? {} : { upgrade }),
    objects: draft.objects,
    marks: draft.marks,
    repositories: new Set(synced.map(({ repository }) => `${namespace}/${repository}`)),
    translations: draft.ledger.translations,
    untranslated: draft.ledger.untranslated,
    chores: draft.ledger.chores,
    unreadable,
  };
}

/** Arguments and environment can hold credentials: none leaves the translation. */
function withoutArguments({ component, subject }: Daemon): DaemonWorkload {
  return { component, subject };
}

function subjectOf(input: PlanInput, components: readonly DetectedComponent[], unreadable: readonly Unreadable[]): Subject {
  const { crds, namespaces, kubernetesVersion, edition, data, now } = input;
  const version = kubernetesVersion === undefined ? {} : { kubernetesVersion };
  const files = input.files === undefined ? {} : { files: input.files };
  const look: Look = { components, crds, objects: new Map(), namespaces, unreadable, ...version, ...files };
  return { look, edition, data, spec: {}, generation: 0, settings: { clusterName: input.cluster ?? "", operatorVersion: "" }, now };
}

function toolkitNamespace(toolkits: readonly ToolkitInstance[]): string {
  const namespaces = toolkits.map(({ namespace }) => namespace).filter(isNamespaceName);
  return namespaces.includes(TOOLKIT_NAMESPACE) ? TOOLKIT_NAMESPACE : (namespaces[0] ?? TOOLKIT_NAMESPACE);
}

/** flux bootstrap makes these, maybe only after the plan. */
function bootstrapNames(namespace: string): string[] {
  return ["GitRepository", "Kustomization", "Secret"].map((kind) => `${kind} ${namespace}/flux-system`);
}

const NOT_AUTOMATING = "fluxd runs without image automation (--git-readonly or --registry-disable-scanning)";

/** Undefined where no image is to be followed, and why. */
export interface Policies {
  readonly of?: ImagePolicies;
  readonly why: string;
}

function policiesFor(synced: readonly SyncedFluxd[], draft: Draft): Policies {
  const automating = synced.filter(({ automates }) => automates);
  const [first] = automating;
  if (first) {
    // Each is asked: it accounts for its flags.
    const registries = {
      scans: (image: ImageReference) => automating.filter(({ flags }) => scans(flags, image)).length > 0,
      interval: () => automationInterval(first, "ImageRepository spec.interval"),
      isInsecure: (domain: string, object: string) => {
        const insecure = automating.filter(({ flags }) => isInsecure(flags, domain));
        for (const { flags } of insecure) flags.translated(INSECURE_HOST, `${object} spec.insecure`);
        return insecure.length > 0;
      },
    };
    return { of: new ImagePolicies(draft, registries), why: "" };
  }
  const why = synced.length > 0 ? NOT_AUTOMATING : "no fluxd whose repository can be read is among what was seen";
  return { why };
}

function listFluxHelmReleases(seen: readonly Seen[], { ledger }: Draft): void {
  for (const { head } of seen) {
    if (head.is !== "FluxHelmRelease") continue;
    ledger.left(
      head.subject,
      "the whole object",
      "HelmRelease took the place of this kind: write it as one of helm.fluxcd.io/v1, see the Helm Operator release it, and plan again",
    );
    ledger.chore(
      "RemoveLeftovers",
      `A ${code("FluxHelmRelease")} is not translated. Once none is needed, and while no Helm Operator runs in any namespace, remove its CRD:`,
      [command("kubectl", "delete", "crd", "--ignore-not-found", "fluxhelmreleases.helm.integrations.flux.weave.works")],
    );
  }
}

/** HelmReleases are steered by their own translation. The images of Flux 1 itself, which is not moved, are no longer followed. */
function translateSteering(seen: readonly Seen[], daemons: readonly Daemon[], policies: Policies, draft: Draft): void {
  const ofFlux1 = new Set(daemons.map(({ subject }) => subject));
  for (const { object, head } of seen) {
    if (head.is === "Shapeless" || head.is === "HelmRelease" || head.is === "FluxHelmRelease") continue;
    const steered = steeredObject(head, object);
    if (!steered) continue;
    const { of, why }: Policies = ofFlux1.has(steered.subject) ? { why: "it is of Flux 1 itself, which is not moved" } : policies;
    translateAnnotations(steered, of, why, draft);
  }
}

function upgradeFirst(toolkits: readonly ToolkitInstance[], target: Target, subject: Subject): Upgrade | undefined {
  const first = toolkits.find(({ minor }) => minor !== undefined && minor !== target.minor);
  const from = first?.minor;
  if (first === undefined || from === undefined || target.because === "Asked" || target.because === "Installed") return undefined;
  const { look, data, now } = subject;
  const upgrade = { namespace: first.namespace, from, canWait: plannableMinors(data, now).includes(from) };
  const unseen = wayUnseen(subject, coverageOf(look, false).crds);
  if (unseen !== undefined) return { ...upgrade, sentence: unseen };
  const ladder = ladderFor(from, subject);
  if (ladder.at === "Unknown") return { ...upgrade, sentence: `The way to ${target.minor} is not known: ${ladder.why}.` };
  const { managedBy } = managementOf(first.namespace, first.components, subject);
  // The ladder starts no lower than the CRDs, which may be newer than the target.
  const before = ladder.steps.filter(({ minor }) => compareMinors(minor, target.minor) < 0);
  const last = ladder.steps.find(({ minor }) => minor === target.minor) ?? { minor: target.minor, migrate: false };
  const way = { ...ladder, steps: [...before, last] };
  return { ...upgrade, order: orderOf(way, from), sentence: upgradeSentence(managedBy, way, from, subject) };
}
