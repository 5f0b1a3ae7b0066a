/** What the server and others make of a status that we wrote: it becomes ours again, and is then left in peace. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
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
});
