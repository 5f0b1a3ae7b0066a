/** What the server and others make of a status that we wrote: it becomes ours again, and is then left in peace. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import * as z from "zod";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd } from "../../unit/assess/subject-builder.ts";
import { conditionOf, OperatorFixture, SINGLETON, since } from "./operator-fixture.ts";

describeOnControlPlane("a status that others touch", (get) => {
  const fixture = new OperatorFixture(get);

  /** Passes that see nothing new, and what they write. */
  async function writesOfIdlePasses(): Promise<string[]> {
    await sleep(300);
    const start = new Date();
    for (const turn of ["one", "two", "three"]) {
      await fixture.merge("/api/v1/namespaces/default", { metadata: { labels: { turn } } });
      await sleep(150);
    }
    return await fixture.writes(since(start));
  }

  beforeAll(async () => {
    await fixture.installCrds();
    await fixture.apply(fluxd());
  });

  beforeEach(async () => {
    await fixture.start();
    await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
  });

  test("a condition that joins the others is written once, wherever the server puts it", async () => {
    await fixture.merge(SINGLETON, { spec: { timetableRef: { name: "not-there" } } });
    await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.status).toBe("True"));
    expect(await writesOfIdlePasses()).toEqual([]);
    await fixture.merge(SINGLETON, { spec: { timetableRef: null } });
    await fixture.observed();
  });

  test("what somebody else wrote into it goes, but for a condition of their own, and is corrected once", async () => {
    const { body } = await get().request("GET", SINGLETON);
    const object = Shown.parse(body);
    const { status } = object;
    const theirs = { status: "True", reason: "ByHand", message: "from a backup", lastTransitionTime: "2026-11-23T08:00:00Z" };
    const conditions = ["Stalled", "Reconciling", "ReviewedByUs"].map((type) => ({ ...theirs, type }));
    const inventory = { ...status.inventory, unreadable: [{ resource: "daemonsets.apps", verb: "list", reason: "Forbidden" }] };
    const foreign = { ...status, inventory, lastHandledReconcileAt: "yesterday", conditions: [...status.conditions, ...conditions] };
    const put = await get().request("PUT", `${SINGLETON}/status?fieldManager=kubectl-edit`, { ...object, status: foreign });
    expect(put.status).toBe(200);
    const own = await fixture.statusWhere((found) => expect(conditionOf(found, "Stalled")).toBeUndefined());
    expect(conditionOf(own, "Reconciling")).toBeUndefined();
    expect(conditionOf(own, "Ready")?.status).toBe("True");
    expect(own).not.toHaveProperty("lastHandledReconcileAt");
    expect(own.inventory).not.toHaveProperty("unreadable");
    expect(conditionOf(own, "ReviewedByUs")).toMatchObject(theirs);
    expect(await writesOfIdlePasses()).toEqual([]);
  });

  test("a condition whose owner was lost with the managed fields goes with its cause", async () => {
    await fixture.merge(SINGLETON, { spec: { timetableRef: { name: "not-there" } } });
    await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.status).toBe("True"));
    const strip = [{ op: "replace", path: "/metadata/managedFields", value: [{}] }];
    expect((await get().request("PATCH", SINGLETON, strip, "application/json-patch+json")).status).toBe(200);
    await fixture.merge(SINGLETON, { spec: { timetableRef: null } });
    await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")).toBeUndefined());
    expect(await writesOfIdlePasses()).toEqual([]);
  });
});

const Shown = z.looseObject({ status: z.looseObject({ inventory: z.looseObject({}), conditions: z.array(z.looseObject({})) }) });
