/** Writes the API reference in Markdown from the generated CRDs, so that it can never say something else than they do. */
import * as z from "zod";
import type { JsonObject } from "./custom-resource.ts";

const Property: z.ZodType<Property> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    format: z.string().optional(),
    description: z.string().optional(),
    enum: z.array(z.string()).optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), Property).optional(),
    items: Property.optional(),
    additionalProperties: z.union([z.boolean(), Property]).optional(),
  }),
);
interface Property {
  type?: string | undefined;
  format?: string | undefined;
  description?: string | undefined;
  enum?: string[] | undefined;
  required?: string[] | undefined;
  properties?: Record<string, Property> | undefined;
  items?: Property | undefined;
  additionalProperties?: boolean | Property | undefined;
}
const Crd = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ kind: z.string(), shortNames: z.array(z.string()) }),
    versions: z.array(z.looseObject({ name: z.string(), schema: z.looseObject({ openAPIV3Schema: Property }) })),
  }),
});

/** @returns one Markdown page: a section a kind, a table row a field. */
export function apiReference(crds: readonly JsonObject[]): string {
  const lines = ["<!-- Made by npm run generate from the zod schemas in src/api. Change those. -->", "", "# API reference", ""];
  for (const crd of crds) lines.push(...section(Crd.parse(crd)));
  return `${lines.join("\n").trimEnd()}\n`;
}

function section(crd: z.infer<typeof Crd>): string[] {
  const version = crd.spec.versions[0];
  const schema = version?.schema.openAPIV3Schema;
  if (!version || !schema) return [];
  const lines = [
    `## ${crd.spec.names.kind}`,
    "",
    `\`${crd.spec.group}/${version.name}\`, cluster-scoped, short name \`${crd.spec.names.shortNames.join(", ")}\`. ${schema.description ?? ""}`,
    "",
    "| Field | Type | Meaning |",
    "|---|---|---|",
  ];
  for (const part of ["spec", "status"]) {
    const property = schema.properties?.[part];
    if (property) lines.push(...rows(part, property));
  }
  return [...lines, ""];
}

function rows(path: string, property: Property): string[] {
  const words = property.enum ? ` One of ${property.enum.map((word) => `\`${word}\``).join(", ")}.` : "";
  const own = `| \`${path}\` | ${typeName(property)} | ${(property.description ?? "").replaceAll("|", "\\|")}${words} |`;
  const inner = property.items ?? property;
  const prefix = property.items ? `${path}[]` : path;
  const children = Object.entries(inner.properties ?? {}).flatMap(([name, child]) => rows(`${prefix}.${name}`, child));
  return [own, ...children];
}

function typeName(property: Property): string {
  if (property.items) return `list of ${typeName(property.items)}`;
  if (property.additionalProperties && property.additionalProperties !== true) return `map of ${typeName(property.additionalProperties)}`;
  return property.format ? `${property.type ?? "any"} (${property.format})` : (property.type ?? "any");
}
