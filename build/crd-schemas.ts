/**
 * JSON schemas of our resources, for kubeconform and editors, which know no CRDs: `migrationstatus_v1alpha1.json`, as kubeconform's
 * -schema-location '{{.ResourceKind}}_{{.ResourceAPIVersion}}.json' asks for them. Unlike the API server they refuse unknown fields.
 */
import * as z from "zod";
import type { Json, JsonObject } from "../src/api/generate/custom-resource.ts";

const Crd = z.looseObject({
  spec: z.looseObject({
    names: z.looseObject({ kind: z.string() }),
    versions: z.array(z.looseObject({ name: z.string(), schema: z.looseObject({ openAPIV3Schema: z.record(z.string(), z.json()) }) })),
  }),
});

/** @returns contents by name of the file */
export function crdSchemas(crds: readonly unknown[]): Map<string, string> {
  const schemas = crds.flatMap((crd) => {
    const { names, versions } = Crd.parse(crd).spec;
    return versions.map(({ name, schema }) => {
      const root = { $schema: "http://json-schema.org/draft-07/schema#", ...closed(schema.openAPIV3Schema) };
      return [`${names.kind.toLowerCase()}_${name}.json`, `${JSON.stringify(root, null, 2)}\n`] as const;
    });
  });
  return new Map(schemas);
}

/** A field that the schema does not name is a mistake: the API server would drop it. */
function closed(schema: JsonObject): JsonObject {
  const within = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === "properties" ? closedEach(value) : closedIn(value)]),
  );
  return "properties" in schema && !("additionalProperties" in schema) ? { ...within, additionalProperties: false } : within;
}

/** The names in here are the resource's fields, whatever they are called. */
function closedEach(properties: Json): Json {
  if (properties === null || typeof properties !== "object" || Array.isArray(properties)) return properties;
  return Object.fromEntries(Object.entries(properties).map(([field, schema]) => [field, closedIn(schema)]));
}

function closedIn(value: Json): Json {
  if (Array.isArray(value)) return value.map(closedIn);
  return value !== null && typeof value === "object" ? closed(value) : value;
}
