/**
 * Mutants of the reflector: each puts back a fault that operators have had, and that the suite has to catch. Data: what is replaced by
 * what, in which file, and which test file catches it. main.ts runs them.
 */

export interface Mutant {
  /** What goes wrong. */
  readonly name: string;
  /** Who had it: a project's issue, or what the API server is known to do. */
  readonly after: string;
  /** In src/kube. */
  readonly file: string;
  /** Stands in the file once. */
  readonly text: string;
  readonly replacement: string;
  /** In test/unit/kube. */
  readonly caughtBy: string;
}

const REFLECTOR = "reflector.test.ts";
const TABLE = "table.test.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "the filter passes over what it cannot name: bookmarks, errors",
    after: "kube-state-metrics #2974, #3065",
    file: "filter.ts",
    text: "if (!identity || kept(",
    replacement: 'if (!identity) return { parse: false, resourceVersion: "" };\n      if (kept(',
    caughtBy: "filter.test.ts",
  },
  {
    name: "a frame about a kept object that lost its word of ours is passed over",
    after: "the consequence of a filter by words",
    file: "filter.ts",
    text: "kept(identity.namespace, identity.name) || ",
    replacement: "",
    caughtBy: REFLECTOR,
  },
  {
    name: "a bookmark is read and forgotten",
    after: "kube-state-metrics #2993",
    file: "full-source.ts",
    text: "    sink.progressed(reached);\n",
    replacement: '    if (!frame.includes("BOOKMARK")) sink.progressed(reached);\n',
    caughtBy: REFLECTOR,
  },
  {
    name: "no bookmarks are asked for",
    after: "kubernetes-client/javascript, watch.js",
    file: "resource-stream.ts",
    text: "        allowWatchBookmarks: true,\n",
    replacement: "",
    caughtBy: REFLECTOR,
  },
  {
    name: "after a pause the watch goes on from where it once began",
    after: "the consequence of pauses",
    file: "resource-stream.ts",
    text: "next = { resourceVersion, quiet: false }",
    replacement: "next = { ...start, quiet: false }",
    caughtBy: REFLECTOR,
  },
  {
    name: "a watch is left for a pause while there is more to read",
    after: "the consequence of pauses",
    file: "watch-pace.ts",
    text: " || this.#alone < PRESENT_LINES",
    replacement: "",
    caughtBy: "watch-pace.test.ts",
  },
  {
    name: "after a 410 the watch goes on from the old version",
    after: "snyk/kubernetes-monitor #1506, micronaut-kubernetes #374",
    file: "reading-position.ts",
    text: 'const versionIsGone = reason === "Expired" || reason',
    replacement: "const versionIsGone = reason",
    caughtBy: REFLECTOR,
  },
  {
    name: "a 410 as an ERROR frame is taken for a line without meaning",
    after: "kubernetes-client/java #1533",
    file: "full-source.ts",
    text: "object) ?? new FrameError",
    replacement: "undefined) ?? new FrameError",
    caughtBy: REFLECTOR,
  },
  {
    name: "after a 410 on a continue token the same pages are asked for again",
    after: "apache/apisix #7489",
    file: "reading-position.ts",
    text: 'paged: reason !== "Expired"',
    replacement: "paged: true",
    caughtBy: REFLECTOR,
  },
  {
    name: "the first page of a list is taken for the list",
    after: "apache/apisix #7489",
    file: "resource-stream.ts",
    text: "    if (!next) return page.resourceVersion;",
    replacement: "    return page.resourceVersion;",
    caughtBy: REFLECTOR,
  },
  {
    name: "the kept set is emptied before a list",
    after: "client-go's store has Replace for this reason",
    file: "reflector-loop.ts",
    text: "    this.#listAsked = false;\n    const { signal } = this.#turn;\n",
    replacement: "    this.#listAsked = false;\n    const { signal } = this.#turn;\n    this.#tell(this.#kept.replace(new Map()));\n",
    caughtBy: REFLECTOR,
  },
  {
    name: "a line that cannot be read is swallowed",
    after: "kubernetes-client/javascript, watch.js: catch {}",
    file: "resource-stream.ts",
    text: "reached = take(frame);",
    replacement: "try { reached = take(frame); } catch {}",
    caughtBy: REFLECTOR,
  },
  {
    name: "Retry-After is not heeded",
    after: "defenseunicorns/kubernetes-fluent-client #979",
    file: "reflector-loop.ts",
    text: "this.#backoff.next(nowMs, trouble?.retryAfterMs)",
    replacement: "this.#backoff.next(nowMs)",
    caughtBy: REFLECTOR,
  },
  {
    name: "a version that the server has not reached is tried for ever",
    after: "client-go ec46b97af, 47f16e33a",
    file: "trouble.ts",
    text: '(error) => (isFutureVersion(error) ? "FutureVersion" : undefined)',
    replacement: '(error) => (isFutureVersion(error) ? "ServerError" : undefined)',
    caughtBy: REFLECTOR,
  },
  {
    name: "the back-off does not grow",
    after: "kubernetes-client/javascript #1933",
    file: "backoff.ts",
    text: "Math.min(capMs, this.#stepMs * factor)",
    replacement: "Math.min(capMs, this.#stepMs)",
    caughtBy: REFLECTOR,
  },
  {
    name: "replicas and kinds come back in step",
    after: "kubernetes-client/javascript #1933",
    file: "backoff.ts",
    text: "(1 + jitter * this.#random())",
    replacement: "1",
    caughtBy: "backoff.test.ts",
  },
  {
    name: "a watch that ends at once is opened again at once",
    after: "kubernetes-client/javascript #1933",
    file: "reflector-loop.ts",
    text: "if (tooShort) await this.#wait",
    replacement: "if (tooShort && this.#stopped) await this.#wait",
    caughtBy: REFLECTOR,
  },
  {
    name: "in an outage each request for a Table is followed by one for whole objects",
    after: "the budget of an outage",
    file: "table-first.ts",
    text: "if (doubts % DOUBTS_PER_TRY !== 1) throw error.doubtful;",
    replacement: "",
    caughtBy: REFLECTOR,
  },
  {
    name: "a watch that fell silent is never ended",
    after: "kubernetes-client/javascript #596, #1496",
    file: "silence.ts",
    text: "setTimeout(() => silent.abort(new ConnectionError(",
    replacement: "setTimeout(() => void (new ConnectionError(",
    caughtBy: REFLECTOR,
  },
  {
    name: "a healthy watch is ended after 30 s without a frame",
    after: "kubernetes-client/javascript #3020",
    file: "reflector-timings.ts",
    text: "readDeadlineMs: 90_000",
    replacement: "readDeadlineMs: 30_000",
    caughtBy: REFLECTOR,
  },
  {
    name: "a version that goes back is followed: etcd was restored",
    after: "kubernetes #107457",
    file: "reading-position.ts",
    text: "    if (isOlder(resourceVersion, this.#resume)) return false;\n",
    replacement: "",
    caughtBy: REFLECTOR,
  },
  {
    name: "a DELETED that is told again removes what was made anew",
    after: "pepr #295, kubernetes-client/javascript #301",
    file: "reflector-loop.ts",
    text: 'kept !== undefined && (uid === "" || kept.uid === uid)',
    replacement: 'kept !== undefined && uid !== "?"',
    caughtBy: REFLECTOR,
  },
  {
    name: "a token that was rotated a moment ago is not read again",
    after: "kubernetes-client/javascript #228, client-go #1381",
    file: "client.ts",
    text: "        credentials.refuse(first); // rotated a moment ago: what a cache holds is of no use\n",
    replacement: "",
    caughtBy: "client.test.ts",
  },
  {
    name: "a token that was just rotated makes the kind unreadable at once",
    after: "kubernetes-client/javascript #1240",
    file: "reflector-timings.ts",
    text: "unauthorizedGraceMs: 60_000",
    replacement: "unauthorizedGraceMs: 0",
    caughtBy: REFLECTOR,
  },
  {
    name: "the columns of a Table are found by their places",
    after: "a release may add a column",
    file: "table.ts",
    text: 'const columns = { name: at("Name"), telling: at(telling) };',
    replacement: 'const columns = { name: 0, telling: at(telling) < 0 ? -1 : telling === "Images" ? 6 : 0 };',
    caughtBy: TABLE,
  },
  {
    name: "each event of a watch is expected to name its columns",
    after: "kube-apiserver names them in the first alone",
    file: "table.ts",
    text: "if (columnDefinitions && columnDefinitions.length > 0) this.#columns = columnsOf(columnDefinitions, this.#telling);",
    replacement: "this.#columns = columnDefinitions ? columnsOf(columnDefinitions, this.#telling) : undefined;",
    caughtBy: TABLE,
  },
  {
    name: "progress is told while names are still to be read: a cut loses them",
    after: "resume by the version of any event",
    file: "table-source.ts",
    text: "if (!queue.idle()) return undefined;\n",
    replacement: "",
    caughtBy: TABLE,
  },
  {
    name: "a row decides by its images alone, though its name is kept",
    after: "kept names are candidates",
    file: "table-source.ts",
    text: " || sink.keysNamed(name).length > 0",
    replacement: "",
    caughtBy: REFLECTOR,
  },
  {
    name: "a row of a name that is being read is passed over",
    after: "names under way are candidates",
    file: "table-source.ts",
    text: " || queue.has(name);",
    replacement: ";",
    caughtBy: TABLE,
  },
  {
    name: "a name is read from whatever the server has at hand",
    after: "NotOlderThan the event",
    file: "table-source.ts",
    text: 'resourceVersion: version, resourceVersionMatch: "NotOlderThan" }',
    replacement: 'resourceVersion: "0" }',
    caughtBy: TABLE,
  },
  {
    name: "what is gone from a name stays kept",
    after: "a read replaces everything kept under its name",
    file: "table-source.ts",
    text: "if (!now.has(key)) sink.remove(",
    replacement: 'if (key === "") sink.remove(',
    caughtBy: REFLECTOR,
  },
];
