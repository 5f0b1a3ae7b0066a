/**
 * Reads manifests from bytes: YAML and JSON, many documents, Lists. Each part comes with its file and line, what cannot be read among
 * them, and never an exception. Opens no file (src/files) and knows no kind (src/scan, src/plan).
 */
import * as z from "zod";
import type { YamlPlaces } from "../data/yaml-lines.ts";
import { DocumentCutter } from "./document-cutter.ts";
import { jsonValues } from "./json-values.ts";
import { LIMITS, type ManifestLimits } from "./limits.ts";
import type { ManifestObject, ManifestPart, Place } from "./manifest.ts";
import { type NeedleTest, withoutEscapes } from "./needles.ts";
import { isTemplate } from "./unrendered-template.ts";
import { readYaml, type YamlReading } from "./yaml-document.ts";

/** By the name of a file: what a document in it is that does not say so, `Chart.yaml` a Chart, and which of its documents are parsed. */
export type FileKinds = ReadonlyMap<string, { readonly kind: string; readonly wanted: NeedleTest }>;

export interface ManifestReaderOptions {
  /** As messages name the source: a path as the person gave it, or `stdin`. */
  readonly file: string;
  /** Which documents are parsed at all; every one without it. */
  readonly wanted?: NeedleTest;
  readonly limits?: Partial<ManifestLimits>;
  readonly kinds?: FileKinds;
  /** Whether it can end too early, as a stream does whose program fails: its last document is parsed, and what is missing could be wanted. */
  readonly canBeCutOff?: boolean;
}

const Typed = z.lazy(() => z.looseObject({ apiVersion: z.string(), kind: z.string() }));
const Versioned = z.lazy(() => z.looseObject({ apiVersion: z.string().catch("v1") }));
const Items = z.lazy(() => z.array(z.unknown()));
const List = z.lazy(() => z.looseObject({ items: Items }));

const PARTS_OF_KIND = ["L", "Li", "Lis"] as const;

/**
 * kubectl writes a List's keys by the alphabet: its kind stands behind its items, and not whole where the rest was cut off. The items are not
 * looked at: an alias can bring a hundred thousand of them again and again.
 */
const CutOffList = z.lazy(() =>
  z.strictObject({
    apiVersion: z.literal("v1"),
    items: z.custom<readonly unknown[]>((items) => Array.isArray(items)).nullable(),
    kind: z.enum(PARTS_OF_KIND).nullish(),
  }),
);

/** What kubectl prints of a List behind its items. */
const RestOfList = z.lazy(() => z.strictObject({ kind: z.literal("List"), metadata: z.looseObject({}).optional() }));

const LIST = /List$/;

/** The mark of UTF-8 at the front of a document: files that were put one behind the other have each their own. */
const INNER_MARK = /^(---[^\n]*\n)\uFEFF/;

/** Or what an editor reads as JSON, behind a comment. */
const OPENS_JSON = /^\s*(?:[{[]|\/[/*])/;

const KUSTOMIZATION = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" };

export class ManifestReader {
  readonly #file: string;
  readonly #wanted: NeedleTest;
  readonly #limits: ManifestLimits;
  readonly #kind: string | undefined;
  readonly #canBeCutOff: boolean;
  readonly #cutter: DocumentCutter;
  #documents = 0;

  constructor({ file, wanted = () => true, limits = {}, kinds, canBeCutOff = false }: ManifestReaderOptions) {
    this.#file = file;
    this.#canBeCutOff = canBeCutOff;
    const named = kinds?.get(file.replace(/^.*[/\\]/s, ""));
    this.#kind = named?.kind;
    this.#wanted = named?.wanted ?? wanted;
    this.#limits = { ...LIMITS, ...limits };
    this.#cutter = new DocumentCutter(this.#limits.documentBytes);
  }

  /** @returns what the bytes complete; the next bytes may be pushed once all of it was taken */
  *push(chunk: Buffer): Generator<ManifestPart> {
    for (const piece of this.#cutter.push(chunk)) yield* this.#piece(piece);
  }

  /** @returns the rest; the reader is not to be used again */
  *end(): Generator<ManifestPart> {
    const pieces = this.#cutter.end();
    for (const [index, piece] of pieces.entries()) yield* this.#piece(piece, this.#canBeCutOff && index === pieces.length - 1);
  }

  /** @param wanted whatever is in it */
  *#piece(piece: ReturnType<DocumentCutter["end"]>[number], wanted = false): Generator<ManifestPart> {
    const { file } = this;
    this.#documents += 1;
    const { documents, documentBytes } = this.#limits;
    if (this.#documents > documents) {
      // Said once: who has a hundred thousand documents would else read as many lines.
      if (this.#documents === documents + 1) yield unread({ file, line: piece.line }, `has more than ${documents} documents; split it`);
      return;
    }
    if (piece.at === "TooLong") {
      yield unread({ file, line: piece.line }, `is a document of more than ${documentBytes} bytes; split it`);
      return;
    }
    if (!wanted && !this.#wanted(piece.bytes)) return;
    if (piece.list) yield* this.#objects(readYaml(piece.list.textOf(piece.bytes), this.#limits), piece.line, true);
    else yield* this.#document(piece.bytes.toString("utf8").replace(INNER_MARK, "$1"), piece.line, wanted);
  }

  get file(): string {
    return this.#file;
  }

  *#document(text: string, line: number, wanted: boolean): Generator<ManifestPart> {
    const reading = readYaml(text, this.#limits);
    if (reading.problem === undefined || reading.documents.length > 0) {
      yield* this.#objects(reading, line);
      return;
    }
    if (isTemplate(text, wanted)) {
      yield { at: "Skipped", file: this.file, line, why: "is a template, not YAML; render it first: helm template" };
      return;
    }
    // An escape alone let it through to the parser, and hides no word.
    if (!wanted && !this.#wanted(Buffer.from(withoutEscapes(text)))) return;
    if (!OPENS_JSON.test(text)) yield* this.#objects(reading, line);
    else for (const value of jsonValues(text)) yield* this.#objects(readYaml(value.text, this.#limits), line + value.line - 1);
  }

  /** @param ofList a piece of a List that was too long, not a document */
  *#objects({ documents, places, problem }: YamlReading, firstLine: number, ofList = false): Generator<ManifestPart> {
    // A key that stands twice is no matter in what is no manifest.
    if (problem && (ofList || documents.length === 0 || documents.some(({ value }) => this.#typeOf(value) !== undefined)))
      yield unread({ file: this.file, line: firstLine + problem.line - 1 }, problem.why);
    const walk = { left: this.#limits.objects, places, firstLine };
    for (const [place, { value, root }] of documents.entries()) {
      if (ofList && place === 0) yield* this.#pieceOfList(value, root, walk);
      else yield* this.#object(value, root, walk);
    }
    if (walk.left < 0) yield unread({ file: this.file, line: firstLine }, `names more than ${this.#limits.objects} objects; split it`);
  }

  /** Items of a List that was too long, or what stands behind the last. */
  *#pieceOfList(value: unknown, node: number, walk: Walk): Generator<ManifestPart> {
    const items = Items.safeParse(value);
    if (items.success) yield* this.#items(items.data, walk.places.itemsOf(node), node, walk, 0);
    else if (!RestOfList.safeParse(value).success)
      yield unread({ file: this.file, line: walk.firstLine }, "is a List that goes on behind its items; split it");
  }

  *#items(
    items: readonly unknown[],
    nodes: readonly number[],
    list: number,
    walk: Walk,
    level: number,
    listed?: ObjectType,
  ): Generator<ManifestPart> {
    for (const [index, item] of items.entries()) {
      if (walk.left < 0) return;
      yield* this.#object(item, nodes[index] ?? list, walk, level, listed);
    }
  }

  /** @param listed what the items of its list are; kustomize takes a file of such a name that does not say what it is */
  #typeOf(value: unknown, listed?: ObjectType): ObjectType | undefined {
    return Typed.safeParse(value).data ?? listed ?? this.#typeOfFile(value);
  }

  #typeOfFile(value: unknown): ObjectType | undefined {
    if (/(?:^|[/\\])(?:kustomization\.ya?ml|Kustomization)$/.test(this.#file)) return KUSTOMIZATION;
    const { data } = Versioned.safeParse(value);
    return this.#kind === undefined || data === undefined ? undefined : { apiVersion: data.apiVersion, kind: this.#kind };
  }

  *#object(value: unknown, node: number, walk: Walk, level = 0, listed?: ObjectType): Generator<ManifestPart> {
    walk.left -= 1;
    // A List that names itself has no end.
    if (walk.left < 0 || level > this.#limits.depth) {
      walk.left = -1;
      return;
    }
    const { file } = this;
    const { places, firstLine } = walk;
    const lineOf = (path: readonly PropertyKey[]) => firstLine - 1 + places.lineAt(places.offsetOf(node, path));
    const type = this.#typeOf(value, listed);
    const isCutOff = type === undefined || PARTS_OF_KIND.some((part) => part === type.kind);
    const cut = isCutOff ? CutOffList.safeParse(value).data : undefined;
    if (cut !== undefined) {
      const items = places.valueOf(node, "items");
      yield unread({ file, line: lineOf([]) }, "is a List without its kind, which kubectl writes behind the items: the rest was cut off");
      yield* this.#items(cut.items ?? [], items === undefined ? [] : places.itemsOf(items), node, walk, level + 1);
      return;
    }
    // Values of a chart, a workflow, a lock file: YAML, and no manifest.
    if (type === undefined) return;
    const list = LIST.test(type.kind) ? List.safeParse(value) : undefined;
    if (!list?.success) {
      yield new FoundObject(file, type, value, lineOf);
      return;
    }
    const itemsNode = places.valueOf(node, "items");
    const nodes = itemsNode === undefined ? [] : places.itemsOf(itemsNode);
    const itemKind = type.kind.replace(LIST, "");
    // The items of a list of one kind, as the API server gives it, do not repeat what they are.
    const ofList = itemKind === "" ? undefined : { apiVersion: type.apiVersion, kind: itemKind };
    yield* this.#items(list.data.items, nodes, node, walk, level + 1, ofList);
  }
}

interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

interface Walk {
  left: number;
  readonly places: YamlPlaces;
  readonly firstLine: number;
}

/** The line is looked up when it is asked for: of a list of thousands, a few are. */
class FoundObject implements ManifestObject {
  readonly at = "Object";
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: unknown;
  readonly lineOf: ManifestObject["lineOf"];

  constructor(file: string, { apiVersion, kind }: ObjectType, value: unknown, lineOf: ManifestObject["lineOf"]) {
    this.file = file;
    this.apiVersion = apiVersion;
    this.kind = kind;
    this.value = value;
    this.lineOf = lineOf;
  }

  get line(): number {
    return this.lineOf([]);
  }
}

function unread({ file, line }: Place, why: string): ManifestPart {
  return { at: "Unread", file, line, why };
}
