/** The reflector's loop over a source that does as it is told: what it asks for next after trouble, and what it then believes. Reads nothing. */
import { expect, test } from "@jest/globals";
import { ConnectionError, StatusError } from "../../../src/kube/errors.ts";
import { ReflectorLoop } from "../../../src/kube/reflector-loop.ts";
import type { Source, WatchSink } from "../../../src/kube/reflector-source.ts";
import { REFLECTOR_TIMINGS } from "../../../src/kube/reflector-timings.ts";
import { ModelTime } from "./model/time.ts";

const cut = () => new ConnectionError("Failed", "reset");
const refused = (code: number) =>
  new StatusError({ request: "GET /x", code, reason: code === 403 ? "Forbidden" : "NotFound", serverMessage: "no" });

/** One object, at a version of the cluster that a test sets; each request can be made to fail. */
class ToldSource implements Source<string> {
  version = "1000";
  fails: (asked: "list" | "watch" | "latest") => Error | undefined = () => undefined;
  readonly asked: string[] = [];
  readonly #time: ModelTime;
  #end: (error?: Error) => void = () => undefined;
  #sink: WatchSink<string> | undefined;

  constructor(time: ModelTime) {
    this.#time = time;
  }

  async list() {
    this.#ask("list");
    return { kept: new Map([["flux/flux", { uid: "u", resourceVersion: "5", value: "fluxd" }]]), resourceVersion: this.version };
  }

  async latestVersion() {
    this.#ask("latest");
    return this.version;
  }

  async watch(_: unknown, sink: WatchSink<string>, signal: AbortSignal) {
    this.#ask("watch");
    this.#sink = sink;
    sink.opened();
    await new Promise<void>((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve());
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }

  endWatch(error?: Error): void {
    this.#end(error);
  }

  /** As a source does that goes on by other means within one watch. */
  openAgain(): void {
    this.#sink?.opened();
  }

  #ask(what: "list" | "watch" | "latest"): void {
    this.asked.push(`${Math.round(this.#time.nowMs() / 1000)} s: ${what}`);
    const error = this.fails(what);
    if (error) throw error;
  }
}

async function reading(alwaysServed = true) {
  const time = new ModelTime();
  const source = new ToldSource(time);
  const states: string[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const loop: ReflectorLoop<string> = new ReflectorLoop({
    source,
    resource: { group: "helm.fluxcd.io", version: "v1", plural: "helmreleases" },
    alwaysServed,
    log,
    metrics: { reads: 0, watches: 0, restarts: {}, bytes: 0, parsed: 0, passedOver: 0, lastContact: undefined, source: "table" },
    timings: REFLECTOR_TIMINGS,
    changed: () => states.push(`${loop.state().at}, ${loop.items().length} kept`),
    time,
  });
  loop.start();
  await time.pass(1_000);
  source.asked.length = 0;
  states.length = 0;
  return { time, source, states, loop };
}

test("an etcd that was restored in an outage is listed, and watched in the same moment", async () => {
  const { time, source, loop } = await reading();
  source.fails = cut;
  source.endWatch(cut());
  await time.pass(100_000);
  source.asked.length = 0;
  source.fails = () => undefined;
  source.version = "500";
  await time.pass(60_000);
  const [at] = source.asked[0]?.split(":") ?? [];
  // Later it is asked after again, as any watch.
  expect(source.asked.slice(0, 3)).toEqual([`${at}: latest`, `${at}: list`, `${at}: watch`]);
  expect(loop.metrics.restarts.Restored).toBe(1);
  await loop.stop();
});

test("a version is doubted until the question about it is answered", async () => {
  const { time, source, loop } = await reading();
  source.version = "500";
  let unanswered = 3;
  source.fails = (asked) =>
    asked === "latest" && unanswered-- > 0 ? new ConnectionError("TimedOut", "not answered within 60 s") : undefined;
  source.endWatch(cut());
  await time.pass(30_000);
  const asked = source.asked.map((line) => line.split(" ").at(-1));
  expect(asked.slice(0, 6)).toEqual(["latest", "latest", "latest", "latest", "list", "watch"]);
  await loop.stop();
});

test("what is refused is named: the question about a version is a list", async () => {
  const { time, source, loop } = await reading();
  source.fails = (asked) => (asked === "watch" ? undefined : refused(403));
  source.endWatch(cut());
  await time.pass(60_000);
  expect(loop.state()).toMatchObject({ at: "Unreadable", verb: "list", message: expect.stringContaining("list is forbidden (403)") });
  await loop.stop();
});

test("what may be listed and not watched is listed at each step of the back-off, and said once to be so", async () => {
  const { time, source, states, loop } = await reading();
  source.fails = (asked) => (asked === "watch" ? refused(403) : undefined);
  source.endWatch(cut());
  await time.pass(300_000);
  const asked = source.asked.map((line) => line.split(" ").at(-1));
  expect(asked.slice(-6)).toEqual(["list", "watch", "list", "watch", "list", "watch"]);
  expect(asked.filter((what) => what === "list").length).toBeLessThanOrEqual(20);
  expect(states).toEqual(["Unreadable, 1 kept"]);
  expect(loop.state()).toMatchObject({ verb: "watch", message: expect.stringContaining("watch is forbidden (403)") });
  source.fails = () => undefined;
  await time.pass(60_000);
  expect(loop.state()).toEqual({ at: "Synced" });
  await loop.stop();
});

test.each([
  ["403 and then 404 once", [403, 404], ["Unreadable, 1 kept", "Synced, 1 kept"]],
  ["404 once", [404], []],
  ["404 again", [404, 404], ["NotInstalled, 0 kept", "Synced, 1 kept"]],
] as const)("a kind whose server answers %s, and then as ever", async (_, codes, expected) => {
  const { time, source, states, loop } = await reading(false);
  const answers = codes.map(refused);
  source.fails = () => answers.shift();
  source.endWatch(cut());
  await time.pass(120_000);
  expect(states).toEqual(expected);
  await loop.stop();
});

test("a watch that goes on by other means is asked after no more often than before", async () => {
  const { time, source, loop } = await reading();
  await time.pass(600_000);
  const questions = source.asked.length;
  source.asked.length = 0;
  source.openAgain();
  await time.pass(600_000);
  expect(questions).toBeGreaterThan(5);
  expect(source.asked.length).toBeLessThan(1.5 * questions);
  await loop.stop();
});
