/**
 * Workloads of which one optional field is absent, null, of a wrong type or huge, made from the API server's own schema (`/openapi/v3`): each
 * field that there is, four mutations each. Sends nothing and judges nothing.
 */
import * as z from "zod";

interface Schema {
  readonly $ref?: string | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly unknown[] | undefined;
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly required?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
  readonly additionalProperties?: Schema | undefined;
}

const SchemaShape: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    allOf: z.array(SchemaShape).optional(),
    oneOf: z.array(z.unknown()).optional(),
    type: z.string().optional(),
    format: z.string().optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), SchemaShape).optional(),
    items: SchemaShape.optional(),
    additionalProperties: SchemaShape.optional(),
  }),
);

/** What `/openapi/v3/apis/apps/v1` answers, as far as it is needed. */
export const OpenApi = z.object({ components: z.object({ schemas: z.record(z.string(), SchemaShape) }) });
export type OpenApi = z.infer<typeof OpenApi>;

export const MUTATIONS = ["Absent", "Null", "WrongType", "Huge"] as const;
export type Mutation = (typeof MUTATIONS)[number];

export interface Mutant {
  /** `spec.template.spec.volumes[0].name` */
  readonly field: string;
  readonly mutation: Mutation;
  readonly object: unknown;
}

type Step = string | number;

interface Field {
  readonly path: readonly Step[];
  readonly schema: Schema;
}

/** The key of an entry in a map, whose keys are free. */
const KEY = "key";

export class Mutants {
  readonly #schemas: OpenApi["components"]["schemas"];
  readonly #root: Schema;
  readonly #hugeCharacters: number;
  readonly #hugeEntries: number;

  /** @param kind `Deployment` @throws an error where the schema does not know it */
  constructor(openApi: OpenApi, kind: string, huge: { readonly characters: number; readonly entries: number }) {
    this.#schemas = openApi.components.schemas;
    this.#root = this.#resolved({ $ref: `#/components/schemas/io.k8s.api.apps.v1.${kind}` });
    this.#hugeCharacters = huge.characters;
    this.#hugeEntries = huge.entries;
  }

  /** An object with every field that there is, each of its type, laid under `over`. */
  whole(over: object): object {
    return merged(this.#sample(this.#root, "All"), over);
  }

  /** Four of each optional field. Fields on the way to it that `base` has not are made, with what they require. */
  *of(base: object): Generator<Mutant> {
    for (const field of this.#fields(this.#root, [], [])) {
      for (const mutation of MUTATIONS) {
        const leaf = mutation === "Absent" ? undefined : this.#mutated(field.schema, mutation);
        yield { field: nameOf(field.path), mutation, object: this.#put(this.#root, base, field.path, leaf) };
      }
    }
  }

  /** @param within references on the way: a schema in itself would never end */
  *#fields(schema: Schema, path: readonly Step[], within: readonly string[]): Generator<Field> {
    const { properties = {}, required = [], items, additionalProperties } = schema;
    const below: [Step, Schema, boolean][] = [
      ...Object.entries(properties).map(([name, part]): [Step, Schema, boolean] => [name, part, !required.includes(name)]),
      ...(items ? [[0, items, false] satisfies [Step, Schema, boolean]] : []),
      ...(additionalProperties ? [[KEY, additionalProperties, true] satisfies [Step, Schema, boolean]] : []),
    ];
    for (const [step, part, optional] of below) {
      const reference = referenceOf(part);
      if (reference !== undefined && within.includes(reference)) continue;
      const resolved = this.#resolved(part);
      const here = [...path, step];
      if (optional) yield { path: here, schema: resolved };
      yield* this.#fields(resolved, here, reference === undefined ? within : [...within, reference]);
    }
  }

  /** @param leaf undefined takes the field away */
  #put(schema: Schema, base: unknown, path: readonly Step[], leaf: unknown): unknown {
    const [step, ...rest] = path;
    if (step === undefined) return leaf;
    if (typeof step === "number") {
      const list: readonly unknown[] = Array.isArray(base) ? base : [];
      const first = this.#put(this.#resolved(schema.items ?? {}), list[0], rest, leaf);
      return [first, ...list.slice(1)];
    }
    const part = this.#resolved(schema.properties?.[step] ?? schema.additionalProperties ?? {});
    const object = isObject(base) ? base : this.#sample(schema, "Required");
    const { [step]: before, ...others } = isObject(object) ? object : {};
    const after = this.#put(part, before, rest, leaf);
    return after === undefined ? others : { ...others, [step]: after };
  }

  #sample(schema: Schema, which: "All" | "Required", within: readonly string[] = []): unknown {
    const { properties = {}, required = [], items, additionalProperties } = schema;
    const next = (part: Schema) => {
      const reference = referenceOf(part);
      if (reference === undefined) return this.#sample(this.#resolved(part), which, within);
      return within.includes(reference) ? undefined : this.#sample(this.#resolved(part), which, [...within, reference]);
    };
    if (items) return which === "All" ? [next(items)] : [];
    if (Object.keys(properties).length > 0) {
      const wanted = Object.entries(properties).filter(([name]) => which === "All" || required.includes(name));
      return Object.fromEntries(wanted.map(([name, part]) => [name, next(part)]));
    }
    if (additionalProperties) return which === "All" ? { [KEY]: next(additionalProperties) } : {};
    return plainSample(schema);
  }

  #mutated(schema: Schema, mutation: Exclude<Mutation, "Absent">): unknown {
    if (mutation === "Null") return null;
    const sample = this.#sample(schema, "Required");
    if (mutation === "WrongType") {
      if (Array.isArray(sample)) return { no: "list" };
      if (isObject(sample)) return ["no", "object"];
      return typeof sample === "string" ? { no: "text" } : "no number";
    }
    const many = Array.from({ length: this.#hugeEntries }, (_, index) => index);
    if (schema.items) return many.map(() => this.#sample(this.#resolved(schema.items ?? {}), "Required"));
    if (isObject(sample)) {
      const entry = schema.additionalProperties ? this.#sample(this.#resolved(schema.additionalProperties), "Required") : "x";
      return { ...sample, ...Object.fromEntries(many.map((index) => [`key-${index}`, entry])) };
    }
    return typeof sample === "number" ? Number.MAX_SAFE_INTEGER : "x".repeat(this.#hugeCharacters);
  }

  #resolved(schema: Schema): Schema {
    const reference = referenceOf(schema);
    if (reference === undefined) return schema;
    const found = this.#schemas[reference];
    if (found === undefined) throw new Error(`the server's schema does not know ${reference}`);
    return this.#resolved(found);
  }
}

function referenceOf({ $ref, allOf }: Schema): string | undefined {
  const reference = $ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined);
  return reference?.slice("#/components/schemas/".length);
}

function plainSample({ type, format, oneOf }: Schema): unknown {
  if (format === "date-time") return "2026-01-01T00:00:00Z";
  if (oneOf !== undefined || format === "int-or-string") return 1;
  switch (type) {
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "string":
      return "x";
    default:
      return {};
  }
}

function merged(under: unknown, over: unknown): object {
  if (!isObject(under) || !isObject(over)) throw new Error("only objects are laid over each other");
  const both = Object.entries(over).map(([name, value]) => {
    const below = under[name];
    return [name, isObject(below) && isObject(value) ? merged(below, value) : value] as const;
  });
  return { ...under, ...Object.fromEntries(both) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(path: readonly Step[]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${step}`)).join("");
}
