/**
 * What holds for every input, however hostile: one property an entry, checked many times by `npm test` and for hours by `npm run fuzz`.
 * An input is a JSON value, so that one that failed can be kept in kept/ and checked again for ever.
 */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import fc from "fast-check";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { readCommand } from "../../src/detect/command.ts";
import { COMPONENTS, type ComponentName } from "../../src/detect/component-name.ts";
import { fluxdFeatures, readFluxdFlags } from "../../src/detect/fluxd-flags.ts";
import { parseImageReference } from "../../src/detect/image-reference.ts";
import type { ManifestPart } from "../../src/manifests/manifest.ts";
import { ManifestReader } from "../../src/manifests/manifest-reader.ts";
import { needleTest } from "../../src/manifests/needles.ts";
import { readHelmOperatorFlags } from "../../src/plan/helm-operator.ts";
import { scanNeedles } from "../../src/scan/needles.ts";
import type { Scanned } from "../../src/scan/report.ts";
import { csvReport } from "../../src/scan/report-csv.ts";
import { markdownReport } from "../../src/scan/report-markdown.ts";
import { sarifReport } from "../../src/scan/report-sarif.ts";
import { tableReport } from "../../src/scan/report-table.ts";
import { Survey } from "../../src/scan/survey.ts";
import { data, found, judged, partsOf, wanted as wantedByScan, workload } from "../unit/scan/scanned.ts";
import { spelled } from "./spelling.ts";
import { hostileText } from "./texts.ts";
import { objects } from "./workloads.ts";

/** One thing that always holds. `check` throws where it does not. */
export interface Property<T = unknown> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<T>;
  /** Cases in `npm test`, where they are fewer than those of the others. */
  readonly casesInTest?: number;
  check(input: T): void;
}

function wrong(message: string): never {
  throw new Error(message);
}

/** Ends a line, steers a terminal, or turns text around. */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

const image: Property<string> = {
  name: "image",
  inputs: hostileText,
  check: (text) => {
    const read = parseImageReference(text);
    if ("problem" in read) return;
    if (read.path.length === 0 || read.path.some((segment) => !/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(segment)))
      wrong(`path ${read.path.join("/")}`);
    const again = parseImageReference([...(read.domain === undefined ? [] : [read.domain]), ...read.path].join("/"));
    if ("problem" in again) wrong(`its own name is none: ${again.problem}`);
  },
};

/** What a shell makes of it again is the text itself. */
const quotedForShell = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
/** A parameter is filled in wherever it stands, also in quotes, where a shell would not. */
const PARAMETER = /^\$(?:[0@*]|\{[@*]\})$/;

const commandLine: Property<{ component: ComponentName; command: string[]; args: string[] }> = {
  name: "arguments",
  inputs: fc.record({
    component: fc.constantFrom(...COMPONENTS),
    command: fc.array(hostileText, { maxLength: 5 }),
    args: fc.array(hostileText, { maxLength: 6 }),
  }),
  check: ({ component, command, args }) => {
    const read = readCommand(command, args, component, data.catalogue);
    const flags = read.runs === "Daemon" ? read.args : args;
    const features = fluxdFeatures(flags);
    if (features.includes("ReadOnly") && features.includes("ImageAutomation")) wrong("read-only, and writing images");
    if (new Set(features).size !== features.length) wrong("a feature twice");
    for (const parsed of [readFluxdFlags(flags), readHelmOperatorFlags(flags)]) {
      const values = [...parsed.flags.values()].flat();
      // Booleans that run together are several of one word; a word is told once, as a value, as no flag or as a problem.
      if (parsed.rest.length + parsed.problems.length > flags.length) wrong("more words than there were");
      for (const text of [...values, ...parsed.rest])
        if (text !== "true" && !flags.some((word) => word.includes(text))) wrong(`a value that nobody gave: ${text}`);
      if (flags.length > 0 && values.length + parsed.rest.length + parsed.problems.length === 0 && flags[0] !== "--") wrong("all is lost");
    }
    throughShell(
      component,
      args.filter((word) => !PARAMETER.test(word)),
    );
  },
};

/** A daemon that a shell starts has the same arguments as one that is started by itself, through however many shells. */
function throughShell(component: ComponentName, args: readonly string[]): void {
  const program = [...data.catalogue.commands.daemons[component]][0] ?? component;
  let script = ["exec", program, ...args.map(quotedForShell)].join(" ");
  for (const shell of ["sh", "/bin/bash"]) {
    const read = readCommand([shell, "-c"], [script], component, data.catalogue);
    if (read.runs !== "Daemon" || JSON.stringify(read.args) !== JSON.stringify(args)) wrong(`other arguments through ${shell}: ${script}`);
    script = `set -e; ${shell} -c ${quotedForShell(script)}`;
  }
}

const YAML_PIECES = [
  "---\n",
  "- ",
  ": ",
  "a: ",
  "kind: Deployment\n",
  "apiVersion: apps/v1\n",
  "  ",
  "\n",
  "&a ",
  "*a",
  "<<: *a\n",
  "{",
  "}",
  "[",
  "]",
  '"',
  "'",
  "|\n",
  ">-\n",
  "!!binary ",
  "!x ",
  "%TAG ! x\n",
  "? ",
  "...\n",
  "items:\n",
  "kind: List\n",
  "\\x41",
  "\\u0041",
  "fluxcd/flux",
  "{{ .x }}",
  "#",
  "\t",
  "\r\n",
  "\u0000",
  "\ufeff",
  "yes",
  "0o7",
  "1e3",
  "2022-11-01",
];
const manifestText = fc.oneof(
  fc.array(fc.oneof(fc.constantFrom(...YAML_PIECES), hostileText), { maxLength: 25 }).map((pieces) => pieces.join("")),
  fc.tuple(objects, fc.array(fc.nat(2_000), { maxLength: 3 }), fc.constantFrom(...YAML_PIECES)).map(([all, places, piece]) => {
    const text = all.map((object) => JSON.stringify(object, null, 1)).join("\n---\n");
    return places.reduce(
      (before, place) => before.slice(0, place % (before.length + 1)) + piece + before.slice(place % (before.length + 1)),
      text,
    );
  }),
);
const wanted = needleTest(["fluxcd/flux"]);

/** A part, and whether the shortcut would have had its document parsed. */
interface Read {
  readonly part: ManifestPart;
  readonly wanted: boolean;
}

function read(bytes: Buffer, size: number): Read[] {
  let isWanted = true;
  const reader = new ManifestReader({
    file: "a.yaml",
    wanted: (document) => {
      isWanted = wanted(document);
      return true;
    },
  });
  const parts: Read[] = [];
  // A document's parts follow the question whether it is wanted.
  const take = (found: Iterable<ManifestPart>) => {
    for (const part of found) parts.push({ part, wanted: isWanted });
  };
  for (let at = 0; at < bytes.length; at += size) take(reader.push(bytes.subarray(at, at + size)));
  take(reader.end());
  return parts;
}

const told = (parts: readonly Read[]) => parts.map(({ part }) => `${part.line} ${part.at === "Object" ? part.kind : part.why}`).join("\n");

const manifest: Property<{ text: string; encoding: "utf8" | "utf16le"; size: number }> = {
  name: "manifest",
  inputs: fc.record({ text: manifestText, encoding: fc.constantFrom("utf8", "utf16le"), size: fc.integer({ min: 1, max: 300 }) }),
  check: ({ text, encoding, size }) => {
    const bytes = Buffer.from(encoding === "utf16le" ? `\ufeff${text}` : text, encoding);
    const whole = read(bytes, bytes.length || 1);
    const lines = text.split(/\r\n|\r|\n/).length;
    for (const { part, wanted } of whole) {
      if (!(part.line >= 1 && part.line <= lines)) wrong(`line ${part.line} of ${lines}`);
      if (part.at !== "Object" && STEERING.test(part.why)) wrong("a reason that steers the terminal");
      if (part.at === "Object" && !wanted && holds(part.value, "fluxcd/flux", 0)) wrong("the shortcut is blind");
    }
    if (told(read(bytes, size)) !== told(whole)) wrong("other parts where the bytes come in other pieces");
  },
};

function holds(value: unknown, word: string, depth: number): boolean {
  if (typeof value === "string") return value.includes(word);
  if (typeof value !== "object" || value === null || depth > 8) return false;
  return Object.entries(value).some(([key, inner]) => key.includes(word) || holds(inner, word, depth + 1));
}

/** What a scan knows of a document: it need not know of one that holds nothing, so namespaces and what is broken may differ. */
function known(parts: readonly ManifestPart[]): string {
  const survey = new Survey(data);
  for (const part of parts) survey.add(part);
  const { components, crds, objects } = survey.look(1);
  return JSON.stringify([components, crds, [...(objects ?? [])]]);
}

const NOTHING = known([]);
const needles = scanNeedles(data.catalogue, data.declaredInstalls);

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  utf8: (text) => Buffer.from(text),
  "utf8 with its mark": (text) => Buffer.from(`\ufeff${text}`),
  utf16le: (text) => Buffer.from(text, "utf16le"),
  "utf16le with its mark": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  utf16be: (text) => Buffer.from(text, "utf16le").swap16(),
  "utf16be with its mark": (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
};

const shortcut: Property<{ all: unknown[]; choices: number[]; encoding: string }> = {
  name: "shortcut",
  casesInTest: 10_000,
  inputs: fc.record({
    all: objects,
    choices: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 }),
    encoding: fc.constantFrom(...Object.keys(ENCODINGS)),
  }),
  check: ({ all, choices, encoding }) => {
    const text = all.map((object) => spelled(object, choices)).join("---\n");
    const bytes = ENCODINGS[encoding]?.(text) ?? Buffer.from(text);
    // What the shortcut passes over, and nothing else, is read: there must be nothing in it.
    const passed = partsOf("a.yaml", bytes, (document) => !wantedByScan(document));
    if (known(passed) !== NOTHING || passed.some((part) => part.at === "Object" && needles.some((word) => holds(part.value, word, 0))))
      wrong(`the shortcut is blind to ${known(passed)}`);
    if (choices.length % 8 !== 0) return;
    // The same from the other side, and that the spelling is one; it costs twenty times as much.
    const whole = partsOf("a.yaml", bytes, () => true);
    if (whole.some(({ at }) => at !== "Object")) wrong(`is no YAML any more: ${JSON.stringify(whole)}`);
    if (known(partsOf("a.yaml", bytes)) !== known(whole)) wrong(`the shortcut does not see ${known(whole)}`);
    // Compressed it holds nothing for a parser either, but nobody may say that it was read.
    if (partsOf("a.yaml", gzipSync(bytes)).length === 0) wrong("compressed, it is passed over");
  },
};

const Crd = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ versions: z.array(z.looseObject({ schema: z.looseObject({ openAPIV3Schema: z.looseObject({}) }) })) }),
});

/** The published schema of the CRD, read by a validator that is not ours. A field that it does not know would be dropped, so it is refused. */
const takenByCrd = (() => {
  const crds = loadAll(readFileSync("crds/crds.yaml", "utf8")).flatMap((document) => {
    const crd = Crd.safeParse(document);
    return crd.success && crd.data.metadata.name === "migrationstatuses.flux-migration.dev" ? [crd.data] : [];
  });
  const schema = crds[0]?.spec.versions[0]?.schema.openAPIV3Schema;
  if (!schema) throw new Error("crds/crds.yaml has no MigrationStatus");
  const closed = JSON.stringify(schema).replaceAll('"properties":', '"additionalProperties":false,"properties":');
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(z.looseObject({}).parse(JSON.parse(closed)));
  return (object: unknown) => (validate(object) ? undefined : ajv.errorsText(validate.errors));
})();

/** Read once: it is the same in each case. */
const good = partsOf("good/a.yaml", workload());

const wholeWay: Property<unknown[]> = {
  name: "whole way",
  inputs: objects,
  check: (all) => {
    const text = all.map((object) => JSON.stringify(object)).join("\n---\n");
    const scanned = judged([good, partsOf("bad/b.yaml", text)]);
    const { status } = scanned;
    const refused = takenByCrd({
      apiVersion: "flux-migration.dev/v1alpha1",
      kind: "MigrationStatus",
      metadata: { name: "cluster" },
      spec: {},
      status,
    });
    if (refused !== undefined) wrong(`the CRD does not take it: ${refused}`);
    const json = JSON.stringify(status);
    if (STEERING.test(json)) wrong("a text that steers a terminal");
    if (!found(scanned).some((line) => /^Critical fluxd 1\.25\.4 good\/a\.yaml:1$/.test(line)))
      wrong(`a finding is hidden: ${found(scanned).join(", ")}`);
    if (text.length % 8 !== 0) return;
    // What follows costs more than judging. The CRD is made from the schema, so a field unknown to it is refused above as well.
    if (JSON.stringify(MigrationStatusStatus.parse(status)).length !== json.length) wrong("a field that the schema does not know");
    printed(scanned);
  },
};

function printed(scanned: Scanned): void {
  if (STEERING.test(tableReport(scanned, true, (_, text) => text).replaceAll("\n", ""))) wrong("a table that steers the terminal");
  JSON.parse(sarifReport([scanned], "0"));
  if (/(?:^|,)[=+@]/m.test(csvReport([scanned]).replaceAll(/"(?:[^"]|"")*"/g, ""))) wrong("a formula");
  if (/[<>`]/.test(markdownReport([scanned]))) wrong("markup");
}

/** A property with its type forgotten, for lists of them: an input comes from its own arbitrary, or from a file that it wrote. */
function forgotten<T>({ inputs, check, ...others }: Property<T>): Property {
  return { ...others, inputs: inputs as fc.Arbitrary<unknown>, check: (input) => check(input as T) };
}

export const PROPERTIES: readonly Property[] = [
  forgotten(image),
  forgotten(commandLine),
  forgotten(manifest),
  forgotten(shortcut),
  forgotten(wholeWay),
];
