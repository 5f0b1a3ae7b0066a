/**
 * Finds the images in the values of a HelmRelease as Flux 1 did [1]: by the usual names of values, or where annotations say.
 * [1] fluxcd/flux 1.25.4, docs/references/helm-operator-integration.md
 */
import { valueAt } from "../detect/value-at.ts";
import type { ImageLine, NamedImage } from "./automation.ts";
import type { FluxAnnotation } from "./flux-annotations.ts";

/** Flux 1's name for the image at the top of the values. */
const CHART_IMAGE = "chart-image";

/** A marker writes the whole of the policy's image, with its registry, or the tag alone. */
const REGISTRY_APART =
  "its registry has a value of its own and its tag has none: Flux 2 would write the registry into the image as well. Give the tag a value of its own, and plan again";

type Values = Readonly<Record<string, unknown>>;

/** The values as they stand in an object of the plan: `HelmRelease shop/cart`. */
interface PlannedValues {
  readonly object: string;
  readonly values: Values;
}

/** Where the parts of an image stand, as paths into the values. */
interface Places {
  image?: string;
  registry?: string;
  repository?: string;
  tag?: string;
}

/** @param object of the plan, which has the same values in its spec: v1 in Git is left as it is for the way back */
export function valueImages(object: string, values: unknown, annotations: readonly FluxAnnotation[]): NamedImage[] {
  if (!isMapping(values)) return [];
  const planned = { object, values };
  const named = new Map<string, { places: Places; keys: string[] }>();
  for (const { container, part, value, key } of annotations) {
    if (container === undefined || part === undefined) continue;
    const entry = named.get(container) ?? { places: {}, keys: [] };
    entry.places[part] = value;
    entry.keys.push(key);
    named.set(container, entry);
  }
  const usual = [
    [CHART_IMAGE, ""] as const,
    ...Object.keys(values).flatMap((key) => (isMapping(values[key]) && key !== "image" ? [[key, `${key}.`] as const] : [])),
  ];
  const found = usual
    .filter(([name]) => !named.has(name))
    .flatMap(([name, prefix]) => imageAt(name, usualPlaces(values, prefix), [], planned));
  return [...[...named].flatMap(([name, { places, keys }]) => imageAt(name, places, keys, planned)), ...found];
}

/** `image: a/b:1`, `image: a/b` beside `tag`, or `image` with repository and tag in it; each with an optional registry. */
function usualPlaces(values: Values, prefix: string): Places {
  const beside = { registry: `${prefix}registry`, tag: `${prefix}tag` };
  if (isMapping(valueAt(values, `${prefix}image`.split(".")))) {
    const within = `${prefix}image.`;
    return { registry: `${within}registry`, repository: `${within}repository`, tag: `${within}tag` };
  }
  return { image: `${prefix}image`, ...beside };
}

function imageAt(container: string, places: Places, paths: readonly string[], { object, values }: PlannedValues): NamedImage[] {
  const nameAt = places.repository ?? places.image;
  const name = text(values, nameAt);
  if (nameAt === undefined || name === undefined || name === "") return [];
  const registry = text(values, places.registry);
  const tag = text(values, places.tag);
  const image = `${registry ? `${registry}/` : ""}${name}${tag ? `:${tag}` : ""}`;
  if (registry && tag === undefined) return [{ container, image, lines: [], paths, unmarkable: REGISTRY_APART }];
  const line = (path: string, part: ImageLine["part"]): ImageLine => ({
    in: "Plan",
    object,
    path: ["spec", "values", ...path.split(".")],
    part,
  });
  // The policy's name holds the registry: a line of its own for that cannot be marked, and need not be.
  const marked = tag === undefined || places.tag === undefined ? line(nameAt, "") : line(places.tag, ":tag");
  return [{ container, image, lines: [marked], paths }];
}

function text(values: Values, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : valueAt(values, path.split("."));
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function isMapping(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
