/** How the rules of config/managers.yaml are read. Applies none of them (managers.ts). */
import * as z from "zod";
import { parseData, strict } from "../data/invalid-data.ts";
import { TRACKS } from "../timetable/track.ts";
import { ManagedBy, ManagedBySource } from "./managers.ts";

const value = { equals: z.string().optional(), startsWith: z.string().min(1).optional(), sameAs: z.string().min(1).optional() };
const test = z.union(
  [
    strict({ label: z.string().min(1), ...value }),
    strict({ annotation: z.string().min(1), ...value }),
    strict({ imageUnder: z.string().min(1) }),
  ],
  { error: "label or annotation (with equals, startsWith, sameAs or nothing), or imageUnder" },
);

/** The form of config/managers.yaml. */
const ManagersFile = strict({
  rules: z.array(
    strict({
      managedBy: ManagedBy,
      track: z.enum(TRACKS).optional(),
      found: ManagedBySource,
      all: z.array(test).min(1, "one test at least: a rule without any would claim every installation"),
      source: z.string().min(1),
    }),
  ),
});
export type Managers = z.output<typeof ManagersFile>;

/**
 * @param input config/managers.yaml as its YAML reader gives it
 * @param file its name, for the error
 * @throws {InvalidData} with the file, the place, what was found and what was wanted
 */
export function parseManagers(input: unknown, file: string): Managers {
  return parseData(ManagersFile, input, file);
}
