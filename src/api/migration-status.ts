/**
 * The MigrationStatus resource: one schema from which the TypeScript types, the CRDs and the API reference are made.
 * Not for how a status comes about: src/assess does that.
 */
import * as z from "zod";
import { Inventory } from "./inventory.ts";
import { atomic, BlockedBy, DeadlineKind, Migration, Severity, Step, Support } from "./words.ts";

const IgnoreEntry = z
  .object({
    namespace: z.string().min(1).max(63).meta({ description: "Namespace of what is ignored." }),
    name: z.string().min(1).max(253).optional().meta({ description: "Name of the workload; without it, all workloads of the namespace." }),
    reason: z.string().min(1).max(500).meta({ description: "Why it is ignored; shown in the inventory." }),
    until: z.iso
      .date()
      .optional()
      .meta({ description: "Day on which it counts again, from 00:00 UTC. Without it, it is ignored for good." }),
  })
  .meta({ description: "A workload that stays in the inventory but outside all conditions." });

const LabelSelector = z
  .object({
    matchLabels: z.record(z.string(), z.string()).optional().meta({ description: "Labels with exactly these values." }),
    matchExpressions: z
      .array(
        z.object({
          key: z.string().meta({ description: "Name of the label." }),
          operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).meta({ description: "How the label's value is compared." }),
          values: z
            .array(z.string())
            .optional()
            .meta({ ...atomic, description: "Values for In and NotIn." }),
        }),
      )
      .optional()
      .meta({ ...atomic, description: "Requirements that all must hold." }),
  })
  .meta({ description: "A Kubernetes label selector." });
export type LabelSelector = z.infer<typeof LabelSelector>;

export const MigrationStatusSpec = z
  .object({
    suspend: z
      .boolean()
      .optional()
      .meta({ description: "While true, nothing is read into this status, and nothing is written but observedGeneration." }),
    timetableRef: z
      .object({ name: z.string().min(1).max(253).meta({ description: "Name of the MigrationTimetable." }) })
      .optional()
      .meta({ description: "MigrationTimetable whose edition and dates are used instead of the operator's setting." }),
    namespaceSelector: LabelSelector.optional().meta({
      description: "Namespaces that are looked at. Absence of Flux 1 in the cluster is then never stated, only in these namespaces.",
    }),
    ignore: z
      .array(IgnoreEntry)
      .max(200)
      .optional()
      .meta({ ...atomic, description: "Workloads that are known and left alone." }),
  })
  .meta({ description: "What the administrator decides." });
export type MigrationStatusSpec = z.infer<typeof MigrationStatusSpec>;

export const Condition = z
  .object({
    type: z.string().max(316).meta({ description: "What the condition speaks of." }),
    status: z.enum(["True", "False", "Unknown"]).meta({ description: "Unknown means that it could not be looked at." }),
    reason: z.string().min(1).max(1024).meta({ description: "One CamelCase word for programs." }),
    message: z.string().max(32768).meta({ description: "A sentence for people, with workload, namespace and version." }),
    lastTransitionTime: z.iso.datetime({ offset: true }).meta({ description: "When the status last changed." }),
    observedGeneration: z.int().min(0).optional().meta({ description: "Generation of the spec that it was judged by." }),
  })
  .meta({ description: "A Kubernetes condition." });
export type Condition = z.infer<typeof Condition>;

/** A list of conditions: each type once, so that others may add theirs. */
export function conditionList(description: string) {
  return z
    .array(Condition)
    .optional()
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"], description });
}

const Summary = z
  .object({
    fluxd: z.string().meta({ description: "Version of fluxd, a range of them, None, Unknown, or Present where no version can be read." }),
    helmOperator: z.string().meta({ description: "Version of the Helm Operator, with the same words." }),
    toolkit: z.string().meta({ description: "Flux 2 minor of the toolkit, or a range such as 2.7..2.9." }),
    phase: z.string().meta({ description: "Phase of Flux 1 in the timetable where it is installed." }),
    support: Support.meta({ description: "Worst support state of the toolkits." }),
    migration: Migration.meta({ description: "How far the move from Flux 1 to Flux 2 is." }),
    progress: z.string().meta({ description: "Leading steps that are done, of five, such as 3/5." }),
    remaining: z.array(Step).meta({ ...atomic, description: "Steps that are not done." }),
    action: z.string().meta({ description: "Code of the gravest recommended action." }),
    severity: Severity.meta({ description: "How grave that is." }),
    blockedBy: BlockedBy.meta({ description: "What stands before an upgrade of Flux 2." }),
    installs: z.int().meta({ description: "Installations of Flux 1 and of the toolkit." }),
    nextDate: z.string().meta({ description: "Date of the next row of the timetable, or None." }),
    message: z.string().meta({ description: "One sentence that says what to do next." }),
  })
  .meta({ description: "The row that kubectl get prints." });
export type Summary = z.infer<typeof Summary>;

export const Transition = z
  .object({
    time: z.iso.datetime().meta({ description: "When it was seen." }),
    reason: z.string().meta({ description: "Reason of the Event that tells of it." }),
    message: z.string().meta({ description: "What changed." }),
  })
  .meta({ description: "A change that an Event told of." });
export type Transition = z.infer<typeof Transition>;

export const Deadline = z
  .object({
    kind: DeadlineKind.meta({ description: "What ends or begins." }),
    date: z.iso.date().meta({ description: "From 00:00 UTC of this day." }),
    message: z.string().meta({ description: "What happens then." }),
  })
  .meta({ description: "A known date in the future." });
export type Deadline = z.infer<typeof Deadline>;

export const MigrationStatusStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(-1)
      .optional()
      .meta({ description: "Generation of the spec that this status answers; -1 before the first look." }),
    lastHandledReconcileAt: z
      .string()
      .optional()
      .meta({ description: "Last value of the annotation reconcile.fluxcd.io/requestedAt that was acted on." }),
    summary: Summary.optional(),
    cluster: z
      .object({
        name: z.string().meta({ description: "Name given to this cluster by a setting." }),
        uid: z.string().meta({ description: "uid of the namespace kube-system." }),
        version: z.string().meta({ description: "Version of the API server." }),
      })
      .optional()
      .meta({ description: "Which cluster this is." }),
    operator: z
      .object({ version: z.string().meta({ description: "Version that wrote this status; an older one stops writing." }) })
      .optional()
      .meta({ description: "Who wrote this." }),
    data: z
      .object({
        releasesAsOf: z.iso.date().meta({ description: "Day on which the list of releases was last checked complete." }),
        newestMinor: z.string().meta({ description: "Newest Flux 2 minor that the data knows." }),
      })
      .optional()
      .meta({ description: "What the support states rest on." }),
    timetable: z
      .object({
        edition: z.string().meta({ description: "Edition of the published timetable." }),
        row: z.int().meta({ description: "Row that holds now, 0 before the first." }),
        dates: z.record(z.string(), z.iso.date()).optional().meta({
          maxProperties: 20,
          "x-kubernetes-map-type": "atomic",
          description: "Dates that a MigrationTimetable filled in, keyed by row number.",
        }),
      })
      .optional()
      .meta({ description: "Which timetable was used." }),
    deadlines: z
      .array(Deadline)
      .optional()
      .meta({ ...atomic, description: "Known dates ahead, the next first." }),
    history: z
      .array(Transition)
      .max(10)
      .optional()
      .meta({ ...atomic, description: "The last ten changes, the newest first." }),
    conditions: conditionList("Ready and MigrationComplete are good when True, all others when False."),
    inventory: Inventory.optional(),
  })
  .meta({ description: "What is installed, in which phase it is, and what to do." });
export type MigrationStatusStatus = z.infer<typeof MigrationStatusStatus>;

/** What is read back from the API server: fields that are not ours are let through, and spec and status are parsed apart. */
export const ObjectMeta = z.looseObject({
  name: z.string(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export const MigrationStatus = z.looseObject({
  metadata: ObjectMeta,
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});
export type MigrationStatus = z.infer<typeof MigrationStatus>;
