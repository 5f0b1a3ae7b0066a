/** What the passing of time does to a cluster in which nothing changes, and what an administrator's dates do. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { MigrationTimetableStatus } from "../../../src/api/migration-timetable.ts";
import { describeOnControlPlane, kubernetes } from "../../control-plane/suite.ts";
import { fluxd, helmOperator } from "../../unit/assess/subject-builder.ts";
import { deployments, timetable } from "./manifests.ts";
import { conditionOf, eventually, OperatorFixture, rowOf, SINGLETON, since, TIMETABLES } from "./operator-fixture.ts";

const Timetable = z.looseObject({ status: MigrationTimetableStatus.optional() });

const ARCHIVED = "1.25.4 None None Archived None NotStarted MigrateNow True";

describeOnControlPlane("time", (get) => {
  const fixture = new OperatorFixture(get);

  beforeAll(async () => {
    await fixture.installCrds();
    await fixture.apply(fluxd());
  });
  afterEach(async () => {
    await get().request("DELETE", SINGLETON);
    await get().request("DELETE", "/api/v1/namespaces/default/events");
  });

  describe("a deadline", () => {
    test("that the clock runs into changes the phase and is told, though nothing changed in the cluster", async () => {
      const { jumpTo } = await fixture.start({ at: "2022-10-31T12:00:00Z" });
      const before = await fixture.row("1.25.4 None None MigrationAndSecuritySupport None NotStarted MigrateNow True");
      jumpTo("2022-10-31T23:59:58Z"); // a machine that does much else may take longer to start
      expect(before.deadlines?.[0]).toMatchObject({ kind: "Row", date: "2022-11-01" });
      expect(before.timetable?.row).toBe(4);
      const after = await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
      expect(after.timetable?.row).toBe(5);
      expect(after.summary?.severity).toBe("Critical");
      const [told] = after.history ?? [];
      expect(told?.time.slice(0, 18)).toBe("2022-11-01T00:00:0");
      await eventually(
        () => fixture.events(),
        (events) =>
          expect(events).toEqual([
            expect.stringMatching(/^Warning DeadlineReached: 2022-11-01: /),
            "Warning Flux1Detected: Found fluxd in flux/flux.",
            "Warning PhaseChanged: Flux 1: MigrationAndSecuritySupport became Archived.",
          ]),
      );
    });

    test("is shown by an operator that writes nothing", async () => {
      const { jumpTo, judged } = await fixture.start({ at: "2022-10-31T12:00:00Z", dryRun: true });
      const phase = () => judged.at(-1)?.summary?.phase;
      await eventually(phase, (shown) => expect(shown).toBe("MigrationAndSecuritySupport"));
      jumpTo("2022-10-31T23:59:59Z");
      await eventually(phase, (shown) => expect(shown).toBe("Archived"));
      expect(await fixture.status()).toBeUndefined();
    });

    test("that passed while the machine slept is found on waking up, by a clock that jumps", async () => {
      const { jumpTo } = await fixture.start({ at: "2021-01-01T00:00:00Z" });
      await fixture.row("1.25.4 None None Maintenance None NotStarted TestMigration True");
      jumpTo("2022-12-24T18:00:00Z");
      await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
    });

    test("that passed while the operator was down is told once it is back", async () => {
      const first = await fixture.start({ at: "2022-10-01T00:00:00Z" });
      await fixture.row("1.25.4 None None MigrationAndSecuritySupport None NotStarted MigrateNow True");
      await first.stop();
      await fixture.start({ at: "2022-11-02T00:00:00Z" });
      const status = await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
      expect(status.history?.map(({ reason }) => reason).toSorted()).toEqual(["DeadlineReached", "Flux1Detected", "PhaseChanged"]);
    });

    test("that has passed stays passed where the clock steps back, in this process and in the next, and no time goes back", async () => {
      const first = await fixture.start({ at: "2022-11-01T00:30:00Z" });
      const { history, conditions } = await fixture.row(ARCHIVED);
      first.jumpTo("2022-10-31T23:45:00Z");
      await fixture.requestPass("after the step back");
      await fixture.statusWhere(({ lastHandledReconcileAt }) => expect(lastHandledReconcileAt).toBe("after the step back"));
      await first.stop();
      // Another replica, or a machine that was put right while nobody ran.
      await fixture.start({ at: "2022-10-31T23:45:00Z" });
      await fixture.requestPass("by another");
      const after = await fixture.statusWhere(({ lastHandledReconcileAt }) => expect(lastHandledReconcileAt).toBe("by another"));
      expect([rowOf(after), after.timetable?.row, after.history, after.conditions]).toEqual([ARCHIVED, 5, history, conditions]);
      // What it tells from there is no earlier than what was told before.
      await fixture.apply(helmOperator());
      const told = await fixture.statusWhere(({ history: now }) => expect(now?.length).toBeGreaterThan(history?.length ?? 0));
      const times = told.history?.map(({ time }) => time) ?? [];
      expect(times).toEqual(times.toSorted().toReversed());
      await fixture.remove(deployments("flux", "helm-operator"));
    });

    test("that is years away wakes nobody", async () => {
      await fixture.start({ at: "2020-10-06T00:00:00Z", edition: "2022-09-20" });
      await fixture.row("1.25.4 None None Maintenance None NotStarted TestMigration True");
      await sleep(300);
      const start = new Date();
      await sleep(1_000);
      expect(await fixture.requests(since(start))).toEqual([]);
    });
  });

  describe("a MigrationTimetable", () => {
    const conditions = async (name: string) => {
      const { body } = await get().request("GET", `${TIMETABLES}/${name}`);
      return Timetable.parse(body).status?.conditions ?? [];
    };
    const refer = (name: string) => fixture.merge(SINGLETON, { spec: { timetableRef: { name } } });

    test("dates a row that the edition leaves open", async () => {
      await fixture.start({ at: "2021-07-01T00:00:00Z", edition: "2021-06-28" });
      const open = await fixture.row("1.25.4 None None Superseded None NotStarted Migrate True");
      expect(open.summary?.nextDate).toBe("TBD");
      await fixture.apply(timetable("dated", { edition: "2021-06-28", dates: { 4: "2021-09-01" } }));
      await refer("dated");
      await fixture.statusWhere(({ summary }) => expect(summary?.nextDate).toBe("2021-09-01"));
      await eventually(
        () => conditions("dated"),
        (said) => expect(said).toMatchObject([{ type: "Ready", status: "True", reason: "Valid" }]),
      );
      // A date in the past holds at once.
      await fixture.apply(timetable("dated", { edition: "2021-06-28", dates: { 4: "2021-06-30" } }));
      await fixture.row("1.25.4 None None MigrationAndSecuritySupport None NotStarted MigrateNow True");
    });

    test.each([
      {
        what: "an unknown edition",
        spec: { edition: "2021-07-01" },
        why: 'spec.edition "2021-07-01" is unknown; known: 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20',
      },
      { what: "an unknown row", spec: { edition: "2021-06-28", dates: { 4: "2021-09-01", 7: "2022-01-01" } }, why: "7" },
      { what: "a row that is dated already", spec: { edition: "2021-06-28", dates: { 3: "2021-08-01" } }, why: "3" },
      { what: "a row whose elder is open", spec: { edition: "2021-06-28", dates: { 5: "2021-09-01" } }, why: "5" },
      { what: "a row before the published ones", spec: { edition: "2021-06-28", dates: { 4: "2021-01-01" } }, why: "4" },
    ])("with $what stalls, the last good one stays in force, and what is mended heals", async ({ spec, why }) => {
      const good = { edition: "2021-06-28", dates: { 4: "2021-09-01" } };
      const { lines } = await fixture.start({ at: "2021-07-01T00:00:00Z", edition: "2022-09-20" });
      await fixture.apply(timetable("changing", good));
      await eventually(
        () => fixture.status(),
        (status) => expect(status).toBeDefined(),
      );
      await refer("changing");
      await fixture.statusWhere(({ summary }) => expect(summary?.nextDate).toBe("2021-09-01"));
      // Applied by another name than the merge patch, so the whole spec is replaced.
      await get().request(
        "PATCH",
        `${TIMETABLES}/changing`,
        [{ op: "replace", path: "/spec", value: spec }],
        "application/json-patch+json",
      );
      const stalled = await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.reason).toBe("TimetableInvalid"));
      expect(conditionOf(stalled, "Ready")).toMatchObject({ status: "False", reason: "TimetableInvalid" });
      expect(conditionOf(stalled, "Stalled")?.message).toContain("MigrationTimetable/changing: ");
      expect(conditionOf(stalled, "Stalled")?.message).toContain(why);
      expect(stalled.summary?.nextDate).toBe("2021-09-01");
      await eventually(
        () => conditions("changing"),
        (said) =>
          expect(said.map(({ type, status, reason }) => `${type} ${status} ${reason}`).toSorted()).toEqual([
            "Ready False Invalid",
            "Stalled True Invalid",
          ]),
      );
      // It is logged when the answer to the write is there, which the server's other readers may be ahead of.
      await eventually(
        () => lines.filter(({ sentence }) => sentence === "a MigrationTimetable cannot be used"),
        (told) => expect(told).toHaveLength(1),
      );
      await get().request(
        "PATCH",
        `${TIMETABLES}/changing`,
        [{ op: "replace", path: "/spec", value: good }],
        "application/json-patch+json",
      );
      await fixture.statusWhere((status) => {
        expect(conditionOf(status, "Stalled")).toBeUndefined();
        expect(conditionOf(status, "Ready")?.status).toBe("True");
      });
      await eventually(
        () => conditions("changing"),
        (said) => expect(said).toMatchObject([{ type: "Ready", status: "True" }]),
      );
      await fixture.remove(`${TIMETABLES}/changing`);
    });

    test.each([
      { what: "is wrong", harm: (path: string) => fixture.merge(path, { spec: { dates: { 3: "2021-08-01" } } }) },
      { what: "was deleted", harm: (path: string) => fixture.remove(path) },
    ])("that $what is in force with its dates, also after a restart and where another leads", async ({ harm }) => {
      const at = "2022-06-01T00:00:00Z"; // Archived by these dates, Superseded by the edition alone
      const held = "1.25.4 None None Archived None NotStarted MigrateNow False";
      const stands = { edition: "2021-06-28", row: 5, dates: { 4: "2022-01-01", 5: "2022-05-01" } };
      await fixture.apply(timetable("lasting", { edition: "2021-06-28", dates: stands.dates }));
      let leader = "first";
      const first = await fixture.start({ at, leading: () => leader === "first" });
      await eventually(
        () => fixture.status(),
        (status) => expect(status).toBeDefined(),
      );
      await refer("lasting");
      await fixture.statusWhere((status) => expect(status.timetable).toEqual(stands));
      await harm(`${TIMETABLES}/lasting`);
      await fixture.row(held);
      const second = await fixture.startReady({ at, leading: () => leader === "second" });
      leader = "second";
      second.operator.wake();
      await eventually(
        () => second.judged,
        (judged) => expect(judged.length).toBeGreaterThan(0),
      );
      await first.stop();
      await second.stop();
      leader = "third";
      const third = await fixture.start({ at });
      await eventually(
        () => third.judged,
        (judged) => expect(judged.length).toBeGreaterThan(0),
      );
      const status = await fixture.row(held);
      expect(status.timetable).toEqual(stands);
      expect(conditionOf(status, "Stalled")?.message).toContain("; edition 2021-06-28 is in force, as it was last.");
      expect(new Set([...second.judged, ...third.judged].map(({ summary }) => summary?.phase))).toEqual(new Set(["Archived"]));
      await get().request("DELETE", `${TIMETABLES}/lasting`);
    });

    test("that does not exist stalls, until it does", async () => {
      await fixture.start({ at: "2021-07-01T00:00:00Z" });
      await fixture.row("1.25.4 None None Superseded None NotStarted Migrate True");
      await refer("later");
      const stalled = await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.reason).toBe("TimetableInvalid"));
      expect(conditionOf(stalled, "Stalled")?.message).toContain("MigrationTimetable/later, which spec.timetableRef names, does not exist");
      await fixture.apply(timetable("later", { edition: "2021-03-24" }));
      await fixture.statusWhere((status) => expect(status.timetable?.edition).toBe("2021-03-24"));
    });

    test.each([
      {
        what: "out of order",
        dates: { 4: "2022-05-01", 5: "2022-04-01" },
        why: "dates must go up with the rows",
        byOperator: 'spec.dates["5"] is "2022-04-01"; want a day after 2022-05-01',
      },
      {
        what: "keyed by no row",
        dates: { fourth: "2022-05-01" },
        why: "a key of dates is the number of a row",
        byOperator: 'spec.dates["fourth"]: row fourth is unknown',
      },
      { what: "of no calendar", dates: { 4: "2022-02-30" }, why: "2022-02-30" },
    ])(
      "whose dates are $what is refused by the server, or by the operator where the server knows no CEL",
      async ({ dates, why, byOperator }) => {
        const answer = await get().request("POST", TIMETABLES, timetable("refused", { edition: "2021-06-28", dates }));
        if (kubernetes === "Newest" || byOperator === undefined) {
          expect(answer).toMatchObject({ status: 422, body: { message: expect.stringContaining(why) } });
          return;
        }
        expect(answer.status).toBe(201);
        await fixture.start();
        await eventually(
          () => conditions("refused"),
          (said) =>
            expect(said.find(({ type }) => type === "Ready")).toMatchObject({
              status: "False",
              reason: "Invalid",
              message: expect.stringContaining(byOperator),
            }),
        );
        await fixture.remove(`${TIMETABLES}/refused`);
      },
    );
  });
});
