/** Tables: columns by their names, rows, events; whole objects where none can be had, and Tables again later. Names to read again. */
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { KubeLog } from "../../../src/kube/log.ts";
import { REFRESH_LIMITS, RefreshQueue, TooBusy } from "../../../src/kube/refresh-queue.ts";
import { columnsOfHead, NoTable, rowOf, TableEvents } from "../../../src/kube/table.ts";
import { TABLES_AGAIN_MS } from "../../../src/kube/table-first.ts";
import { Play } from "./model/play.ts";
import type { Step } from "./model/sequence.ts";
import { ModelTime } from "./model/time.ts";

const FLUXD = "docker.io/fluxcd/flux:1.25.4";
const create = (name: string, image: string): Step => ({ does: "create", place: ["apps", name], shape: { images: [image] } });

const columns = (...names: string[]) => names.map((name) => ({ name, type: "string" }));
const head = (...names: string[]) => `{"kind":"Table","columnDefinitions":${JSON.stringify(columns(...names))},"rows":[`;
const event = (version: string, cells: unknown[] | undefined, ...names: string[]) => ({
  kind: "Table",
  metadata: { resourceVersion: version },
  columnDefinitions: names.length > 0 ? columns(...names) : null,
  rows: cells ? [{ cells }] : [],
});

describe("columns", () => {
  test("are found by their names, wherever they stand", () => {
    const found = columnsOfHead(head("Images", "Age", "Name"), "Images");
    expect(rowOf({ cells: ["nginx:1", "5s", "web"] }, found)).toEqual({ name: "web", told: "nginx:1" });
  });

  test.each([
    [head("Name", "Age"), "the Table has no column Images; it has Name, Age"],
    [head("Images"), "the Table has no column Name; it has Images"],
    ['{"kind":"DeploymentList","items":[', "the list is no Table with columns"],
    ['{"kind":"Table","rows":[', "the list is no Table with columns"],
  ])("that are missing are named: %s", (text, message) => {
    expect(() => columnsOfHead(text, "Images")).toThrow(new NoTable(message));
  });
});

describe("events", () => {
  test("name their columns once a watch, wherever they stand, be it in a bookmark", () => {
    const events = new TableEvents("Images");
    expect(events.read("BOOKMARK", event("7", ["", ""], "Images", "Name"))).toEqual({ at: "Bookmark", resourceVersion: "7" });
    const changed = { at: "Changed", name: "web", told: "nginx:1", resourceVersion: "8" };
    expect(events.read("ADDED", event("8", ["nginx:1", "web"]))).toEqual(changed);
    expect(events.read("DELETED", event("9", ["nginx:1", "web"]))).toEqual({ ...changed, resourceVersion: "9" });
  });

  test("that could not be converted are the object itself, and have to be read", () => {
    const object = { kind: "Deployment", metadata: { name: "web", resourceVersion: "8" } };
    expect(new TableEvents("Images").read("MODIFIED", object)).toEqual({
      at: "Changed",
      name: "web",
      told: undefined,
      resourceVersion: "8",
    });
  });

  test.each([
    ["no columns ever came", event("8", ["web", "nginx:1"])],
    ["no row came", event("8", undefined, "Name", "Images")],
    ["it is nothing", { kind: "Pod" }],
  ])("are no Tables where %s", (_, object) => {
    expect(() => new TableEvents("Images").read("ADDED", object)).toThrow(NoTable);
  });
});

describe("a reflector of Tables", () => {
  const plays: Play[] = [];
  afterEach(async () => {
    for (const play of plays.splice(0)) await play.stop();
  });

  async function watching(...steps: Step[]) {
    const said: string[] = [];
    const note = (sentence: string) => void said.push(sentence);
    const log: KubeLog = { debug: () => {}, info: note, warn: note, error: note };
    const play = new Play(["table"], { log });
    plays.push(play);
    for (const step of [create("fluxd", FLUXD), ...steps]) await play.take(step);
    play.start();
    await play.look();
    const [side] = play.sides;
    if (!side) throw new Error("a play has a side for each source");
    return { play, server: side.server, metrics: side.reflector.metrics, said };
  }

  const WHOLE = "objects are read whole from now on";
  const AGAIN = "Tables are read again";

  test("reads whole where a 500 was none of the outage, and Tables again within the hour: no list is needed", async () => {
    const { play, metrics, said, server } = await watching();
    await play.take({ does: "fail", asked: "List", failure: "Broken" });
    await play.take({ does: "relist" });
    await play.look();
    expect([metrics.source, said]).toEqual(["full", [WHOLE]]);
    play.time.jump(TABLES_AGAIN_MS - 60_000);
    await play.take({ does: "end" });
    await play.look();
    expect(metrics.source).toBe("full");
    play.time.jump(120_000);
    await play.take({ does: "bookmark" }); // a watch that brought something
    await play.time.turn();
    await play.take({ does: "end" });
    const asked = server.asked.length;
    await play.take(create("late", FLUXD));
    await play.look();
    expect([metrics.source, said]).toEqual(["table", [WHOLE, AGAIN]]);
    expect(server.asked.slice(asked)).toContainEqual(expect.stringMatching(/^Table Watch from \d+$/));
    expect(server.asked.slice(asked)).not.toContainEqual(expect.stringMatching(/^List/)); // only a Table was asked for
  });

  test("asks a server that gives none once an hour, and says nothing more of it", async () => {
    const { play, metrics, said, server } = await watching({ does: "tables", served: false });
    expect([metrics.source, said]).toEqual(["full", [WHOLE]]);
    const tables = () => server.asked.filter((line) => line.startsWith("Table")).length;
    for (let hour = 0; hour < 3; hour += 1) {
      const before = tables();
      for (let watch = 0; watch < 6; watch += 1) {
        play.time.jump(TABLES_AGAIN_MS / 6);
        await play.take({ does: "bookmark" });
        await play.time.turn();
        await play.take({ does: "end" });
        await play.look();
      }
      expect(tables() - before).toBe(1);
    }
    expect([metrics.source, said]).toEqual(["full", [WHOLE]]);
  });

  test.each(["Away", "Refused", "Broken"] as const)(
    "is not kept from whole objects by what keeps Tables away an hour later (%s)",
    async (failure) => {
      const { play, metrics } = await watching({ does: "tables", served: false });
      play.time.jump(TABLES_AGAIN_MS);
      await play.take({ does: "fail", asked: "List", failure });
      await play.take({ does: "bookmark" });
      await play.time.turn();
      await play.take({ does: "end" });
      await play.look();
      expect(metrics).toMatchObject({ source: "full", restarts: { Ended: 1 } });
    },
  );

  test("reads a crowd of names whole, and Tables again when it is gone", async () => {
    const crowd = Array.from({ length: REFRESH_LIMITS.mostNames + 1 }, (_, index) => `flux-${index}`);
    const { play, metrics } = await watching(...crowd.map((name) => create(name, FLUXD)));
    expect(metrics.source).toBe("full");
    play.time.jump(TABLES_AGAIN_MS);
    await play.take({ does: "end" });
    await play.look();
    expect(metrics.source).toBe("full");
    for (const name of crowd.slice(0, -2)) await play.take({ does: "remove", place: ["apps", name] });
    await play.look();
    play.time.jump(TABLES_AGAIN_MS);
    await play.take({ does: "end" });
    await play.look();
    expect(metrics.source).toBe("table");
  });

  test("comes back to a name whose read was lost with the watch", async () => {
    const { play, server } = await watching();
    server.hold();
    await play.take(create("late", FLUXD));
    await play.take({ does: "turn" });
    await play.take({ does: "bookmark" });
    await play.take({ does: "turn" });
    await play.take({ does: "cut", afterBytes: 0 });
    await play.look();
  });

  test("reads a name no older than the event that asked for it", async () => {
    const { play, server } = await watching();
    server.lag = 9; // whoever asks for less gets a cluster without fluxd
    await play.take({ does: "update", place: ["apps", "fluxd"], shape: { images: ["docker.io/fluxcd/flux:1.25.5"] } });
    await play.look();
  });

  test("reads a name again that changed while it was read", async () => {
    const { play, server } = await watching();
    await play.take(create("late", FLUXD));
    server.hold();
    await play.take({ does: "turn" });
    server.lag = 9; // the answer is as old as it may be
    await play.take({ does: "update", place: ["apps", "late"], shape: { images: ["nginx:1"] } });
    await play.take({ does: "turn" });
    await play.look();
  });
});

describe("names to read again", () => {
  const signal = new AbortController().signal;

  test(`are read ${REFRESH_LIMITS.burst} at once, then ${REFRESH_LIMITS.perSecond} a second, each once however often it changed`, async () => {
    const time = new ModelTime();
    const read: string[] = [];
    const failed = jest.fn();
    const queue = new RefreshQueue({ signal, time, failed, drained: () => {}, refresh: async (name) => void read.push(name) });
    for (let change = 0; change < 3; change += 1) for (let name = 0; name < 100; name += 1) queue.ask(`n${name}`, `${change}`);
    await time.turn();
    expect(read).toHaveLength(REFRESH_LIMITS.burst);
    await time.pass(1_000);
    expect(read).toHaveLength(REFRESH_LIMITS.burst + REFRESH_LIMITS.perSecond);
    await time.pass(10_000);
    expect(new Set(read).size).toBe(100);
    expect(read.length).toBeLessThanOrEqual(101); // the first may have been under way when it changed
    expect(failed).not.toHaveBeenCalled();
  });

  test("without end for a minute are too many, and so are more than 200 at once", async () => {
    const time = new ModelTime();
    const failed = jest.fn();
    const flapping = new RefreshQueue({
      ...{ signal, time, failed, drained: () => {} },
      refresh: async (name, version) => queueMicrotask(() => flapping.ask(name === "a" ? "b" : "a", version)),
    });
    flapping.ask("a", "1");
    flapping.ask("b", "1");
    await time.pass(REFRESH_LIMITS.mostBusyMs - 1_000);
    expect(failed).not.toHaveBeenCalled();
    await time.pass(2_000);
    expect(failed).toHaveBeenCalledTimes(1);
    expect(failed).toHaveBeenCalledWith(expect.any(TooBusy));
    const crowd = new RefreshQueue({ signal, time, failed, drained: () => {}, refresh: async () => {} });
    for (let name = 0; name <= REFRESH_LIMITS.mostNames + 1; name += 1) crowd.ask(`n${name}`, "1");
    expect(failed.mock.calls.length).toBeGreaterThan(1);
  });
});
