/**
 * How the image catalogue (config/images.yaml) is read, and made ready to be asked. Asks it nothing (catalogue.ts), so that a run whose data
 * are built in, and were read when it was built, needs none of this.
 */
import * as z from "zod";
import { parseData, strict } from "../data/invalid-data.ts";
import { TRACKS, type Track } from "../timetable/track.ts";
import type { Catalogue, LabelValue, Pattern } from "./catalogue.ts";
import { COMPONENTS, type ComponentName } from "./component-name.ts";
import type { DeclaredInstalls } from "./declared-installs-file.ts";

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

const labelValue = z.union([z.string().transform((equals): LabelValue => ({ equals })), strict({ chart: z.string().min(1) })], {
  error: "a value, or {chart: NAME}",
});

const form = strict({
  path: z.string().meta({ description: "Last segments of the repository, with <any>, and with <controller> where no component is named." }),
  component: z.enum(COMPONENTS).optional().meta({ description: "What it is; else the controller that stands for <controller>." }),
  optionalSuffixes: z
    .array(z.string().regex(/^(?:[._]|-+)[a-z0-9]+$/, "a separator and small letters, -fips"))
    .default([])
    .meta({ description: "What may follow the last segment." }),
  labels: z.record(z.string(), labelValue).default({}).meta({ description: "Labels that must be there as well, <controller> allowed." }),
  flags: z
    .array(z.string().regex(/^[a-z][a-z0-9-]*$/, "a flag without its dashes, ssh-keygen-dir"))
    .default([])
    .meta({ description: "Flags, of which one must be there as well." }),
  source,
}).superRefine(({ path, component, labels, flags }, context) => {
  const last = component === undefined ? "and <controller> once, in the last one" : "but for the last one";
  const message = `segments of small letters, digits and <any>, ${last}`;
  if (!isFormPath(path, component === undefined)) return context.addIssue({ code: "custom", path: ["path"], message, input: path });
  const names = path.split("/").filter((part) => part !== ANY_SEGMENT);
  const [name = ""] = names;
  const carriesFlux = /(?:^|[-._])flux/.test(name) && name !== "flux";
  const proven = names.length > 1 || carriesFlux || Object.keys(labels).length + flags.length > 0;
  const bare = "two segments, a name with flux in it, or labels or flags beside it: a bare name is other products' as well";
  if (!proven) context.addIssue({ code: "custom", path: ["path"], message: bare, input: path });
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
 * @param installs which says what the charts install
 * @throws {InvalidData} with the file, the place, what was found and what was wanted
 */
export function parseCatalogue(input: unknown, file: string, installs: Pick<DeclaredInstalls, "charts">): Catalogue {
  const read = parseData(CatalogueFile, input, file);
  const patterns = [...read.repositories.map(repositoryPattern), ...formPatterns(read)];
  return {
    patterns: Map.groupBy(patterns, (pattern) => pattern.segments.at(-1) ?? ""),
    commands: read.commands,
    charts: new Map(COMPONENTS.map((component) => [component, versionsOf(component, read.charts[component] ?? [], installs)])),
    crds: read.crds,
    needles: shortestNeedles(patterns.map(needleOf)),
  };
}

function versionsOf(component: ComponentName, names: readonly string[], { charts }: Pick<DeclaredInstalls, "charts">) {
  const rows = charts.filter((row) => row.component === component);
  return new Map(names.map((name) => [name, new Map(Object.entries(rows.find(({ chart }) => chart === name)?.versions ?? {}))]));
}

function isFormPath(path: string, withController: boolean): boolean {
  const segments = path.split("/");
  const last = segments.pop() ?? "";
  const literal = new RegExp(`^${segment}$`);
  return (
    last.split(CONTROLLER).length === (withController ? 2 : 1) &&
    literal.test(last.replace(CONTROLLER, "x")) &&
    segments.every((part) => part === ANY_SEGMENT || literal.test(part))
  );
}

function repositoryPattern(row: CatalogueFile["repositories"][number]): Pattern {
  return { component: row.component, track: row.track, segments: row.repository.split("/"), labels: [], flags: [] };
}

function formPatterns({ repositories, forms }: CatalogueFile): Pattern[] {
  const tracks = new Map(repositories.map(({ component, track }) => [component, track]));
  const controllers = [...tracks].flatMap(([component, track]) => (track === "GitOpsToolkit" ? [component] : []));
  return forms.flatMap(({ path, component: one, optionalSuffixes, labels, flags }) =>
    ["", ...optionalSuffixes].flatMap((suffix) =>
      (one === undefined ? controllers : [one]).map((component): Pattern => {
        const named = (text: string) => text.replace(CONTROLLER, component);
        return {
          component,
          track: tracks.get(component) ?? "GitOpsToolkit",
          segments: named(`${path}${suffix}`)
            .split("/")
            .map((part) => (part === ANY_SEGMENT ? undefined : part)),
          labels: Object.entries(labels).map(([key, value]) => [key, "equals" in value ? { equals: named(value.equals) } : value] as const),
          flags,
        };
      }),
    ),
  );
}

/** The literal end of a pattern, with the slash before it; of that, the longest part without characters that a needle must not have. */
function needleOf({ segments }: Pattern): string {
  const any = segments.lastIndexOf(undefined);
  const end = `${any < 0 ? "" : "/"}${segments.slice(any + 1).join("/")}`;
  return end.split(/[^a-z0-9/-]/).reduce((longest, part) => (part.length > longest.length ? part : longest), "");
}

/** Without those that contain another: where the longer occurs, the shorter does. */
function shortestNeedles(all: readonly string[]): string[] {
  const once = [...new Set(all)];
  return once.filter((needle) => !once.some((other) => other !== needle && needle.includes(other))).sort();
}
