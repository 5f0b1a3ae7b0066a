import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sourceOf } from "../../../build/source-of.ts";
import { BUILT_IN } from "../../../src/data/built-in.ts";
import { builtInData, DEFAULT_EDITION } from "../../../src/data/built-in-data.ts";
import { editionNamed, loadData } from "../../../src/data/load.ts";
import { builtInFiles, readData } from "../../../src/data/read-data.ts";

const builtIn = (name: string) => BUILT_IN.get(`config/${name}`) ?? "";

describe("the project's own data", () => {
  test("can be read, and holds the default edition", () => {
    const { editions, reference } = builtInData();
    expect([...editions.keys()].toSorted()).toEqual(["2021-03-24", "2021-06-28", "2021-06-30", "2022-09-20"]);
    expect(editions.has(DEFAULT_EDITION)).toBe(true);
    expect(reference.releases.releases.length).toBeGreaterThan(10);
  });

  test("stays what it is when it is written down as the source that the bundle holds", () => {
    expect(new Function(`return ${sourceOf(builtInData())}`)()).toStrictEqual(builtInData());
  });

  test("an edition that nobody published is refused, with those that are known", () => {
    expect(() => editionNamed("2021-07", builtInData().editions, "edition")).toThrow(
      'edition "2021-07" is unknown; known: 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20',
    );
  });
});

test("the edition in force by default is the newest of the files", () => {
  const newest = readdirSync("config/timetable")
    .filter((name) => /^\d/.test(name))
    .toSorted()
    .at(-1);
  expect(`${DEFAULT_EDITION}.yaml`).toBe(newest);
});

test("a file that no data file is called is no edition in silence", () => {
  const files = builtInFiles();
  const edition = files.get(`timetable/${DEFAULT_EDITION}.yaml`);
  if (!edition) throw new Error("the edition has no file");
  const misnamed = new Map([...files, ["timetable/november.yaml", { ...edition, name: "config/timetable/november.yaml" }]]);
  expect(() => readData(misnamed)).toThrow(
    "config/timetable/november.yaml: no data file has this name; an edition is config/timetable/YYYY-MM-DD.yaml",
  );
});

describe("a mounted folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "data-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function mount(name: string, text: string): string {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  const refusal = async (mounted = folder) => {
    try {
      await loadData(mounted);
    } catch (error) {
      return String(error);
    }
    throw new Error("was taken");
  };

  const newer = builtIn("flux-releases.json").replace(/"asOf": *"[^"]+"/, '"asOf": "2027-01-31"');

  test("wins by name, file by file; what it does not hold is the project's own", async () => {
    mount("flux-releases.json", newer);
    const { reference, editions } = await loadData(folder);
    expect(reference.releases.asOf).toBe("2027-01-31");
    expect(editions.size).toBe(4);
  });

  test("may stand anywhere, and be named by any path", async () => {
    mount("data/flux-releases.json", newer);
    mkdirSync(join(folder, "beside"));
    for (const path of [join(folder, "data/"), `${folder}/beside/../data`, relative(process.cwd(), join(folder, "data"))]) {
      expect((await loadData(path)).reference.releases.asOf).toBe("2027-01-31");
    }
  });

  test("may be a ConfigMap, whose files are links into a hidden folder", async () => {
    mount("..2026_11_23/flux-releases.json", newer);
    symlinkSync("..2026_11_23", join(folder, "..data"));
    symlinkSync("..data/flux-releases.json", join(folder, "flux-releases.json"));
    expect((await loadData(folder)).reference.releases.asOf).toBe("2027-01-31");
  });

  test("may bring an edition", async () => {
    mount("timetable/2027-01-01.yaml", builtIn("timetable/2022-09-20.yaml").replaceAll("2022-09-20", "2027-01-01"));
    expect([...(await loadData(folder)).editions.keys()]).toContain("2027-01-01");
  });

  test("with YAML that is none is refused by file and line", async () => {
    const path = mount("actions.yaml", "flux1:\n  - phase: Maintenance\n  - phase: [unclosed\n");
    expect((await refusal()).replace(path, "FILE")).toMatch(/^UnreadableData: FILE:[34]: .+/);
  });

  test("with contents that cannot be is refused by file, line and field", async () => {
    const wrong = builtIn("timetable/2022-09-20.yaml").replace('"2022-05-01"', '"May 1, 2022"');
    const path = mount("timetable/2022-09-20.yaml", wrong);
    const line = wrong.split("\n").findIndex((text) => text.includes("May 1, 2022")) + 1;
    expect(await refusal()).toContain(`${path}:${line}: rows[3].date is "May 1, 2022"`);
  });

  test("may have an edition's name in one piece, as a key of a ConfigMap must", async () => {
    mount("timetable-2027-01-01.yaml", builtIn("timetable/2022-09-20.yaml").replaceAll("2022-09-20", "2027-01-01"));
    expect([...(await loadData(folder)).editions.keys()]).toContain("2027-01-01");
  });

  test("with a file of no known name is refused: it would change nothing, in silence", async () => {
    const path = mount("flux-release.json", newer);
    expect(await refusal()).toContain(
      `${path}: no data file has this name; want one of actions.yaml, declared-installs.yaml, flux-releases.json,`,
    );
  });

  test("with an edition under another's name is refused", async () => {
    mount("timetable/2030-01-01.yaml", builtIn("timetable/2022-09-20.yaml"));
    expect(await refusal()).toMatch(/timetable\/2030-01-01\.yaml:\d+: edition is "2022-09-20"; want the name of its file/);
  });

  test("with a phase that no advice speaks of is refused: it would recommend nothing, in silence", async () => {
    const advice = builtIn("actions.yaml").replace("phase: Superseded", "phase: Surpassed");
    expect(advice).toContain("Surpassed");
    mount("actions.yaml", advice);
    expect(await refusal()).toMatch(/row 3 has phase Superseded, which flux1 of .*actions\.yaml does not hold|actions\.yaml: .*Surpassed/);
  });

  test("with files that are none of ours beside them is read, and a hidden or foreign folder is not looked into", async () => {
    mount("flux-releases.json", newer);
    mkdirSync(join(folder, "lost+found"));
    mkdirSync(join(folder, "deep/timetable"), { recursive: true });
    writeFileSync(join(folder, ".hidden.yaml"), "x");
    symlinkSync(".", join(folder, "loop"));
    symlinkSync("/nowhere", join(folder, "lost"));
    expect((await loadData(folder)).reference.releases.asOf).toBe("2027-01-31");
  });

  test.each([
    ["images.yml", "x", /images\.yml: no data file has this name/],
    ["flux-releases", "{}", /flux-releases: no data file has this name/],
    ["actions.yaml", `flux1: []\n#${"x".repeat(2 * 1024 * 1024)}`, /actions\.yaml: has 2097\d+ bytes; want 2097152 at most/],
    ["flux-releases.json", `{"asOf": "2026-08-07", "source": "x", "minors": {}, "releases": [${"{},".repeat(20_000)}{}]}`, /and \d+ more/],
  ])("with %s that cannot be is refused in a moment (%#)", async (name, text, says) => {
    mount(name, text);
    const start = performance.now();
    expect(await refusal()).toMatch(says);
    expect((await refusal()).length).toBeLessThan(10_000);
    expect(performance.now() - start).toBeLessThan(8_000);
  });

  test("with two files for one edition is refused", async () => {
    mount("timetable/2027-01-01.yaml", builtIn("timetable/2022-09-20.yaml").replaceAll("2022-09-20", "2027-01-01"));
    mount("timetable-2027-01-01.yaml", "x");
    expect(await refusal()).toMatch(/is the same data file; keep one of them/);
  });

  test("with a folder where a file is wanted is refused", async () => {
    mkdirSync(join(folder, "flux-releases.json"), { recursive: true });
    expect(await refusal()).toContain("flux-releases.json: is no regular file");
  });

  test("that is not there is refused by name", async () => {
    expect(await refusal(join(folder, "none"))).toContain(`data folder ${join(folder, "none")} cannot be read`);
  });
});
