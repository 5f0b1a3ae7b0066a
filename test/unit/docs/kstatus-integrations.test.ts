/** The samples of docs/integrations.md name what there is: columns of our CRD, kinds of ours, fields that the other tool knows. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { customResourceDefinitions } from "../../../src/api/generate/custom-resource.ts";
import { API_VERSION, SINGLETON } from "../../../src/api/group.ts";

const PAGE = readFileSync("docs/integrations.md", "utf8");
const samples = Array.from(PAGE.matchAll(/^```yaml\n([\s\S]*?)^```$/gm), ([, text]) => load(text ?? ""));

const Crd = z.looseObject({
  spec: z.looseObject({
    names: z.looseObject({ kind: z.string(), plural: z.string(), shortNames: z.array(z.string()) }),
    versions: z.tuple([
      z.looseObject({ additionalPrinterColumns: z.array(z.looseObject({ name: z.string(), priority: z.int().default(0) })) }),
    ]),
  }),
});
const [crd] = customResourceDefinitions("Cel").map((definition) => Crd.parse(definition).spec);

/** Source: github.com/derailed/k9s, internal/config/json/schemas/views.json and plugins.json. */
const Views = z.strictObject({ views: z.record(z.string(), z.strictObject({ sortColumn: z.string(), columns: z.array(z.string()) })) });
const Plugins = z.strictObject({
  plugins: z.record(
    z.string(),
    z.strictObject({
      shortCut: z.string(),
      description: z.string(),
      scopes: z.array(z.string()),
      command: z.string(),
      background: z.boolean(),
      args: z.array(z.string()),
    }),
  ),
});
const HealthChecks = z.looseObject({ spec: z.looseObject({ healthChecks: z.array(z.record(z.string(), z.string())) }) });

/** @returns the only sample of this form */
function sample<T>(schema: z.ZodType<T>): T {
  const [found, ...others] = samples.flatMap((each) => schema.safeParse(each).data ?? []);
  if (found === undefined || others.length > 0)
    throw new Error(`${others.length + (found === undefined ? 0 : 1)} samples are of this form`);
  return found;
}

test("the view of k9s has our columns; those of -o wide are shown by their mark", () => {
  const [[resource, view] = ["", undefined], ...others] = Object.entries(sample(Views).views);
  expect([resource, others]).toEqual([`${API_VERSION}/${crd?.names.plural}`, []]);
  const columns = crd?.versions[0].additionalPrinterColumns ?? [];
  const known = new Map([
    ["NAME", ""],
    ...columns.map(({ name, priority }): [string, string] => [name.toUpperCase(), priority === 0 ? "" : "|S"]),
  ]);
  const marked = view?.columns.map((column) => column.split("|")[0] ?? "").map((name) => `${name}${known.get(name) ?? " is no column"}`);
  expect(view?.columns).toEqual(marked);
  expect(known.has(view?.sortColumn.split(":")[0] ?? "")).toBe(true);
});

test("the plugin of k9s is for our kind", () => {
  const [plugin] = Object.values(sample(Plugins).plugins);
  expect(plugin?.scopes).toEqual([crd?.names.plural]);
  expect(crd?.names.shortNames.some((name) => PAGE.includes(`\`:${name}\``))).toBe(true);
});

test("the health check of Flux names the singleton", () => {
  expect(sample(HealthChecks).spec.healthChecks).toEqual([{ apiVersion: API_VERSION, kind: crd?.names.kind, name: SINGLETON }]);
});

test("every sample was looked at", () => {
  expect(samples).toHaveLength(3);
});
