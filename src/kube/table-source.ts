/**
 * Reads a resource as Tables: names and one telling cell, a fiftieth of the bytes. What can be ours by its cell, and whatever is kept under
 * a changed name, is read whole by that name; so the full rules decide in the end. Says NoTable where the server gives none; what then,
 * table-first.ts decides.
 */

import * as z from "zod";
import { StatusError } from "./errors.ts";
import { wordSearch } from "./filter.ts";
import { FrameError, ListSplitter } from "./frames.ts";
import { keepIn, type PageItem, parse, readPage, watchEventOf } from "./full-source.ts";
import type { Kept } from "./kept-set.ts";
import type { Listed, ListStart, Source, WatchSink, WatchStart } from "./reflector-source.ts";
import { REFRESH_LIMITS, RefreshQueue, TooBusy } from "./refresh-queue.ts";
import { resourceName } from "./resource.ts";
import { type KubeQuery, type PageEnd, readPages, type SourceOptions, streamPage, streamWatch } from "./resource-stream.ts";
import { isOlder } from "./resource-version.ts";
import {
  type Columns,
  cellOf,
  columnsOfHead,
  NoTable,
  type Row,
  refusedTable,
  rowOf,
  TABLE_ACCEPT,
  TABLE_QUERY,
  TableEvents,
  type TellingColumn,
} from "./table.ts";

/** Rows that may be compared with their objects where none is ours, until one proves that the cell means what we think. */
const PROOF_ROWS = 3;

/** Reads at once, of the names of a list. */
const READS_AT_ONCE = 4;

export interface TableSourceOptions<T> extends SourceOptions<T> {
  readonly needles: readonly string[];
  readonly telling: TellingColumn;
}

const Envelope = z.looseObject({
  kind: z.string().optional(),
  metadata: z.looseObject({ resourceVersion: z.string().min(1), continue: z.string().optional() }),
});

export function createTableSource<T>(options: TableSourceOptions<T>): Pick<Source<T>, "list" | "watch"> {
  const holdsNeedle = wordSearch(options.needles);
  return {
    list: (start, signal) => listAll(options, holdsNeedle, start, signal),
    watch: (start, sink, signal) => watchOnce(options, holdsNeedle, start, sink, signal),
  };
}

type WordSearch = ReturnType<typeof wordSearch>;

async function listAll<T>(
  options: TableSourceOptions<T>,
  holdsNeedle: WordSearch,
  start: ListStart,
  signal: AbortSignal,
): Promise<Listed<T>> {
  const found: Found = { rows: new Map(), others: [] };
  const resourceVersion = await readPages(options, start, (query) => tablePage(options, holdsNeedle, found, signal, query));
  return { kept: await readRows(options, found, resourceVersion, signal), resourceVersion };
}

/** What the rows of a list come to. */
interface Found {
  /** Cells of the rows that can be ours, by name: names repeat, one a namespace. */
  readonly rows: Map<string, string[]>;
  /** A few that cannot. */
  readonly others: Row[];
}

async function tablePage<T>(
  options: TableSourceOptions<T>,
  holdsNeedle: WordSearch,
  found: Found,
  signal: AbortSignal,
  query: KubeQuery,
): Promise<PageEnd> {
  const { metrics, telling, resource } = options;
  const splitter = new ListSplitter("rows");
  let columns: Columns | undefined;
  const read = streamPage(options, { query: { ...TABLE_QUERY, ...query }, accept: TABLE_ACCEPT, splitter, signal }, (item) => {
    columns ??= columnsOfHead(splitter.head(), telling);
    const proof = found.others.length < PROOF_ROWS;
    if (!proof && !holdsNeedle(item.toString("latin1"))) {
      metrics.passedOver += 1;
      return;
    }
    const row = rowOf(parse(metrics, item), columns);
    if (holdsNeedle(row.told)) found.rows.set(row.name, [...(found.rows.get(row.name) ?? []), row.told]);
    else if (proof) found.others.push(row);
    if (found.rows.size > REFRESH_LIMITS.mostNames) throw new NoTable(`more than ${REFRESH_LIMITS.mostNames} names can be ours`);
  });
  const body = await read.catch((error: unknown) => {
    throw refusedTable(error);
  });
  const page = Envelope.safeParse(body);
  if (!page.success) throw new FrameError(`${resourceName(resource)}: the Table has no resourceVersion`);
  // Whoever knows no Tables answers with a list, whose items this splitter does not see.
  if (page.data.kind !== "Table") throw new NoTable(`the server answered with a ${page.data.kind ?? "nameless kind"}, and no Table`);
  return page.data.metadata;
}

async function readRows<T>(
  options: TableSourceOptions<T>,
  found: Found,
  version: string,
  signal: AbortSignal,
): Promise<Map<string, Kept<T>>> {
  const kept = new Map<string, Kept<T>>();
  const read = async (name: string, cells: readonly string[]): Promise<boolean> => {
    const items = await readNamed(options, name, version, signal);
    const proven = prove(options, items, cells, version);
    for (const item of items) keepIn(options, kept, item);
    return proven;
  };
  if (found.rows.size === 0 && options.telling === "Images") {
    // Each costs the server a look at all objects: one proof is enough.
    for (const { name, told } of found.others) if (await read(name, [told])) break;
    return kept;
  }
  const names = [...found.rows];
  const readOn = async () => {
    for (let next = names.pop(); next; next = names.pop()) await read(...next);
  };
  try {
    await Promise.all(Array.from({ length: READS_AT_ONCE }, readOn));
  } finally {
    // Where one has failed, the others are to end.
    names.length = 0;
  }
  return kept;
}

/**
 * An object that has not changed since the list has one of the cells that the list had for its name.
 * @returns false where that cannot be told
 */
function prove<T>({ telling }: TableSourceOptions<T>, items: readonly PageItem[], cells: readonly string[], version: string): boolean {
  const [item, ...others] = items;
  // Other namespaces' objects of that name may have had no row that can be ours.
  if (item === undefined || others.length > 0) return false;
  const { resourceVersion } = item.identity;
  const cell = cellOf(item.object, telling);
  const unchanged = resourceVersion === version || isOlder(resourceVersion, version);
  if (cell === undefined || !unchanged) return false;
  if (!cells.includes(cell)) throw new NoTable(`the column ${telling} does not hold what it should`);
  return true;
}

/** All objects of a name, in all namespaces at once, out of the server's cache, and not older than what was seen. */
async function readNamed<T>(options: TableSourceOptions<T>, name: string, version: string, signal: AbortSignal): Promise<PageItem[]> {
  const items: PageItem[] = [];
  const everything = { listItem: () => true };
  const named = `metadata.name=${name.replace(/[\\,=]/g, "\\$&")}`;
  const fieldSelector = options.fieldSelector === undefined ? named : `${options.fieldSelector},${named}`;
  const query = { fieldSelector, resourceVersion: version, resourceVersionMatch: "NotOlderThan" };
  await readPage(options, everything, signal, query, (item) => void items.push(item));
  return items;
}

async function watchOnce<T>(
  options: TableSourceOptions<T>,
  holdsNeedle: WordSearch,
  start: WatchStart,
  sink: WatchSink<T>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const whole = AbortSignal.any([signal, over.signal]);
  const events = new TableEvents(options.telling);
  let seen = start.resourceVersion;
  const queue = new RefreshQueue({
    signal: whole,
    time: options.time,
    refresh: async (name, version) => {
      const items = await readNamed(options, name, version, whole);
      if (!whole.aborted) replaceNamed(options, name, items, sink);
    },
    // Only now has everything before that version been handed over.
    drained: () => sink.progressed(seen),
    failed: (error) => over.abort(error instanceof TooBusy ? new NoTable(error.message) : error),
  });
  const read = (frame: Buffer) => {
    const { type, object } = watchEventOf(options, frame);
    return events.read(type, object);
  };
  const concerns = (name: string, told: string) => holdsNeedle(told) || sink.keysNamed(name).length > 0 || queue.has(name);
  const take = (frame: Buffer) => {
    const text = frame.toString("latin1");
    // Most events are about others, and need no parser to say so.
    const event = (holdsNeedle(text) ? undefined : events.glance(text)) ?? read(frame);
    seen = event.resourceVersion;
    const due = event.at === "Changed" && (event.told === undefined || concerns(event.name, event.told));
    if (due) queue.ask(event.name, event.resourceVersion);
    else if (event.at === "Changed") options.metrics.passedOver += 1;
    if (!queue.idle()) return undefined;
    sink.progressed(seen);
    return seen;
  };
  try {
    await streamWatch(options, { start, accept: TABLE_ACCEPT, query: TABLE_QUERY, signal: whole }, sink, take);
    await queue.rest();
    over.signal.throwIfAborted();
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    // Where Tables came, an answer to a watch that goes on after a pause says nothing of them.
    throw seen !== start.resourceVersion && error instanceof StatusError ? error : refusedTable(error);
  } finally {
    // An answer that came later could bring back what the next list or watch has seen go.
    over.abort("the watch is over");
  }
}

function replaceNamed<T>(options: TableSourceOptions<T>, name: string, items: readonly PageItem[], sink: WatchSink<T>): void {
  const now = new Map<string, Kept<T>>();
  for (const item of items) keepIn(options, now, item);
  for (const key of sink.keysNamed(name)) if (!now.has(key)) sink.remove(key, sink.kept(key)?.uid ?? "");
  for (const [key, kept] of now) sink.put(key, kept);
}
