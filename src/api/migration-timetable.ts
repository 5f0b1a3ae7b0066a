/** The MigrationTimetable resource: the administrator's choice of edition and of dates for rows that the page left open. */
import * as z from "zod";
import { conditionList, ObjectMeta } from "./migration-status.ts";

export const MigrationTimetableSpec = z
  .object({
    edition: z
      .string()
      .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)
      .meta({ description: "Edition of the published timetable, named by its date." }),
    dates: z
      .record(z.string(), z.iso.date())
      .optional()
      .meta({
        description: "Dates for rows that the edition leaves TBD, keyed by row number. A row may be dated only when all earlier rows are.",
        maxProperties: 20,
        "x-kubernetes-validations": [
          {
            rule: "self.all(row, row in ['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20'])",
            message: 'a key of dates is the number of a row, such as "4"',
          },
          {
            rule: "self.exists(row, !row.matches('^[0-9]{1,2}$')) || self.all(a, self.all(b, int(a) >= int(b) || self[a] < self[b]))",
            message: "dates must go up with the rows",
          },
        ],
      }),
  })
  .meta({ description: "Edition and dates." });
export type MigrationTimetableSpec = z.infer<typeof MigrationTimetableSpec>;

export const MigrationTimetableStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(-1)
      .optional()
      .meta({ description: "Generation of the spec that this status answers; -1 before the first look." }),
    conditions: conditionList("Ready: the edition is known and the dates fit it."),
  })
  .meta({ description: "Whether it can be used." });
export type MigrationTimetableStatus = z.infer<typeof MigrationTimetableStatus>;

/** The spec is parsed apart, so that a wrong one can be answered by name. */
export const MigrationTimetable = z.looseObject({ metadata: ObjectMeta, spec: z.unknown().optional(), status: z.unknown().optional() });
export type MigrationTimetable = z.infer<typeof MigrationTimetable>;
