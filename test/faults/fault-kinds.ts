/**
 * The ways in which networks and API servers fail, one row each. What a reflector may do about one stands beside it: only where a version is
 * lost, or can no longer be believed, may it list again.
 */
import type { Fault } from "../integration/kube/faulty-proxy.ts";
import type { Random } from "./random.ts";
import { byLine, dripping, dropped, endedAt, stalled, truncated } from "./spoiled.ts";

/** A request that may meet a fault. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly watch: boolean;
}

export interface FaultKind {
  readonly name: string;
  /** Whether a list may follow a watch; else each watch goes on where the last one was. */
  readonly mayListAgain: boolean;
  /** @returns undefined where this request passes */
  strike(asked: Asked, random: Random): Fault | undefined;
}

/** Of a watch there is one where of everything else there are many. */
const WATCH_CHANCE = 0.6;
const OTHER_CHANCE = 0.25;

/** A list, or some frames, are that long; a fault comes within. */
const SOME_BYTES = 4_000;

/** A third of the life of a watch. */
const DRIP_MS = 3_000;

/** Lines of a watch before something happens to it. */
const SOME_LINES = 8;

type Strike = (random: Random, asked: Asked) => Fault | undefined;

function kind(
  name: string,
  strike: Strike,
  mayListAgain: "ListsAgain" | "Resumes" = "Resumes",
  only?: (asked: Asked) => boolean,
): FaultKind {
  return {
    name,
    mayListAgain: mayListAgain === "ListsAgain",
    strike: (asked, random) => {
      const struck = random.chance(asked.watch ? WATCH_CHANCE : OTHER_CHANCE);
      return struck && (only?.(asked) ?? true) ? strike(random, asked) : undefined;
    },
  };
}

const onWatches = ({ watch }: Asked) => watch;
const onReads = ({ method }: Asked) => method === "GET";

function refusal(code: number, reason: string, message: string, more: { headers?: Record<string, string>; details?: object } = {}): Fault {
  return {
    answer: { status: code, ...(more.headers ? { headers: more.headers } : {}), body: statusText(code, reason, message, more.details) },
  };
}

function statusText(code: number, reason: string, message: string, details?: object): string {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message };
  return JSON.stringify(details === undefined ? status : { ...status, details });
}

/** A watch that the server accepts, and on which it then says no. */
function errorEvent(code: number, reason: string, message: string): Fault {
  return { answer: { status: 200, body: `{"type":"ERROR","object":${statusText(code, reason, message)}}\n` } };
}

const TOO_OLD = "too old resource version: 1 (9)";
const TOO_LARGE_VERSION = { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }] };
const HTML = { answer: { status: 200, headers: { "content-type": "text/html" }, body: "<html><body>sign in</body></html>\n" } };

export const FAULT_KINDS: readonly FaultKind[] = [
  kind("cut", (random) => ({ through: (to) => dropped(to, random.between(1, SOME_BYTES), "Cut") })),
  kind("reset", (random) => ({ through: (to) => dropped(to, random.between(1, SOME_BYTES), "Reset") })),
  kind("hang-up", () => ({ hangUp: "AtOnce" })),
  kind("answer-lost", () => ({ hangUp: "CarriedOut" })),
  kind("ended-early", (random) => ({ through: () => endedAt(random.between(0, SOME_LINES)) }), "Resumes", onWatches),
  kind("stall", (random) => ({ through: () => stalled(random.between(1, SOME_BYTES)) })),
  kind("unanswered", () => ({ unanswered: true })),
  kind("truncated", (random) => ({ through: () => truncated(random.between(1, SOME_BYTES)) }), "ListsAgain"),
  kind("garbage-line", (random) => ({ through: () => garbageAt(random.between(0, SOME_LINES)) }), "ListsAgain", onWatches),
  kind("html", () => HTML, "ListsAgain", onReads),
  kind(
    "bookmarks-dropped",
    () => ({ through: () => byLine((line) => (line.includes('"BOOKMARK"') ? undefined : line)) }),
    "Resumes",
    onWatches,
  ),
  kind("lines-twice", () => ({ through: () => byLine((line) => `${line}\n${line}`) }), "Resumes", onWatches),
  kind("401", () => refusal(401, "Unauthorized", "Unauthorized")),
  kind("403", () => refusal(403, "Forbidden", 'is forbidden: User "operator" cannot do this'), "ListsAgain"),
  kind("404", () => refusal(404, "NotFound", "the server could not find the requested resource"), "ListsAgain", onReads),
  kind("410", () => refusal(410, "Expired", TOO_OLD), "ListsAgain", onReads),
  kind("410-event", () => errorEvent(410, "Expired", TOO_OLD), "ListsAgain", onWatches),
  {
    name: "410-continue",
    mayListAgain: true,
    // Few lists have pages, those after a watch that lost its version among them: each of the few is struck.
    strike: ({ url, watch }, random) => {
      if (url.searchParams.has("continue")) return refusal(410, "Expired", "The provided continue parameter is too old");
      return watch && random.chance(WATCH_CHANCE) ? refusal(410, "Expired", TOO_OLD) : undefined;
    },
  },
  kind("429", () => refusal(429, "TooManyRequests", "busy", { headers: { "retry-after": "1" } })),
  kind("500", () => refusal(500, "InternalError", "etcdserver: no leader")),
  kind("500-event", () => errorEvent(500, "InternalError", "etcdserver: no leader"), "Resumes", onWatches),
  kind("503", () => ({ answer: { status: 503, body: "no healthy upstream" } })),
  kind("504", () => refusal(504, "Timeout", "Timeout: request did not complete within the allotted timeout")),
  kind(
    "504-version",
    () => refusal(504, "Timeout", "Timeout: Too large resource version: 9, current: 1", { details: TOO_LARGE_VERSION }),
    "ListsAgain",
    onReads,
  ),
  kind("drip", (random) => ({ through: () => dripping(random.between(16, 256), 1, DRIP_MS) })),
  kind("gzip", () => ({ gzip: true })),
];

/** A line that is no JSON, in place of the one at that number. */
function garbageAt(line: number) {
  let at = -1;
  return byLine((text) => {
    at += 1;
    return at === line ? `${text.slice(0, text.length / 2)}\u0000` : text;
  });
}
