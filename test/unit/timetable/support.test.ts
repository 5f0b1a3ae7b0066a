import { describe, expect, test } from "@jest/globals";
import { parseAfter } from "../../../src/timetable/after.ts";
import { parseReleases } from "../../../src/timetable/releases-file.ts";
import { dataStale, supportOf } from "../../../src/timetable/support.ts";
import { after, at, problemsOf, read, releases, set } from "./config-data.ts";

const support = (minor: string, now: string) => supportOf(releases, after.policy, minor, at(now));

describe("the policy and what follows the last row", () => {
  test("three minors, one minor of skew, 120 days", () => {
    const { supportedMinors, skewMinors, staleAfterDays } = after.policy;
    expect([supportedMinors.count, skewMinors.count, staleAfterDays.count]).toEqual([3, 1, 120]);
    expect(staleAfterDays.reason).toContain("50 to 153 days");
  });

  test("general availability concerns CLI and toolkit, and gives the CLI its phase", () => {
    expect(after.events).toHaveLength(1);
    expect(after.events[0]).toMatchObject({
      date: "2023-07-05",
      event: "Flux v2.0.0, general availability",
      tracks: ["Flux2CLI", "GitOpsToolkit"],
    });
    expect(after.events[0]?.phases).toMatchObject({ Flux2CLI: { phase: "GenerallyAvailable" } });
    expect(after.events[0]?.phases.GitOpsToolkit).toBeUndefined();
  });

  const FILE = "config/timetable/after.yaml";
  test.each<[(string | number)[], unknown, string]>([
    [["policy", "supportedMinors", "count"], 0, "policy.supportedMinors.count is 0; want 1 or more"],
    [["policy", "skewMinors", "count"], 1.5, "policy.skewMinors.count is 1.5; want a whole number"],
    [["events", 0, "date"], "2023", 'events[0].date is "2023"; want an ISO date (2022-11-01)'],
    [["events", 0, "tracks", 0], "Flux3", 'events[0].tracks[0] is "Flux3"; want one of Flux1, Flux2CLI, GitOpsToolkit'],
    [["events", 0, "phases", "Flux3"], {}, "events[0].phases.Flux3 is unknown; known: Flux1, Flux2CLI, GitOpsToolkit"],
  ])("refused: %j", (path, value, problem) => {
    expect(problemsOf(() => parseAfter(set(read("timetable/after.yaml"), path, value), FILE))).toEqual([`${FILE}: ${problem}`]);
  });

  test("events out of order are refused", () => {
    const [event] = after.events;
    const events = [event, { ...event, date: "2023-01-01" }];
    expect(problemsOf(() => parseAfter({ ...after, events }, FILE))).toEqual([
      `${FILE}: events[1].date is "2023-01-01"; want 2023-07-05 or later, as events[0].date`,
    ]);
  });
});

describe("support of a minor", () => {
  test.each([
    ["2.9", { support: "Current" }],
    ["2.8", { support: "Supported" }],
    ["2.7", { support: "Ending", endsWith: "2.10" }],
    ["2.6", { support: "EndOfSupport", ended: "2026-06-30" }],
    ["2.2", { support: "EndOfSupport", ended: "2025-02-20" }],
    ["0.41", { support: "EndOfSupport", ended: "2023-12-12" }],
    ["2.10", { support: "Unknown", why: "Flux 2.10 is newer than 2.9, the newest in the release data as of 2026-08-07" }],
    ["1.0", { support: "Unknown", why: "Flux 1.0 is not in the release data as of 2026-08-07" }],
    ["v2.9.4", { support: "Unknown", why: '"v2.9.4" is no minor version of Flux, such as 2.9' }],
  ])("%s on 2026-11-23", (minor, state) => {
    expect(support(minor, "2026-11-23")).toEqual(state);
  });

  test("changes at 00:00 UTC of a release", () => {
    expect(support("2.6", "2026-06-29T23:59:59.999Z")).toEqual({ support: "Ending", endsWith: "2.9" });
    expect(support("2.6", "2026-06-30T00:00:00.000Z")).toEqual({ support: "EndOfSupport", ended: "2026-06-30" });
  });

  test("on an earlier day only what was released counts", () => {
    expect(support("2.0", "2023-08-01")).toEqual({ support: "Current" });
    expect(support("0.41", "2023-08-01")).toEqual({ support: "Supported" });
    expect(support("2.1", "2023-08-01")).toMatchObject({ support: "Unknown" });
    expect(support("0.39", "2023-05-01")).toEqual({ support: "Ending", endsWith: "2.0" });
    expect(support("2.9", "2020-01-01")).toEqual({
      support: "Unknown",
      why: "Flux 2.9 is newer than any released by 2020-01-01",
    });
    expect(support("2.9", "2025-01-01")).toEqual({
      support: "Unknown",
      why: "Flux 2.9 is newer than 2.4, the newest released by 2025-01-01",
    });
  });

  test("on the day of each minor, from the third on, exactly three are supported", () => {
    releases.minors.slice(2).forEach(({ minor, released }) => {
      const states = releases.minors.map((each) => [each.minor, support(each.minor, released).support]);
      const supported = states.filter(([, state]) => state === "Current" || state === "Supported" || state === "Ending");
      const newest = releases.minors.filter((each) => each.released <= released).map((each) => each.minor);
      expect(supported.map(([name]) => name)).toEqual(newest.slice(-3));
      expect(newest).toContain(minor);
    });
  });

  test("an end of support, once reached, keeps its day", () => {
    const days = releases.minors.map(({ released }) => released);
    for (const { minor } of releases.minors) {
      const ends = days.flatMap((day) => support(minor, day).ended ?? []);
      expect(new Set(ends).size).toBe(minor === "2.7" || minor === "2.8" || minor === "2.9" ? 0 : 1);
    }
  });

  test("2.10 is one minor after 2.9", () => {
    const components = {};
    const versions = ["v2.8.0", "v2.9.0", "v2.10.0", "v2.11.0"];
    const listed = versions.map((version, index) => ({ version, date: `2026-0${index + 1}-01`, components }));
    const data = parseReleases({ asOf: "2026-06-01", source: "test", minors: {}, releases: listed }, "test");
    expect(supportOf(data, after.policy, "2.8", at("2026-06-01"))).toEqual({ support: "EndOfSupport", ended: "2026-04-01" });
    expect(supportOf(data, after.policy, "2.9", at("2026-06-01"))).toEqual({ support: "Ending", endsWith: "2.12" });
  });
});

test("release data turn stale 120 days after asOf", () => {
  const stale = (now: string) => dataStale(releases, after.policy, at(now));
  expect(stale("2026-12-04T23:59:59.999Z")).toEqual({ stale: false, since: "2026-12-05" });
  expect(stale("2026-12-05")).toEqual({ stale: true, since: "2026-12-05" });
});
