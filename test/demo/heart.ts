/**
 * The timetable's heart as a table: what each row asks of a fluxd that only reads, and of one that automates images. Judged by the real
 * assessment, on no cluster.
 */
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { assess } from "../../src/assess/assess.ts";
import { table } from "../../src/cli/print-status.ts";
import type { Data } from "../../src/data/read-data.ts";
import { type DetectedComponent, detectWorkload } from "../../src/detect/component.ts";
import type { Edition } from "../../src/timetable/edition.ts";
import { withDates } from "../../src/timetable/fill-dates.ts";
import { TBD } from "../../src/timetable/track.ts";
import { titled } from "./screen.ts";

const FLUXD = new URL("manifests/fluxd.yaml", import.meta.url);
const READ_ONLY_FLAG = "--git-readonly";

const Deployment = z.looseObject({
  kind: z.literal("Deployment"),
  metadata: z.looseObject({ name: z.literal("flux") }),
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ args: z.array(z.string()) })) }) }),
  }),
});

interface HeartRow {
  readonly row: number;
  readonly date: string;
  readonly phase: string;
  readonly readOnly: string;
  readonly automating: string;
}

/** @returns about ten lines, without the last line's end */
export function heart(data: Data, edition: Edition): string {
  const rows = heartRows(data, edition);
  const cells = rows.map(({ row, date, phase, readOnly, automating }) => [String(row), date, phase, readOnly, automating]);
  const header = ["ROW", "FROM", "PHASE OF FLUX 1", "FLUXD READ-ONLY", "FLUXD WITH IMAGE AUTOMATION"];
  return [
    titled(`The Flux timetable, edition ${edition.edition}: what each row asks of a fluxd`),
    table([header, ...cells]),
    moral(rows),
  ].join("\n");
}

function moral(rows: readonly HeartRow[]): string {
  const apart = rows.filter(({ readOnly, automating }) => readOnly !== automating);
  if (apart.length === 0) return "Both are asked the same in each row.";
  const last = apart.at(-1)?.row ?? 0;
  const which = apart.map(({ row }) => row).join(", ");
  return `They part in row ${which}: who only reads could move to Flux 2 then, who automates images could not before row ${last + 1}.`;
}

function heartRows(data: Data, edition: Edition): HeartRow[] {
  const deployment = loadAll(readFileSync(FLUXD, "utf8")).find((document) => Deployment.safeParse(document).success);
  const automating = Deployment.parse(deployment);
  const readOnly = structuredClone(automating);
  readOnly.spec.template.spec.containers[0]?.args.push(READ_ONLY_FLAG);
  const [readOnlyFluxd, automatingFluxd] = [readOnly, automating].map((fluxd) => detected(fluxd, data));
  const dated = datedForSure(edition);
  return dated.rows.map(({ row, date, Flux1 }, index) => ({
    row,
    date: edition.rows[index]?.date ?? date,
    phase: Flux1.phase,
    readOnly: actionFor(readOnlyFluxd ?? [], data, dated, date),
    automating: actionFor(automatingFluxd ?? [], data, dated, date),
  }));
}

function detected(fluxd: unknown, data: Data): DetectedComponent[] {
  const reading = detectWorkload(fluxd, "Deployment", data.catalogue, data.managers);
  if (reading.at === "Malformed") throw new Error(`manifests/fluxd.yaml: ${reading.problem.field} is ${reading.problem.found}`);
  return reading.components;
}

/** Rows that were announced without a date get one each, after all others: what they will ask holds whenever they come. */
function datedForSure(edition: Edition): Edition {
  const open = edition.rows.filter(({ date }) => date === TBD).map(({ row }) => row);
  const filled = withDates(edition, Object.fromEntries(open.map((row) => [String(row), `${9900 + row}-01-01`])));
  if (!filled.ok) throw new Error(filled.problems.join("; "));
  return filled.edition;
}

function actionFor(components: readonly DetectedComponent[], data: Data, edition: Edition, date: string): string {
  const { status } = assess({
    look: { components, crds: [], objects: new Map(), namespaces: new Map(), unreadable: [] },
    edition,
    data: data.reference,
    spec: {},
    generation: 1,
    settings: { clusterName: "timetable", operatorVersion: "0.0.0" },
    now: new Date(`${date}T00:00:00Z`),
  });
  return status.summary?.action ?? "Unknown";
}
