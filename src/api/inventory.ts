/** status.inventory: every installed component, installation and API. Not for conditions and the summary: migration-status.ts. */
import * as z from "zod";
import { Alignment, atomic, Severity, Support, Track } from "./words.ts";

export const Action = z
  .object({
    code: z.string().meta({ description: "One CamelCase word for programs; docs/actions.md describes each." }),
    message: z.string().meta({ description: "What to do, in a sentence that names the object." }),
    url: z.string().optional().meta({ description: "Official documentation." }),
  })
  .meta({ description: "The recommended action." });
export type Action = z.infer<typeof Action>;

/** Only of what was read from files. */
const source = z
  .object({
    file: z.string().meta({ description: "File, or stdin." }),
    line: z.int().meta({ description: "Line, counted from 1." }),
  })
  .optional()
  .meta({ description: "Where a scan of files found it." });

export const Component = z
  .object({
    name: z.string().meta({ description: "Component: fluxd, helm-operator, source-controller, and so on." }),
    track: Track.meta({ description: "Track of the timetable that it belongs to." }),
    namespace: z.string().meta({ description: "Namespace of the workload." }),
    instance: z.string().meta({ description: "Installation that it is part of, or None." }),
    workload: z
      .object({
        apiVersion: z.string().meta({ description: "apps/v1, or the group and version of another kind." }),
        kind: z
          .string()
          .meta({ description: "Deployment, StatefulSet or DaemonSet; in files also HelmRelease, FluxInstance or Kustomization." }),
        name: z.string().meta({ description: "Name of the workload." }),
      })
      .meta({ description: "The workload that runs it." }),
    container: z.string().meta({ description: "Name of the container." }),
    image: z.string().meta({ description: "Image as the workload names it." }),
    version: z.string().meta({ description: "Version of the component, or Unknown where none can be read." }),
    versionSource: z.enum(["Tag", "Label", "Chart", "Unknown"]).meta({ description: "Where the version was read." }),
    versionReason: z.string().optional().meta({ description: "Why no version can be read." }),
    release: z.string().optional().meta({ description: "Flux 2 release or minor that it belongs to." }),
    replicas: z.int().meta({ description: "Replicas that are wanted." }),
    readyReplicas: z.int().meta({ description: "Replicas that are ready." }),
    phase: z.string().meta({ description: "Phase of its track in the timetable today." }),
    phaseSince: z.iso.date().optional().meta({ description: "First day of the present phase, UTC, as the timetable row gives it." }),
    nextPhase: z.string().optional().meta({ description: "Phase that the timetable names next." }),
    nextPhaseDate: z.string().optional().meta({ description: "Its date, or TBD where it is announced without one." }),
    support: Support.optional().meta({ description: "Support state of the Flux 2 minor." }),
    severity: Severity.meta({ description: "How grave its action is." }),
    action: Action,
    features: z
      .array(z.string())
      .optional()
      .meta({
        ...atomic,
        description:
          "What fluxd is used for, by its flags: ReadOnly, ImageAutomation, GarbageCollection, ManifestGeneration, SyncRepository.",
      }),
    source,
    ignored: z
      .object({
        reason: z.string().meta({ description: "Why, as its owner wrote." }),
        until: z.iso.date().optional().meta({ description: "Day on which it counts again." }),
      })
      .optional()
      .meta({ description: "Set while it is ignored." }),
  })
  .meta({ description: "An installed component." });
export type Component = z.infer<typeof Component>;

export const Instance = z
  .object({
    name: z.string().meta({ description: "Namespace and kind of installation: flux/flux1, flux-system/toolkit." }),
    namespace: z.string().meta({ description: "Namespace that it is installed in." }),
    track: Track.meta({ description: "Flux1 or GitOpsToolkit." }),
    release: z.string().optional().meta({ description: "Flux 2 release or minor, Unknown where it cannot be told." }),
    cliVersion: z
      .string()
      .optional()
      .meta({ description: "Version of the CLI that wrote the manifests, from the label app.kubernetes.io/version." }),
    cliPhase: z.string().optional().meta({ description: "Phase of the Flux 2 CLI in the timetable." }),
    cliRange: z.string().optional().meta({ description: "CLI minors that work with these controllers: one minor down, one up." }),
    support: Support.optional().meta({ description: "Support state of the minor." }),
    supportReason: z.string().optional().meta({ description: "Why the support state is Unknown." }),
    supportEnded: z.iso.date().optional().meta({ description: "Day on which support ended." }),
    supportEndsWith: z.string().optional().meta({ description: "Minor whose release ends support." }),
    alignment: Alignment.optional().meta({ description: "Whether controllers and CRDs are of one minor." }),
    managedBy: z.string().meta({
      description: "What installs and upgrades it: Bootstrap, Terraform, FluxInstance, HelmChart, AksExtension, EksAnywhere, Unknown.",
    }),
    managedBySource: z.enum(["Label", "Annotation", "Assumed"]).meta({ description: "How that is known." }),
    owner: z.string().optional().meta({ description: "Value of the namespace label that a setting names." }),
    severity: Severity.meta({ description: "How grave its action is." }),
    action: Action,
    source,
  })
  .meta({ description: "One installation, judged apart from all others." });
export type Instance = z.infer<typeof Instance>;

export const Api = z
  .object({
    name: z.string().meta({ description: "Name of the CustomResourceDefinition." }),
    release: z.string().optional().meta({ description: "Flux release that it was installed with, by its label." }),
    served: z.array(z.string()).meta({ ...atomic, description: "Versions that the API server serves." }),
    storage: z.string().meta({ description: "Version in which objects are written; None where files hold its objects alone." }),
    stored: z.array(z.string()).meta({ ...atomic, description: "Versions in which objects may be stored: status.storedVersions." }),
    objects: z.int().optional().meta({ description: "Objects of this kind; absent where they could not be counted." }),
    removedIn: z.string().optional().meta({ description: "First Flux 2 minor that no longer serves a stored version." }),
    severity: Severity.optional().meta({ description: "How grave its action is; only of what Flux 1 left behind." }),
    action: Action.optional(),
    source,
  })
  .meta({ description: "A CustomResourceDefinition of Flux." });
export type Api = z.infer<typeof Api>;

export const UnreadableKind = z
  .object({
    resource: z.string().meta({ description: "Resource as RBAC names it: daemonsets.apps." }),
    object: z.string().optional().meta({ description: "Namespace and name where one object is meant." }),
    verb: z.string().meta({ description: "What was refused: list, watch, get; parse where the object could not be understood." }),
    reason: z.string().meta({ description: "One CamelCase word: Forbidden, Unauthorized, Unavailable, InvalidObject." }),
  })
  .meta({ description: "Something that could not be read." });

export const Inventory = z
  .object({
    components: z
      .array(Component)
      .optional()
      .meta({ ...atomic, description: "Installed components, the gravest first." }),
    omittedComponents: z
      .int()
      .optional()
      .meta({ description: "Components left out because the status would be too large; the least grave go first." }),
    instances: z
      .array(Instance)
      .optional()
      .meta({ ...atomic, description: "Installations." }),
    omittedInstances: z.int().optional().meta({ description: "Installations left out for the same reason." }),
    apis: z
      .array(Api)
      .optional()
      .meta({ ...atomic, description: "CustomResourceDefinitions of Flux 1 and of the toolkit." }),
    omittedUnreadable: z.int().optional().meta({ description: "Further things that could not be read." }),
    unreadable: z
      .array(UnreadableKind)
      .optional()
      .meta({ ...atomic, description: "What could not be read; absence is never stated then." }),
  })
  .meta({ description: "Everything that was found." });
export type Inventory = z.infer<typeof Inventory>;
