/**
 * How the image catalogue (config/images.yaml) is read, and made ready to be asked. Asks it nothing (catalogue.ts), so that a run whose data
 * are built in, and were read when it was built, needs none of this.
 */
import * as z from "zod";
import { parseData, strict } from "../data/invalid-data.ts";
import { TRACKS, type Track } from "../timetable/track.ts";
import type { Catalogue, Pattern } from "./catalogue.ts";
import { COMPONENTS, type ComponentName } from "./component-name.ts";

const CONTROLLER = "<controller>";
const ANY_SEGMENT = "<any>";

const source = z.string().min(1).meta({ description: "Where the fact comes from." });
const words = z.array(z.string().min(1)).transform((list): ReadonlySet<string> => new Set(list));
const prefixes = z
  .record(z.string().min(1), words)
  .transform((record): ReadonlyMap<string, ReadonlySet<string>> => new Map(Object.entries(record)));
const segment = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";

const repositoryRow = strict({
  repository: z
    .string()
    .regex(new RegExp(`^${segment}/${segment}$`), "two path segments, fluxcd/flux: one alone would match other products")
    .meta({ description: "The last two segments of the repository; any registry or mirror may stand before them." }),
  component: z.enum(COMPONENTS),
  track: z.enum(TRACKS),
  source,
});

const form = strict({
  path: z
    .string()
    .refine(isFormPath, "segments of small letters, digits and <any>, and <controller> once, in the last one")
    .meta({ description: "Last segments of the repository, with <controller> and <any>." }),
  optionalSuffixes: z
    .array(z.string().regex(/^(?:[._]|-+)[a-z0-9]+$/, "a separator and small letters, -fips"))
    .default([])
    .meta({ description: "What may follow the last segment." }),
  labels: z.record(z.string(), z.string()).default({}).meta({ description: "Labels that must be there as well, <controller> allowed." }),
  source,
});

const crdRow = z.union([
  strict({ group: z.string().min(1), track: z.enum(["Flux1", "GitOpsToolkit"]), source }),
  strict({ name: z.string().min(1), track: z.enum(["Flux1", "GitOpsToolkit"]), source }),
]);

/** The form of config/images.yaml. */
export const CatalogueFile = strict({
  repositories: z.array(repositoryRow).min(1),
  forms: z.array(form),
  commands: strict({ daemons: z.record(z.enum(COMPONENTS), words), shells: words, prefixes, utilities: words }),
  charts: z.partialRecord(z.enum(COMPONENTS), z.array(z.string().min(1))),
  crds: z.array(crdRow).min(1),
}).superRefine(({ repositories }, context) => {
  const tracks = new Map<ComponentName, Track>();
  const names = new Set<string>();
  for (const [index, row] of repositories.entries()) {
    const track = tracks.get(row.component) ?? row.track;
    tracks.set(row.component, track);
    if (track !== row.track) context.addIssue({ code: "custom", path: ["repositories", index, "track"], message: track });
    if (names.has(row.repository)) context.addIssue({ code: "custom", path: ["repositories", index, "repository"], message: "each once" });
    names.add(row.repository);
  }
});
export type CatalogueFile = z.output<typeof CatalogueFile>;

/**
 * @param input config/images.yaml as its YAML reader gives it
 * @param file its name, for the error
 * @throws {InvalidData} with the file, the place, what was found and what was wanted
 */
export function parseCatalogue(input: unknown, file: string): Catalogue {
  const read = parseData(CatalogueFile, input, file);
  const patterns = [...read.repositories.map(repositoryPattern), ...formPatterns(read)];
  return {
    patterns: Map.groupBy(patterns, (pattern) => pattern.segments.at(-1) ?? ""),
    commands: read.commands,
    charts: read.charts,
    crds: read.crds,
    needles: shortestNeedles(patterns.map(needleOf)),
  };
}

function isFormPath(path: string): boolean {
  const segments = path.split("/");
  const last = segments.pop() ?? "";
  const literal = new RegExp(`^${segment}$`);
  return (
    last.split(CONTROLLER).length === 2 &&
    literal.test(last.replace(CONTROLLER, "x")) &&
    segments.every((part) => part === ANY_SEGMENT || literal.test(part))
  );
}

function repositoryPattern(row: CatalogueFile["repositories"][number]): Pattern {
  return { component: row.component, track: row.track, segments: row.repository.split("/"), labels: [] };
}

function formPatterns(file: CatalogueFile): Pattern[] {
  const toolkit = file.repositories.filter(({ track }) => track === "GitOpsToolkit");
  const controllers = [...new Set(toolkit.map(({ component }) => component))];
  return file.forms.flatMap(({ path, optionalSuffixes, labels }) =>
    ["", ...optionalSuffixes].flatMap((suffix) =>
      controllers.map(
        (component): Pattern => ({
          component,
          track: "GitOpsToolkit",
          segments: `${path}${suffix}`
            .replace(CONTROLLER, component)
            .split("/")
            .map((part) => (part === ANY_SEGMENT ? undefined : part)),
          labels: Object.entries(labels).map(([key, value]) => [key, value.replace(CONTROLLER, component)] as const),
        }),
      ),
    ),
  );
}

/** The literal end of a pattern; of that, the longest part without characters that a needle must not have. */
function needleOf({ segments }: Pattern): string {
  const end = segments.slice(segments.lastIndexOf(undefined) + 1).join("/");
  return end.split(/[^a-z0-9/-]/).reduce((longest, part) => (part.length > longest.length ? part : longest), "");
}

/** Without those that contain another: where the longer occurs, the shorter does. */
function shortestNeedles(all: readonly string[]): string[] {
  const once = [...new Set(all)];
  return once.filter((needle) => !once.some((other) => other !== needle && needle.includes(other))).sort();
}
