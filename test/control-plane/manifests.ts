/**
 * Manifest text to objects: documents are cut apart, read as kubectl reads them, and lists expanded. Applies nothing (apply.ts), and is
 * not the product's reader: it takes what a test wrote, without limits of size.
 */
import {
  boolYaml11Tag,
  defineScalarTag,
  FAILSAFE_SCHEMA,
  floatCoreTag,
  intYaml11Tag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
} from "js-yaml";
import * as z from "zod";

/** What every manifest must say. Everything else in it is the API server's to judge. */
const Manifest = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().nullish() }),
});
export type Manifest = z.infer<typeof Manifest>;

const List = z.looseObject({ apiVersion: z.string(), kind: z.string().endsWith("List"), items: z.array(z.unknown()) });

export type ManifestRead =
  | { readonly readable: true; readonly where: string; readonly manifest: Manifest }
  | { readonly readable: false; readonly where: string; readonly why: string };

/** YAML as kubectl reads it (sigs.k8s.io/yaml on go-yaml 2): 1.1, so `yes` is true and 0644 octal, but a time stays text, 22:22 is no
 *  number of seconds, and 1e3 is a number. */
const KUBECTL_YAML = FAILSAFE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  defineScalarTag(intYaml11Tag.tagName, {
    ...intYaml11Tag,
    resolve: (source, isExplicit, tagName) => (source.includes(":") ? NOT_RESOLVED : intYaml11Tag.resolve(source, isExplicit, tagName)),
  }),
  floatCoreTag,
  mergeTag,
);

/** Reads each document for itself, so that a broken one does not hide those after it. Documents are counted from 1, empty ones not. */
export function readManifests(text: string): ManifestRead[] {
  return documentsOf(text).flatMap((document, index) => readDocument(document, `file doc ${index + 1}`));
}

/** Each with as many empty lines before it as lines come before it in the text: the line that an error names is the one in the text. */
function documentsOf(text: string): string[] {
  const documents: string[] = [];
  let linesBefore = 0;
  for (const piece of text.split(/^---(?=\s|$)/m)) {
    if (hasContent(piece)) documents.push("\n".repeat(linesBefore) + piece);
    linesBefore += piece.split("\n").length - 1;
  }
  return documents;
}

function hasContent(document: string): boolean {
  return document.split("\n").some((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
}

function readDocument(document: string, where: string): ManifestRead[] {
  try {
    // Of two equal keys the last holds, as it does for kubectl.
    return loadAll(document, { schema: KUBECTL_YAML, json: true }).flatMap((value) => expand(value, where));
  } catch (error) {
    return [{ readable: false, where, why: error instanceof Error ? error.message : String(error) }];
  }
}

function expand(value: unknown, where: string): ManifestRead[] {
  const list = List.safeParse(value);
  if (list.success) {
    // The items of a typed list, such as a DeploymentList, need not repeat what its kind says already.
    const kind = list.data.kind.slice(0, -"List".length);
    const inherited = kind === "" ? {} : { apiVersion: list.data.apiVersion, kind };
    return list.data.items.flatMap((item, index) =>
      expand(isObject(item) ? { ...inherited, ...item } : item, `${where} item ${index + 1}`),
    );
  }
  const manifest = Manifest.safeParse(value);
  if (manifest.success) return [{ readable: true, where, manifest: manifest.data }];
  return [{ readable: false, where, why: z.prettifyError(manifest.error) }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
