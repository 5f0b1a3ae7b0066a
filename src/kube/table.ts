/**
 * The API server's Table: what it prints for kubectl, a fiftieth of the objects' bytes. Finds columns by name, reads rows and events, and
 * says where an answer is no such Table. Asks for nothing.
 */
import * as z from "zod";
import { StatusError } from "./errors.ts";
import { OversizedFrame } from "./frames.ts";

/** `includeObject=None` leaves names and cells; any other server than ours to choose answers 406 instead of whole objects. */
export const TABLE_ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io";
export const TABLE_QUERY = { includeObject: "None" } as const;

/** Which cell tells whether a row can be ours: the images of a workload, or the name alone. */
export type TellingColumn = "Images" | "Name";

/** The server gives no Table that we can use: objects have to be read whole. */
export class NoTable extends Error {
  override readonly name = "NoTable";
  /** The error where it may be the server's trouble, and none of the Table. */
  readonly doubtful: StatusError | undefined;

  constructor(why: string, doubtful?: StatusError) {
    super(why, { cause: doubtful });
    this.doubtful = doubtful;
  }
}

/** @returns an error of a request for a Table as what it says of Tables. 500: before 1.24 one invalid selector breaks the Table of all [1]. [1] kubernetes#107559 */
export function refusedTable(error: unknown): unknown {
  if (error instanceof OversizedFrame) return new NoTable(error.message);
  if (!(error instanceof StatusError)) return error;
  if (error.code === 406) return new NoTable(error.message);
  return error.code === 500 ? new NoTable(error.message, error) : error;
}

/** Places of the cells that are read. */
export interface Columns {
  readonly name: number;
  readonly telling: number;
}

export interface Row {
  readonly name: string;
  /** What the telling cell holds. */
  readonly told: string;
}

const Definitions = z.array(z.looseObject({ name: z.string() }));
const Head = z.looseObject({ kind: z.literal("Table"), columnDefinitions: Definitions });
const RowShape = z.looseObject({ cells: z.array(z.unknown()) });
const Progress = z.looseObject({ resourceVersion: z.string().min(1) });
const TableObject = z.looseObject({
  kind: z.literal("Table"),
  metadata: Progress,
  columnDefinitions: Definitions.nullish(),
  rows: z.array(RowShape).nullish(),
});
/** A failed conversion sends the object as it is [1]. [1] k8s.io/apiserver, endpoints/handlers/response.go, doEncode */
const RawObject = z.looseObject({ metadata: Progress.extend({ name: z.string().default("") }) });

/**
 * @param head the text of a Table up to the bracket that opens its rows
 * @throws NoTable for anything else, or where a column is missing: a proxy may give fewer
 */
export function columnsOfHead(head: string, telling: TellingColumn): Columns {
  const parsed = Head.safeParse(jsonOf(`${head}]}`));
  if (!parsed.success) throw new NoTable("the list is no Table with columns");
  return columnsOf(parsed.data.columnDefinitions, telling);
}

/** @throws NoTable where a column is missing */
function columnsOf(definitions: z.infer<typeof Definitions>, telling: TellingColumn): Columns {
  const at = (name: string) => definitions.findIndex((column) => column.name === name);
  const columns = { name: at("Name"), telling: at(telling) };
  if (columns.name < 0 || columns.telling < 0) {
    const known = definitions.map(({ name }) => name).join(", ");
    throw new NoTable(`the Table has no column ${columns.name < 0 ? "Name" : telling}; it has ${known.slice(0, 200)}`);
  }
  return columns;
}

/** @throws NoTable for a row without these cells */
export function rowOf(row: unknown, columns: Columns): Row {
  const cells = RowShape.safeParse(row).data?.cells ?? [];
  const name = cells[columns.name];
  const told = cells[columns.telling];
  if (typeof name !== "string" || typeof told !== "string") throw new NoTable("a row of the Table has no name, or no telling cell");
  return { name, told };
}

/** What a watch of Tables tells. A row without a told cell is one that has to be read to be judged. */
export type TableEvent =
  | { at: "Bookmark"; resourceVersion: string }
  | { at: "Changed"; name: string; told: string | undefined; resourceVersion: string };

/** As Go's encoder writes an event without columns, from its first letter to its last: the half of one, or two halves, must not pass for one. */
const ROW_EVENT =
  /^\{"type":"(?:ADDED|MODIFIED|DELETED)","object":\{"kind":"Table","apiVersion":"meta\.k8s\.io\/v1","metadata":\{"resourceVersion":"(\d+)"\},"columnDefinitions":null,"rows":\[\{"cells":\["([a-z0-9.-]+)",[^[\]{}]*\],"object":null\}\]\}\}\s*$/;

/** Reads the events of one watch: only the first of them carries the columns. */
export class TableEvents {
  readonly #telling: TellingColumn;
  #columns: Columns | undefined;

  constructor(telling: TellingColumn) {
    this.#telling = telling;
  }

  /**
   * @param frame the text of an event that holds no word of ours, one character a byte
   * @returns what it tells, without parsing it; undefined where only its parser can tell
   */
  glance(frame: string): TableEvent | undefined {
    if (this.#columns?.name !== 0) return undefined;
    const [, resourceVersion, name] = ROW_EVENT.exec(frame) ?? [];
    return resourceVersion !== undefined && name !== undefined ? { at: "Changed", name, told: "", resourceVersion } : undefined;
  }

  /**
   * @param type ADDED, MODIFIED, DELETED or BOOKMARK
   * @throws NoTable where the object is neither a Table nor one that can be named
   */
  read(type: string, object: unknown): TableEvent {
    const table = TableObject.safeParse(object);
    if (!table.success) {
      const raw = RawObject.safeParse(object);
      if (!raw.success) throw new NoTable("an event of the watch holds no Table");
      const { name, resourceVersion } = raw.data.metadata;
      if (type === "BOOKMARK") return { at: "Bookmark", resourceVersion };
      if (name === "") throw new NoTable("an event of the watch names no object");
      return { at: "Changed", name, told: undefined, resourceVersion };
    }
    const { metadata, columnDefinitions, rows } = table.data;
    if (columnDefinitions && columnDefinitions.length > 0) this.#columns = columnsOf(columnDefinitions, this.#telling);
    if (type === "BOOKMARK") return { at: "Bookmark", resourceVersion: metadata.resourceVersion };
    if (!this.#columns) throw new NoTable("the first event of the watch names no columns");
    return { at: "Changed", ...rowOf(rows?.[0], this.#columns), resourceVersion: metadata.resourceVersion };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string().default("") })) }) }),
  }),
});

/**
 * What the telling cell of an object has to be: a release may rename a column or fill it in another way.
 * @returns undefined where it cannot be told, which proves nothing
 */
export function cellOf(object: unknown, telling: TellingColumn): string | undefined {
  if (telling === "Name") return undefined; // it is the name that was asked for
  const parsed = Workload.safeParse(object);
  return parsed.success ? parsed.data.spec.template.spec.containers.map(({ image }) => image).join(",") : undefined;
}
