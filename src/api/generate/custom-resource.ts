/** Turns the zod schemas into CustomResourceDefinitions. Not for writing files: main.ts does that. */
import * as z from "zod";
import { GROUP, VERSION } from "../group.ts";
import { MigrationStatusSpec, MigrationStatusStatus } from "../migration-status.ts";
import { MigrationTimetableSpec, MigrationTimetableStatus } from "../migration-timetable.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** `Cel` for Kubernetes 1.25 and later. Earlier servers refuse the whole CRD over x-kubernetes-validations, so `Legacy` has none. */
export type CrdForm = "Cel" | "Legacy";

interface Column {
  name: string;
  jsonPath: string;
  description: string;
  wide?: boolean;
  date?: boolean;
}

interface Resource {
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  description: string;
  spec: z.ZodType;
  status: z.ZodType;
  columns: Column[];
}

const summaryColumn = (name: string, field: string, description: string): Column => ({
  name,
  jsonPath: `.status.summary.${field}`,
  description,
});
const ready: Column = {
  name: "Ready",
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: "Whether everything could be read.",
};
const age: Column = { name: "Age", jsonPath: ".metadata.creationTimestamp", description: "Age of this object.", date: true };

// Strings throughout: a `date` column would show a date ahead as <invalid>, and a path with [*] only the first element.
const RESOURCES: readonly Resource[] = [
  {
    kind: "MigrationStatus",
    plural: "migrationstatuses",
    singular: "migrationstatus",
    shortNames: ["migstat"],
    description:
      "What this cluster runs of Flux 1 and the GitOps Toolkit, the phase of each in the Flux migration and support timetable, and what to do next.",
    spec: MigrationStatusSpec,
    status: MigrationStatusStatus,
    columns: [
      summaryColumn("Fluxd", "fluxd", "Version of fluxd."),
      summaryColumn("Helm-Op", "helmOperator", "Version of the Helm Operator."),
      summaryColumn("Toolkit", "toolkit", "Minor of the GitOps Toolkit."),
      summaryColumn("Flux1-Phase", "phase", "Phase of Flux 1 in the timetable."),
      summaryColumn("Support", "support", "Support state of the toolkit."),
      summaryColumn("Migration", "migration", "How far the migration is."),
      summaryColumn("Action", "action", "Gravest recommended action."),
      ready,
      age,
      { name: "Cluster", jsonPath: ".status.cluster.name", description: "Name of the cluster.", wide: true },
      { ...summaryColumn("Severity", "severity", "How grave the action is."), wide: true },
      { ...summaryColumn("Done", "progress", "Leading steps that are done."), wide: true },
      { ...summaryColumn("Blocked-By", "blockedBy", "What stands before an upgrade."), wide: true },
      { ...summaryColumn("Next", "nextDate", "Date of the next row."), wide: true },
      { ...summaryColumn("Installs", "installs", "Installations."), wide: true },
      { name: "Edition", jsonPath: ".status.timetable.edition", description: "Edition of the timetable.", wide: true },
    ],
  },
  {
    kind: "MigrationTimetable",
    plural: "migrationtimetables",
    singular: "migrationtimetable",
    shortNames: ["migtime"],
    description: "Chooses an edition of the published timetable, and dates for the rows that it leaves open.",
    spec: MigrationTimetableSpec,
    status: MigrationTimetableStatus,
    columns: [{ name: "Edition", jsonPath: ".spec.edition", description: "Edition of the timetable." }, ready, age],
  },
];

/** All our CRDs, in the order of their kinds. */
export function customResourceDefinitions(form: CrdForm): JsonObject[] {
  return RESOURCES.map((resource) => definition(resource, form));
}

function definition(resource: Resource, form: CrdForm): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${resource.plural}.${GROUP}`,
      labels: { "app.kubernetes.io/name": "flux-migration-operator", "app.kubernetes.io/part-of": "flux-migration-operator" },
    },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.singular,
        shortNames: resource.shortNames,
        categories: ["flux"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns.map(printerColumn),
          schema: { openAPIV3Schema: rootSchema(resource, form) },
        },
      ],
    },
  };
}

function printerColumn(column: Column): JsonObject {
  return {
    name: column.name,
    type: column.date ? "date" : "string",
    jsonPath: column.jsonPath,
    description: column.description,
    ...(column.wide ? { priority: 1 } : {}),
  };
}

function rootSchema(resource: Resource, form: CrdForm): JsonObject {
  return {
    type: "object",
    description: resource.description,
    properties: {
      apiVersion: { type: "string", description: "Version of this API." },
      kind: { type: "string", description: "Kind of this object." },
      metadata: { type: "object" },
      spec: structural(resource.spec, form),
      status: { ...object(structural(resource.status, form)), default: NOT_LOOKED_AT },
    },
  };
}

/** As the kinds of Flux have it: kstatus would else take an object that nobody has looked at yet for one that is done. */
const NOT_LOOKED_AT = { observedGeneration: -1 };

function object(schema: Json): JsonObject {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) throw new Error("a status is an object");
  return schema;
}

const JsonSchema: z.ZodType<Json> = z.json();

/** The structural schema of a zod type, as a CustomResourceDefinition takes it. */
function structural(type: z.ZodType, form: CrdForm): Json {
  const converted = z.toJSONSchema(type, { target: "openapi-3.0", io: "input", reused: "inline" });
  return walk(JsonSchema.parse(converted), form);
}

function walk(schema: Json, form: CrdForm): Json {
  if (Array.isArray(schema)) return schema.map((item) => walk(item, form));
  if (schema === null || typeof schema !== "object") return schema;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (refused(key, value, schema, form)) continue;
    out[key] = key === "properties" ? walkProperties(value, form) : walk(value, form);
  }
  return out;
}

/** A property may be called like a keyword (`format`), so its name must not be taken for one. */
function walkProperties(properties: Json, form: CrdForm): Json {
  if (properties === null || typeof properties !== "object" || Array.isArray(properties)) return properties;
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, walk(schema, form)]));
}

function refused(key: string, value: Json, schema: JsonObject, form: CrdForm): boolean {
  if (key === "$schema" || key === "propertyNames") return true;
  // Structural schemas forbid it beside properties; unknown fields are pruned anyway.
  if (key === "additionalProperties" && value === false) return true;
  // zod writes its own regular expression beside the format; Go's regexp has no lookahead, and the format says it already.
  if (key === "pattern" && (schema.format === "date" || schema.format === "date-time")) return true;
  // z.int() writes JavaScript's largest safe integers as bounds.
  if ((key === "maximum" || key === "minimum") && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) return true;
  return key === "x-kubernetes-validations" && form === "Legacy";
}
