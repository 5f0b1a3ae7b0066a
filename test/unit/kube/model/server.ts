/**
 * The API server of the world, as one client sees it: answers of bytes, in pieces, and the faults that a test asks for. It stands in
 * for the real one where a hundred thousand sequences are tried; what it says is compared with the real one's in test/integration.
 */
import type { KubeClient, KubeRequest } from "../../../../src/kube/client.ts";
import { ConnectionError, statusErrorFrom } from "../../../../src/kube/errors.ts";
import * as frames from "./frames.ts";
import type { Change, World } from "./world.ts";

type Answer = Awaited<ReturnType<KubeClient["request"]>>;

/** What can be asked: a list, a further page of it, the objects of one name, a watch, which version the cluster is at. */
export type Asked = "List" | "Page" | "Name" | "Watch" | "Version";

/** How a request fails. `Cut`: within its answer. */
export type Failure = "Expired" | "Future" | "Busy" | "Broken" | "Away" | "Unauthorized" | "Cut" | "Refused";

const REFUSALS: Readonly<Record<Exclude<Failure, "Cut" | "Refused">, { code: number; body: string; retryAfter?: string }>> = {
  Expired: { code: 410, body: frames.statusText(410, "Expired", "The resourceVersion for the provided list is too old.") },
  Future: {
    code: 504,
    body: frames.statusText(504, "Timeout", "Timeout: Too large resource version: 999, current: 1", {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    }),
  },
  Busy: { code: 429, body: "Too many requests, please try again later.\n", retryAfter: "7" },
  Broken: { code: 500, body: frames.statusText(500, "InternalError", "Internal error occurred: etcdserver: no leader") },
  Away: { code: 503, body: "no healthy upstream" },
  Unauthorized: { code: 401, body: frames.statusText(401, "Unauthorized", "Unauthorized") },
};

/** Of one test. The largest reads some hundreds of names. */
const MOST_REQUESTS = 5_000;

/** No list is whole by then. */
const CUT_LIST_BYTES = 60;

/** Of the API server's connections, as seen on 1.36: such are the pieces in which it sends what has gathered. */
const BUFFER_BYTES = 4_096;

/** A body that comes in pieces, as long as its sender says. */
class Body implements AsyncIterable<Buffer> {
  readonly #ready: Buffer[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<Buffer>> | undefined;
  #over: { error: unknown } | "Ended" | undefined;
  /** The connection ends after so many bytes. */
  #bytesLeft = Number.POSITIVE_INFINITY;

  get over(): boolean {
    return this.#over !== undefined;
  }

  push(text: string, pieceBytes: number): void {
    if (this.#over) return;
    const bytes = Buffer.from(text).subarray(0, this.#bytesLeft);
    this.#bytesLeft -= bytes.length;
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#hand(bytes.subarray(at, at + pieceBytes));
    this.cutAfter(this.#bytesLeft);
  }

  cutAfter(bytes: number): void {
    this.#bytesLeft = Math.min(this.#bytesLeft, bytes);
    if (this.#bytesLeft <= 0) this.end(new ConnectionError("Failed", "the connection was cut"));
  }

  /** @param error undefined for an end in good order */
  end(error?: unknown): void {
    this.#over ??= error === undefined ? "Ended" : { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#over === "Ended") waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(this.#over.error);
  }

  #hand(piece: Buffer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve({ done: false, value: piece });
    else this.#ready.push(piece);
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        const piece = this.#ready.shift();
        if (piece) return { done: false, value: piece };
        if (this.#over === "Ended") return { done: true, value: undefined };
        if (this.#over) throw this.#over.error;
        this.#waiting = Promise.withResolvers();
        return await this.#waiting.promise;
      },
      return: async () => {
        this.end(); // the reader closes the connection
        return { done: true, value: undefined };
      },
    };
  }
}

interface OpenWatch {
  readonly body: Body;
  readonly bookmarks: boolean;
  readonly table: boolean;
  frames: number;
}

export class ModelServer implements KubeClient {
  readonly name = "model";
  readonly server = "https://model.example";
  /** What was asked so far, short: `Table list`, `watch from 12`. */
  readonly asked: string[] = [];
  /** Versions that a cache may be behind the latest. */
  lag = 0;
  pieceBytes = 65_536;
  /** Every request fails, until further notice. */
  down: Failure | undefined;
  /** Watches end, in good order, as soon as they are opened. */
  shortWatches = false;
  /** False: a Table is answered with 406. */
  tables = true;
  /** How a watch is told that its version is gone. */
  gone: "Answer" | "Frame" = "Answer";
  /** The next change is told to Tables as the object itself: its conversion failed. */
  rawNext = false;
  readonly #world: World;
  readonly #failures: { asked: Asked; failure: Failure }[] = [];
  readonly #watches = new Set<OpenWatch>();
  #hold: PromiseWithResolvers<void> | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  get watching(): boolean {
    return [...this.#watches].some(({ body }) => !body.over);
  }

  /** The next request of this sort fails. */
  fail(asked: Asked, failure: Failure): void {
    this.#failures.push({ asked, failure });
  }

  /** Keeps answers to reads by name back until release(). */
  hold(): void {
    this.#hold ??= Promise.withResolvers();
  }

  release(): void {
    this.#hold?.resolve();
    this.#hold = undefined;
  }

  tell(change: Change): void {
    for (const watch of this.#watches) watch.body.push(this.#text(watch, change), this.pieceBytes);
    this.rawNext = false;
  }

  bookmark(): void {
    const { version } = this.#world;
    for (const watch of this.#watches) {
      if (!watch.bookmarks) continue;
      watch.frames += 1;
      const text = watch.table ? frames.tableBookmarkFrame(version, watch.frames === 1) : frames.bookmarkFrame(version);
      watch.body.push(text, this.pieceBytes);
    }
  }

  /** A line that no server should send. */
  say(line: string): void {
    for (const { body } of this.#watches) body.push(line, this.pieceBytes);
  }

  cutAfter(bytes: number): void {
    for (const { body } of this.#watches) body.cutAfter(bytes);
  }

  endWatches(): void {
    for (const { body } of this.#watches) body.end();
    this.#watches.clear();
  }

  close(): void {}

  async json(request: KubeRequest): Promise<unknown> {
    let text = "";
    for await (const piece of (await this.request(request)).body) text += piece.toString();
    return JSON.parse(text);
  }

  async request({ query = {}, accept = "", signal }: KubeRequest): Promise<Answer> {
    const table = accept.includes("as=Table");
    const asked = askedBy(query);
    const from = query.resourceVersion;
    const about = asked === "Name" ? query.fieldSelector : from === undefined ? "" : `from ${from}`;
    // Whoever never waits would never let a test end.
    if (this.asked.length > MOST_REQUESTS) throw new Error(`asked ${MOST_REQUESTS} times: a storm`);
    this.asked.push(`${table ? "Table " : ""}${asked} ${about}`.trim());
    const body = new Body();
    const answer: Answer = { status: 200, headers: {}, body };
    signal?.addEventListener("abort", () => body.end(signal.reason), { once: true });
    const failure = this.down ?? this.#takeFailure(asked);
    if (asked === "Name") await this.#hold?.promise;
    signal?.throwIfAborted();
    if (failure === "Refused") throw new ConnectionError("Failed", "connect ECONNREFUSED");
    if (failure !== undefined && failure !== "Cut") throw refusal(REFUSALS[failure]);
    if (table && !this.tables) throw refusal({ code: 406, body: frames.statusText(406, "NotAcceptable", "only JSON is served") });
    if (failure === "Cut") body.cutAfter(asked === "Watch" ? 0 : CUT_LIST_BYTES);
    if (asked === "Watch") this.#watch({ body, table, bookmarks: query.allowWatchBookmarks === true, frames: 0 }, Number(from));
    else this.#list(body, table, query);
    return answer;
  }

  #takeFailure(asked: Asked): Failure | undefined {
    const at = this.#failures.findIndex((failure) => failure.asked === asked);
    return at < 0 ? undefined : this.#failures.splice(at, 1)[0]?.failure;
  }

  #watch(watch: OpenWatch, from: number): void {
    const { body } = watch;
    if (from < this.#world.compacted) {
      const status = frames.statusText(410, "Expired", `too old resource version: ${from} (${this.#world.compacted})`);
      if (this.gone === "Answer") throw refusal({ code: 410, body: status });
      body.push(frames.errorFrame(status), this.pieceBytes);
      body.end();
      return;
    }
    this.#watches.add(watch);
    // What has gathered fills the server's buffer again and again.
    const gathered = this.#world.changesAfter(from).map((change) => this.#text(watch, change));
    body.push(gathered.join(""), Math.min(this.pieceBytes, BUFFER_BYTES));
    if (this.shortWatches) body.end();
  }

  #text(watch: OpenWatch, { type, object }: Change): string {
    watch.frames += 1;
    const asTable = watch.table && !this.rawNext;
    return asTable ? frames.tableChangeFrame(type, object, watch.frames === 1) : frames.changeFrame(type, object);
  }

  #list(body: Body, table: boolean, query: NonNullable<KubeRequest["query"]>): void {
    const { resourceVersion, limit, continue: token } = query;
    const [tokenVersion, start] = typeof token === "string" ? token.split(":").map(Number) : [undefined, 0];
    if (tokenVersion !== undefined && tokenVersion < this.#world.compacted) throw refusal(REFUSALS.Expired);
    const version = tokenVersion ?? this.#versionOf(resourceVersion);
    const name = nameWanted(query);
    const all = [...this.#world.at(version).objects.values()].filter(({ identity }) => name === undefined || identity.name === name);
    // From its cache the server gives all, whatever the limit.
    const most = typeof limit === "number" && resourceVersion !== "0" ? limit : all.length;
    const end = (start ?? 0) + most;
    const remaining = all.length - end;
    const page = { version, ...(remaining > 0 ? { continue: `${version}:${end}`, remaining } : {}) };
    body.push((table ? frames.tableText : frames.listText)(page, all.slice(start, end)), this.pieceBytes);
    body.end();
  }

  /** A cache answers with what it has, if that is new enough. */
  #versionOf(wanted: unknown): number {
    if (wanted === undefined) return this.#world.version;
    return Math.max(Number(wanted), this.#world.compacted, this.#world.version - this.lag);
  }
}

function refusal({ code, body, retryAfter }: { code: number; body: string; retryAfter?: string }): Error {
  return statusErrorFrom("GET /apis/apps/v1/deployments", code, body, retryAfter, new Date());
}

function nameWanted(query: NonNullable<KubeRequest["query"]>): string | undefined {
  const selector = query.fieldSelector;
  return typeof selector === "string" ? selector.replace(/^metadata\.name=/, "") : undefined;
}

function askedBy(query: NonNullable<KubeRequest["query"]>): Asked {
  if (query.watch === true) return "Watch";
  if (query.fieldSelector !== undefined) return "Name";
  if (query.limit === 1) return "Version";
  return query.continue === undefined ? "List" : "Page";
}
