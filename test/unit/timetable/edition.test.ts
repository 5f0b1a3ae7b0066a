import { describe, expect, test } from "@jest/globals";
import { InvalidData } from "../../../src/data/invalid-data.ts";
import { parseEdition } from "../../../src/timetable/edition.ts";
import { PHASES, TRACKS } from "../../../src/timetable/track.ts";
import { EDITIONS, edition, problemsOf, read, releases, set } from "./config-data.ts";

const FILE = "config/timetable/2022-09-20.yaml";
const last = read("timetable/2022-09-20.yaml");
const refused = (path: readonly (string | number)[], value: unknown) => problemsOf(() => parseEdition(set(last, path, value), FILE));
const texts = (name: string, row: number, track: "Flux1" | "Flux2CLI" | "GitOpsToolkit") =>
  edition(name).rows[row - 1]?.[track].statements.map(({ text }) => text) ?? [];

describe("the published editions", () => {
  test("are four, each named by its file", () => {
    expect(EDITIONS).toEqual(["2021-03-24", "2021-06-28", "2021-06-30", "2022-09-20"]);
    expect(EDITIONS.map((name) => edition(name).edition)).toEqual(EDITIONS);
  });

  test.each([
    ["2021-03-24", ["2020-10-06", "2021-02-18", "TBD", "TBD", "TBD"]],
    ["2021-06-28", ["2020-10-06", "2021-02-18", "2021-06-29", "TBD", "TBD"]],
    ["2021-06-30", ["2020-10-06", "2021-02-18", "2021-06-30", "TBD", "TBD"]],
    ["2022-09-20", ["2020-10-06", "2021-02-18", "2021-06-30", "2022-05-01", "2022-11-01"]],
  ])("%s has the dates of its page", (name, dates) => {
    expect(edition(name).rows.map((row) => row.date)).toEqual(dates);
  });

  const FLUX1 = ["Maintenance", "PartialMigration", "Superseded", "MigrationAndSecuritySupport", "Archived"];
  const CLI = ["Development", "FeatureParity", "NeedsTesting", "GenerallyAvailable", "ContinuedDevelopment"];
  const TOOLKIT = ["Alpha", "Beta", "BetaProductionReady", "BetaProductionReady", "ContinuedDevelopment"];
  const LAST_CLI = ["Development", "FeatureParity", "NeedsTesting", "Beta", "ReleaseCandidate"];
  const LAST_TOOLKIT = ["Alpha", "Beta", "BetaProductionReady", "BetaProductionReady", "StableProductionReady"];
  test.each([
    ["2021-03-24", FLUX1, CLI, TOOLKIT],
    ["2021-06-28", FLUX1, CLI, TOOLKIT],
    ["2021-06-30", FLUX1, CLI, TOOLKIT],
    ["2022-09-20", FLUX1, LAST_CLI, LAST_TOOLKIT],
  ])("%s has the phases of its page", (name, ...tracks) => {
    const { rows } = edition(name);
    expect(TRACKS.map((track) => rows.map((row) => row[track].phase))).toEqual(tracks);
  });

  const REFERENCE_NAMES = [
    ["Maintenance Mode", "Development Mode", "All Alpha"],
    ["Partial Migration Mode", "Feature Parity", "All others reached Feature Parity, Beta"],
    ["Superseded", "Needs further testing, may get breaking changes", "All Beta, Production Ready"],
    ["Migration and security support only", "Public release (GA), Production Ready", "All Beta, Production Ready"],
    ["Archived", "Continued active development", "Continued active development"],
  ];
  const LAST_NAMES = [
    ...REFERENCE_NAMES.slice(0, 3),
    ["Migration and security support only", "Beta, Production Ready", "All Beta, Production Ready"],
    ["Archived", "Public release candidate, Production Ready", "All stable, Production Ready"],
  ];
  test.each([
    ["2021-03-24", REFERENCE_NAMES],
    ["2021-06-28", REFERENCE_NAMES],
    ["2021-06-30", REFERENCE_NAMES],
    ["2022-09-20", LAST_NAMES],
  ])("%s has the names as published", (name, names) => {
    expect(edition(name).rows.map((row) => TRACKS.map((track) => row[track].publishedName))).toEqual(names);
  });

  test.each(EDITIONS)("%s keeps image automation alpha in row 2, and nothing else apart", (name) => {
    const exceptions = edition(name).rows.map((row) =>
      TRACKS.flatMap((track): { components: string[]; phase: string; publishedName: string }[] => row[track].exceptions ?? []),
    );
    expect(exceptions.map((row) => row.length)).toEqual([0, 1, 0, 0, 0]);
    expect(exceptions[1]?.[0]).toMatchObject({
      components: ["image-automation-controller", "image-reflector-controller"],
      phase: "Alpha",
      publishedName: "Image Automation Alpha",
    });
    const shipped = new Set(releases.releases.flatMap((release) => Object.keys(release.components)));
    for (const component of exceptions.flat().flatMap((exception) => exception.components)) expect(shipped).toContain(component);
  });
});

describe("every sentence of the page stands as data", () => {
  // Sentences and list items of the reference edition, counted cell by cell; a cell with a name alone says what that name says.
  const REFERENCE = [
    [3, 2, 1],
    [2, 1, 1],
    [3, 2, 2],
    [3, 2, 1],
    [2, 1, 1],
  ];
  const LAST = [...REFERENCE.slice(0, 3), [2, 1, 1], [3, 2, 1]];
  test.each([
    ["2021-03-24", REFERENCE],
    ["2021-06-28", REFERENCE],
    ["2021-06-30", REFERENCE],
    ["2022-09-20", LAST],
  ])("%s: rows, commitment and footnotes, each with its source", (name, counts) => {
    const { source, commitment, rows, footnotes } = edition(name);
    expect(rows.map((row) => TRACKS.map((track) => row[track].statements.length))).toEqual(counts);
    expect(commitment.statements).toHaveLength(3);
    expect([footnotes.toolkit, footnotes.versioning, footnotes.stableApis].map((note) => note.statements.length)).toEqual([1, 5, 2]);
    const sources = [commitment, ...Object.values(footnotes), ...rows.flatMap((row) => TRACKS.map((track) => row[track]))];
    expect(new Set(sources.map((each) => each.source))).toEqual(new Set(["https://fluxcd.io/flux/migration/timetable/"]));
    expect(source.page).toBe("https://fluxcd.io/flux/migration/timetable/");
    const all = sources.flatMap((each) => each.statements.map(({ text }) => text));
    for (const text of all) expect(text).toMatch(/^[A-Z].*\.$/);
  });

  test("2021-03-24 archives the Helm Operator in row 3, the later ones freeze its code", () => {
    expect(texts("2021-03-24", 3, "Flux1").join(" ")).toMatch(
      /Helm Operator is archived .* no further updates: .* depends on .* no longer supported/,
    );
    for (const name of ["2021-06-28", "2021-06-30", "2022-09-20"])
      expect(texts(name, 3, "Flux1").join(" ")).toMatch(/Helm Operator is frozen.*CVEs/);
  });

  test("2021-06-30 differs from the reference by the date of row 3 alone", () => {
    const moved = set(set(read("timetable/2021-06-28.yaml"), ["edition"], "2021-06-30"), ["rows", 2, "date"], "2021-06-30");
    expect(read("timetable/2021-06-30.yaml")).toEqual(moved);
  });

  test("2022-09-20 drops the announcement in row 4, and archives the Helm Operator's repository in row 5", () => {
    expect(texts("2021-06-30", 4, "Flux1").join(" ")).toContain("announced");
    expect(texts("2022-09-20", 4, "Flux1").join(" ")).not.toContain("announced");
    expect(texts("2021-06-30", 5, "Flux1").join(" ")).not.toContain("Helm Operator");
    expect(texts("2022-09-20", 5, "Flux1")).toContain("The repository of the Helm Operator is archived.");
  });

  test("asks those whom the page asks", () => {
    const asks = edition("2021-06-28").rows.map((row) =>
      TRACKS.map((track) => row[track].statements.flatMap(({ asksOf }) => asksOf ?? []).join()),
    );
    expect(asks).toEqual([
      ["ExistingProjects", "NewProjects", ""],
      ["ExistingProjects,ExistingProjects", "", ""],
      ["ExistingProjects,ExistingProjects", "Users", ""],
      ["", "", ""],
      ["", "", ""],
    ]);
  });

  test("footnotes: stable API versions, numbering schemes, and the cells that they hang on", () => {
    for (const name of EDITIONS.slice(0, 3)) expect(edition(name).footnotes.stableApis.apiVersions).toEqual(["v1beta1", "v2beta1"]);
    const { footnotes, rows } = edition("2022-09-20");
    expect(footnotes.stableApis.apiVersions).toEqual(["v1beta1", "v1beta2", "v2beta1", "v2beta2"]);
    expect(footnotes.versioning.schemes.Flux2CLI).toBe("https://semver.org/");
    expect(rows.map((row) => TRACKS.map((track) => row[track].footnote))).toEqual([
      [undefined, undefined, 2],
      [undefined, undefined, undefined],
      [undefined, undefined, 3],
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });
});

describe("an edition that cannot be used is refused, by place, found and wanted", () => {
  test.each<[string, (string | number)[], unknown, string]>([
    ["a date in words", ["rows", 4, "date"], "Nov 1, 2022", 'rows[4].date is "Nov 1, 2022"; want an ISO date (2022-11-01) or TBD'],
    [
      "an impossible date",
      ["rows", 4, "date"],
      "2022-02-30",
      'rows[4].date is "2022-02-30"; want a day that exists: an ISO date (2022-11-01) or TBD',
    ],
    [
      "month 13",
      ["rows", 4, "date"],
      "2022-13-01",
      'rows[4].date is "2022-13-01"; want a day that exists: an ISO date (2022-11-01) or TBD',
    ],
    ["no date", ["rows", 4, "date"], undefined, "rows[4].date is missing; want an ISO date (2022-11-01) or TBD"],
    [
      "a date that YAML 1.1 has read",
      ["rows", 4, "date"],
      new Date("2022-11-01"),
      'rows[4].date is "2022-11-01T00:00:00.000Z"; want an ISO date (2022-11-01) or TBD',
    ],
    ["a date out of order", ["rows", 4, "date"], "2022-01-01", 'rows[4].date is "2022-01-01"; want a day after rows[3].date, 2022-05-01'],
    ["a date twice", ["rows", 4, "date"], "2022-05-01", 'rows[4].date is "2022-05-01"; want a day after rows[3].date, 2022-05-01'],
    ["a date after TBD", ["rows", 3, "date"], "TBD", 'rows[4].date is "2022-11-01"; want TBD, as rows[3].date is TBD'],
    ["a wrong row number", ["rows", 2, "row"], 4, "rows[2].row is 4; want 3"],
    ["a row number as text", ["rows", 2, "row"], "3", 'rows[2].row is "3"; want a number'],
    ["an unknown track", ["rows", 0, "Flux3"], {}, "rows[0].Flux3 is unknown; known: row, date, Flux1, Flux2CLI, GitOpsToolkit"],
    ["an unknown key", ["colour"], "red", "colour is unknown; known: edition, source, commitment, rows, footnotes"],
    ["a missing track", ["rows", 0, "Flux1"], undefined, "rows[0].Flux1 is missing; want a mapping"],
    [
      "an unknown phase",
      ["rows", 0, "Flux1", "phase"],
      "Dead",
      'rows[0].Flux1.phase is "Dead"; want one of Maintenance, PartialMigration, Superseded, MigrationAndSecuritySupport, Archived',
    ],
    [
      "a phase that goes back",
      ["rows", 3, "Flux1", "phase"],
      "Maintenance",
      'rows[3].Flux1.phase is "Maintenance"; want Superseded or later, as rows[2] has it',
    ],
    [
      "an exception that goes back",
      ["rows", 2, "GitOpsToolkit", "exceptions"],
      [{ components: ["source-controller"], phase: "Alpha", publishedName: "Alpha", statements: [{ text: "Alpha." }] }],
      'rows[2].GitOpsToolkit.exceptions[0].phase is "Alpha"; want Beta or later, as rows[1] has it',
    ],
    ["no rows", ["rows"], [], "rows is an empty list; want something in it"],
    ["no statements", ["rows", 0, "Flux1", "statements"], [], "rows[0].Flux1.statements is an empty list; want something in it"],
    ["an empty name", ["rows", 0, "Flux1", "publishedName"], "", 'rows[0].Flux1.publishedName is ""; want something in it'],
    ["no address", ["rows", 0, "Flux1", "source"], "fluxcd", 'rows[0].Flux1.source is "fluxcd"; want an address (https://...)'],
    [
      "no API version",
      ["footnotes", "stableApis", "apiVersions", 0],
      "beta",
      'footnotes.stableApis.apiVersions[0] is "beta"; want an API version (v1beta1)',
    ],
    ["an edition that is no day", ["edition"], "latest", 'edition is "latest"; want an ISO date (2022-11-01)'],
  ])("%s", (_, path, value, problem) => {
    expect(refused(path, value)).toEqual([`${FILE}: ${problem}`]);
  });

  test("all problems at once, one line each", () => {
    const bad = [
      [["rows", 0, "date"], "soon"],
      [["rows", 1, "row"], 7],
      [["rows", 3, "date"], "2021-01-01"],
      [["rows", 4, "Flux2CLI", "phase"], "Development"],
    ] as const;
    const broken = bad.reduce<unknown>((data, [path, value]) => set(data, path, value), last);
    const problems = problemsOf(() => parseEdition(broken, FILE));
    expect(problems.sort()).toEqual([
      `${FILE}: rows[0].date is "soon"; want an ISO date (2022-11-01) or TBD`,
      `${FILE}: rows[1].row is 7; want 2`,
      `${FILE}: rows[3].date is "2021-01-01"; want a day after rows[2].date, 2021-06-30`,
      `${FILE}: rows[4].Flux2CLI.phase is "Development"; want Beta or later, as rows[3] has it`,
    ]);
    expect(() => parseEdition(broken, FILE)).toThrow(InvalidData);
  });

  test.each([
    [null, "null"],
    ["text", '"text"'],
    [[], "an empty list"],
  ])("%j as a whole", (input, shown) => {
    expect(problemsOf(() => parseEdition(input, FILE))).toEqual([`${FILE}: the whole is ${shown}; want a mapping`]);
  });

  test("rows of any form never break the check of their order", () => {
    for (const rows of [
      null,
      "x",
      [null],
      [1, "x", {}],
      [{ date: 3, Flux1: "x", GitOpsToolkit: { exceptions: [null, 4, { components: 1 }] } }],
    ]) {
      expect(problemsOf(() => parseEdition({ rows }, FILE)).length).toBeGreaterThan(0);
    }
  });
});

test("no phase stands twice in the order of its track", () => {
  for (const track of TRACKS) expect(new Set(PHASES[track]).size).toBe(PHASES[track].length);
});
