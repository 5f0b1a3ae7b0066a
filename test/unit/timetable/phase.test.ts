import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { withDates } from "../../../src/timetable/fill-dates.ts";
import { cellFor, eventsThatApply, nextRow, phaseAt, rowAt } from "../../../src/timetable/phase.ts";
import { PHASES, TBD, TRACKS, type Track } from "../../../src/timetable/track.ts";
import { after, at, EDITIONS, edition } from "./config-data.ts";

const IMAGE = "image-automation-controller";

/** `Superseded since 2021-06-30, next Archived TBD`, as people would say it. */
function said(name: string, track: Track, instant: string, component?: string): string {
  return told(edition(name), track, instant, component);
}

function told(timetable: ReturnType<typeof edition>, track: Track, instant: string, component?: string): string {
  const { phase, since, next } = phaseAt(timetable, after, track, at(instant), component);
  return [since === undefined ? phase : `${phase} since ${since}`, ...(next ? [`next ${next.phase} ${next.date}`] : [])].join(", ");
}

function filled(name: string, dates: Record<string, string>) {
  const result = withDates(edition(name), dates);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result.edition;
}

describe("the last edition", () => {
  test.each<[string, Track, string]>([
    ["2020-10-05", "Flux1", "NotAnnounced, next Maintenance 2020-10-06"],
    ["2020-10-06", "Flux1", "Maintenance since 2020-10-06, next PartialMigration 2021-02-18"],
    ["2021-06-30", "Flux1", "Superseded since 2021-06-30, next MigrationAndSecuritySupport 2022-05-01"],
    ["2026-11-23", "Flux1", "Archived since 2022-11-01"],
    ["2022-11-01", "Flux2CLI", "ReleaseCandidate since 2022-11-01, next GenerallyAvailable 2023-07-05"],
    ["2023-07-04", "Flux2CLI", "ReleaseCandidate since 2022-11-01, next GenerallyAvailable 2023-07-05"],
    ["2023-07-05", "Flux2CLI", "GenerallyAvailable since 2023-07-05"],
    ["2021-07-01", "GitOpsToolkit", "BetaProductionReady since 2021-06-30, next StableProductionReady 2022-11-01"],
    ["2022-06-01", "GitOpsToolkit", "BetaProductionReady since 2021-06-30, next StableProductionReady 2022-11-01"],
    ["2026-11-23", "GitOpsToolkit", "StableProductionReady since 2022-11-01"],
  ])("on %s %s is %s", (day, track, sentence) => {
    expect(said("2022-09-20", track, day)).toBe(sentence);
  });

  test("a row holds from 00:00 UTC of its date", () => {
    expect(said("2022-09-20", "Flux1", "2022-10-31T23:59:59.999Z")).toBe(
      "MigrationAndSecuritySupport since 2022-05-01, next Archived 2022-11-01",
    );
    expect(said("2022-09-20", "Flux1", "2022-11-01T00:00:00.000Z")).toBe("Archived since 2022-11-01");
    expect(said("2022-09-20", "Flux1", "2022-11-01T01:00:00+02:00")).toContain("MigrationAndSecuritySupport");
  });

  test("names and rows", () => {
    const state = (track: Track, day: string) => phaseAt(edition("2022-09-20"), after, track, at(day));
    expect(state("Flux1", "2020-01-01")).toMatchObject({ phase: "NotAnnounced", name: "NotAnnounced", row: 0 });
    expect(state("GitOpsToolkit", "2022-06-01")).toMatchObject({ name: "All Beta, Production Ready", row: 4, since: "2021-06-30" });
    expect(state("Flux2CLI", "2026-01-01")).toMatchObject({ name: "General availability", row: 5 });
  });
});

describe("image automation in row 2", () => {
  test("is alpha since row 1, while the others are beta", () => {
    expect(said("2022-09-20", "GitOpsToolkit", "2021-03-01", IMAGE)).toBe("Alpha since 2020-10-06, next BetaProductionReady 2021-06-30");
    expect(said("2022-09-20", "GitOpsToolkit", "2021-03-01", "image-reflector-controller")).toContain("Alpha since 2020-10-06");
    expect(said("2022-09-20", "GitOpsToolkit", "2021-03-01", "source-controller")).toBe(
      "Beta since 2021-02-18, next BetaProductionReady 2021-06-30",
    );
    expect(said("2022-09-20", "GitOpsToolkit", "2020-12-01", IMAGE)).toBe("Alpha since 2020-10-06, next BetaProductionReady 2021-06-30");
  });

  test("has a cell of its own words", () => {
    const row = edition("2022-09-20").rows[1];
    if (row === undefined) throw new Error("no row 2");
    expect(cellFor(row.GitOpsToolkit, IMAGE).statements.map(({ text }) => text)).toEqual(["Image automation is still alpha."]);
    expect(cellFor(row.GitOpsToolkit).publishedName).toBe("All others reached Feature Parity, Beta");
  });
});

describe("rows announced without a date", () => {
  test("hold never, and are next as TBD; what comes after the last row waits for it", () => {
    expect(said("2021-06-28", "Flux1", "2026-11-23")).toBe("Superseded since 2021-06-29, next MigrationAndSecuritySupport TBD");
    expect(said("2021-06-28", "Flux2CLI", "2026-11-23")).toBe("NeedsTesting since 2021-06-29, next GenerallyAvailable TBD");
    expect(said("2021-06-28", "GitOpsToolkit", "2026-11-23")).toBe("BetaProductionReady since 2021-06-29, next ContinuedDevelopment TBD");
    expect(said("2021-03-24", "Flux1", "2026-11-23")).toBe("PartialMigration since 2021-02-18, next Superseded TBD");
    expect(said("2021-06-28", "Flux1", "2021-06-28T23:59:59.999Z")).toContain("PartialMigration");
    expect(said("2021-06-30", "Flux1", "2021-06-29")).toContain("PartialMigration");
  });

  test("filled in, they hold, and no event turns the phase back", () => {
    const dated = filled("2021-06-28", { "4": "2022-05-01", "5": "2022-11-01" });
    expect(told(dated, "Flux2CLI", "2022-06-01")).toBe("GenerallyAvailable since 2022-05-01, next ContinuedDevelopment 2022-11-01");
    expect(told(dated, "Flux2CLI", "2026-11-23")).toBe("ContinuedDevelopment since 2022-11-01");
    expect(told(dated, "GitOpsToolkit", "2026-11-23")).toBe("ContinuedDevelopment since 2022-11-01");
  });

  test("filled in later than an event, the event waits", () => {
    const late = {
      ...edition("2022-09-20"),
      rows: edition("2022-09-20").rows.map((row) => (row.row === 5 ? { ...row, date: "2024-01-01" } : row)),
    };
    expect(told(late, "Flux2CLI", "2023-12-31")).toContain("Beta since 2022-05-01");
    expect(told(late, "Flux2CLI", "2024-01-01")).toBe("GenerallyAvailable since 2024-01-01");
  });
});

describe("of the events behind the last row", () => {
  test("those apply that move the track on, each behind those before it", () => {
    const last = edition("2022-09-20");
    const [event] = after.events;
    if (event === undefined) throw new Error("no event");
    const dates = ["2021-01-01", "2023-07-05", "2024-01-01"];
    const again = dates.map((date) => ({ ...event, date }));
    const applied = (name: string, track: Track) => eventsThatApply(edition(name), again, track).map(({ begin }) => begin);
    expect(applied("2022-09-20", "Flux2CLI")).toEqual([last.rows[4]?.date]);
    expect(applied("2022-09-20", "Flux1")).toEqual([]);
    expect(applied("2021-06-28", "Flux2CLI")).toEqual([]);
    expect(eventsThatApply(filled("2021-06-28", { "4": "2022-05-01", "5": "2022-11-01" }), again, "Flux2CLI")).toEqual([]);
  });
});

describe("rows", () => {
  test("rowAt counts from 0", () => {
    const rows = ["2020-10-05T23:59:59.999Z", "2020-10-06", "2021-02-18", "2021-06-30", "2022-05-01", "2022-11-01"].map((day) =>
      rowAt(edition("2022-09-20"), at(day)),
    );
    expect(rows).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rowAt(edition("2021-06-28"), at("2026-11-23"))).toBe(3);
  });

  test("nextRow is the next with a date, strictly later", () => {
    expect(nextRow(edition("2022-09-20"), at("2022-04-30T23:59:59.999Z"))).toEqual({ row: 4, date: "2022-05-01" });
    expect(nextRow(edition("2022-09-20"), at("2022-05-01"))).toEqual({ row: 5, date: "2022-11-01" });
    expect(nextRow(edition("2022-09-20"), at("2022-11-01"))).toBeUndefined();
    expect(nextRow(edition("2021-06-28"), at("2021-06-29"))).toBeUndefined();
  });
});

describe("over all time", () => {
  const instant = fc.date({ min: at("2019-01-01"), max: at("2031-01-01"), noInvalidDate: true });
  const name = fc.constantFrom(...EDITIONS);
  const track = fc.constantFrom(...TRACKS);
  const component = fc.constantFrom(undefined, IMAGE, "source-controller");
  const rank = (which: Track, phase: string) => {
    const order: readonly string[] = PHASES[which];
    return order.indexOf(phase);
  };

  test("a phase never goes back, and next is always later than the phase", () => {
    fc.assert(
      fc.property(name, track, component, instant, instant, (which, on, of, one, other) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        const before = phaseAt(edition(which), after, on, early, of);
        const now = phaseAt(edition(which), after, on, late, of);
        expect(rank(on, now.phase)).toBeGreaterThanOrEqual(rank(on, before.phase));
        if (now.next) expect(rank(on, now.next.phase)).toBeGreaterThan(rank(on, now.phase));
      }),
    );
  });

  test("each instant has one row, or none before the first, and all tracks agree on it", () => {
    fc.assert(
      fc.property(name, instant, (which, now) => {
        const { rows } = edition(which);
        const holding = rows.filter((row, index) => {
          const ends = rows[index + 1]?.date ?? TBD;
          return row.date !== TBD && at(row.date) <= now && (ends === TBD || now < at(ends));
        });
        expect(holding.map((row) => row.row)).toEqual(rowAt(edition(which), now) === 0 ? [] : [rowAt(edition(which), now)]);
        expect(holding.length === 0).toBe(now < at("2020-10-06"));
        for (const on of TRACKS) expect(phaseAt(edition(which), after, on, now).row).toBe(rowAt(edition(which), now));
      }),
    );
  });

  test("a date filled in never changes an earlier instant", () => {
    const days = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(days, track, component, instant, ([first, second], on, of, now) => {
        const day = (plus: number) => new Date(at("2021-06-29").getTime() + plus * 86_400_000).toISOString().slice(0, 10);
        const dated = filled("2021-06-28", { "4": day(first), "5": day(first + second) });
        const published = phaseAt(edition("2021-06-28"), after, on, now, of);
        const state = phaseAt(dated, after, on, now, of);
        if (now < at(day(first))) expect({ ...state, next: state.next?.phase }).toEqual({ ...published, next: published.next?.phase });
        else expect(state.row).toBe(now < at(day(first + second)) ? 4 : 5);
      }),
    );
  });
});
