/** A JSON schema as zod writes it, made one that helm and editors take best. Knows no value of the chart. */
import * as z from "zod";

/** Of biome.json. */
const LINE_WIDTH = 140;

/** Only the keywords that are read here are named. */
export interface JsonSchema {
  [keyword: string]: unknown;
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  pattern?: string;
}

export const JsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.looseObject({
    type: z.string().exactOptional(),
    title: z.string().exactOptional(),
    description: z.string().exactOptional(),
    enum: z.array(z.unknown()).exactOptional(),
    properties: z.record(z.string(), JsonSchema).exactOptional(),
    items: JsonSchema.exactOptional(),
    anyOf: z.array(JsonSchema).exactOptional(),
    additionalProperties: z.union([z.boolean(), JsonSchema]).exactOptional(),
    propertyNames: JsonSchema.exactOptional(),
    pattern: z.string().exactOptional(),
  }),
);

/** Keywords that say nothing: what the API server reads in a CRD, and the limits of JavaScript's numbers. */
function isNoise([keyword, value]: [string, unknown]): boolean {
  return keyword.startsWith("x-kubernetes-") || value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;
}

/**
 * @param path where the node stands: `image.tag`, "" for the whole
 * @param meanings descriptions by path; they beat those of the schema
 */
export function forHelm(schema: JsonSchema, path: string, meanings: ReadonlyMap<string, string>): JsonSchema {
  const node = withNames(Object.fromEntries(Object.entries(schema).filter((entry) => !isNoise(entry))));
  const description = meanings.get(path) ?? node.description;
  if (description !== undefined) node.description = description;
  if (node.items) node.items = forHelm(node.items, `${path}[]`, meanings);
  if (node.properties) {
    const below = (key: string) => (path === "" ? key : `${path}.${key}`);
    node.properties = Object.fromEntries(
      Object.entries(node.properties).map(([key, property]) => [key, forHelm(property, below(key), meanings)]),
    );
    // An object that names its fields has no others: helm must name a misspelt one.
    node.additionalProperties ??= false;
  }
  return node;
}

/** Names of a map said by a pattern, as helm names the place of a key that does not fit; for one by propertyNames it names another. */
function withNames({ propertyNames, ...map }: JsonSchema): JsonSchema {
  if (propertyNames?.pattern === undefined) return map;
  return { ...map, patternProperties: { [propertyNames.pattern]: map.additionalProperties ?? true }, additionalProperties: false };
}

/** What is below a path. */
export function schemaAt(schema: JsonSchema, path: string): JsonSchema | undefined {
  return path.split(".").reduce<JsonSchema | undefined>((node, key) => node?.properties?.[key], schema);
}

/** In a word or two, for people. */
export function typeName(schema: JsonSchema | undefined): string {
  if (!schema) return "";
  if (schema.enum) return schema.enum.map(String).join(", ");
  if (schema.anyOf) return schema.anyOf.map(typeName).join(" or ");
  if (schema.type === "array") return `list of ${typeName(schema.items)}s`;
  return schema.type ?? "";
}

/** As the formatter of this project leaves it: a list of words stands in one line where it fits. */
export function schemaText(schema: JsonSchema): string {
  const text = JSON.stringify(schema, undefined, 2);
  return `${text.replaceAll(/^( *"\w+": )\[\n([^[\]{}]*)\n *\](,?)$/gm, (long, key: string, words: string, comma: string) => {
    const short = `${key}[${words.trim().replaceAll(/\n */g, " ")}]${comma}`;
    return short.length > LINE_WIDTH ? long : short;
  })}\n`;
}
