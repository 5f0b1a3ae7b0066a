/** The timetable's heart in ten lines: what each row asked of a read-only fluxd, and of one that updates images. Judged, not written by hand. */
import { loadAll } from "js-yaml";
import * as z from "zod";
import { assess } from "../../src/assess/assess.ts";
import { table } from "../../src/cli/print-status.ts";
import type { Data } from "../../src/data/load.ts";
import { detectWorkload } from "../../src/detect/component.ts";
import { type Edition, TBD } from "../../src/timetable/edition.ts";

const Fluxd = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ args: z.array(z.string()) })) }) }),
  }),
});

/** @param manifest the demo's fluxd, which updates images; `--git-readonly` makes the other one of it */
export function heart(edition: Edition, data: Data, manifest: string): string {
  const automating = Fluxd.parse(loadAll(manifest)[0]);
  const readOnly = structuredClone(automating);
  readOnly.spec.template.spec.containers[0]?.args.push("--git-readonly");
  const rows = edition.rows.map((row) => {
    if (row.date === TBD) return [String(row.row), "no date yet", row.Flux1.phase, "-", "-"];
    const now = new Date(`${row.date}T00:00:00Z`);
    return [String(row.row), row.date, row.Flux1.phase, asked(readOnly, edition, data, now), asked(automating, edition, data, now)];
  });
  const title = `The timetable, edition ${edition.edition}: what each row asks of fluxd`;
  return `${title}\n\n${table([["ROW", "FROM", "FLUX 1 IS IN", "READ-ONLY", "WITH IMAGE AUTOMATION"], ...rows])}`;
}

function asked(fluxd: object, edition: Edition, data: Data, now: Date): string {
  const reading = detectWorkload(fluxd, "Deployment", data.catalogue, data.managers);
  const components = reading.at === "Read" ? reading.components : [];
  const look = { components, crds: [], objects: new Map(), namespaces: new Map(), unreadable: [] };
  const settings = { clusterName: "demo", operatorVersion: "0.0.0" };
  const { summary } = assess({ look, edition, data: data.reference, spec: {}, generation: 1, settings, now }).status;
  return `${summary?.action} (${summary?.severity})`;
}
