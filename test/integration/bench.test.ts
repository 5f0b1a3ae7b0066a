/**
 * The benchmark's machinery, with few Deployments: each of its figures comes out. Bytes are counted, so they are held to their goal here;
 * times are another machine's matter. @newest-only, as the benchmark starts that.
 */
import { afterAll, expect, test } from "@jest/globals";
import { bench } from "../bench/bench.ts";
import { COLUMNS, goalOf, type Report, reportText, rowText } from "../bench/figures.ts";
import { ourSubjects } from "../bench/subject.ts";
import { describeWithBinaries } from "../control-plane/suite.ts";

/** With fewer, an object that is read whole as a proof of the Table would be a part of all bytes that is seen. */
const SIZE = 800;

const LIMIT_MS = 180_000;

describeWithBinaries("the benchmark", () => {
  let remove = async () => {};
  afterAll(() => remove());

  test(
    "measures some hundred Deployments",
    async () => {
      const ours = await ourSubjects(["table"]);
      remove = ours.remove;
      const said: string[] = [];
      const report: Report = await bench({
        sizes: [SIZE],
        subjects: ours.subjects,
        starts: 1,
        updates: 100,
        creations: { quiet: 0, busy: 2 },
        quietSeconds: 0,
        progress: (line) => void said.push(line),
        measured: (row) => void said.push(rowText(row)),
      });
      expect(report.rows.map(({ objects, what }) => [objects, what])).toEqual([
        [SIZE, "curl"],
        [SIZE, "table"],
      ]);
      const [curl, table] = report.rows.map(({ figures }) => figures);
      expect(curl?.bytesEach).toBeGreaterThan(5_000);
      expect(Object.keys(table ?? {}).toSorted()).toEqual(Object.keys(COLUMNS).toSorted());
      expect(Object.values(table ?? {}).filter((figure) => !Number.isFinite(figure) || figure < 0)).toEqual([]);
      expect(table?.bytesEach).toBeLessThan(goalOf("bytesEach") ?? 0);
      expect(table?.bytesEach).toBeGreaterThan(100);
      const lines = reportText(report).split("\n");
      expect(lines[0]?.split(/\s+/)).toEqual(["OBJECTS", "WHAT", ...Object.values(COLUMNS).map(({ heading }) => heading)]);
      expect(said).toContainEqual(expect.stringMatching(`^${SIZE} Deployments: table: SYNC-S `));
      expect(lines[3]).toMatch(/^any +goal /);
    },
    LIMIT_MS,
  );
});
