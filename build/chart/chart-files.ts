/** The files of the Helm chart that are made from others, by path: values.schema.json and README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemaText } from "./json-schema.ts";
import { chartReadme } from "./readme.ts";
import { valuesComments } from "./values-comments.ts";
import { valuesSchema } from "./values-schema.ts";

const PROJECT = join(import.meta.dirname, "../..");

export function chartFiles(): ReadonlyMap<string, string> {
  const values = readFileSync(join(PROJECT, "deploy/chart/values.yaml"), "utf8");
  const prose = readFileSync(join(PROJECT, "build/chart/readme.md"), "utf8");
  const meanings = valuesComments(values);
  const schema = valuesSchema(meanings);
  return new Map([
    ["deploy/chart/values.schema.json", schemaText(schema)],
    ["deploy/chart/README.md", chartReadme(prose, values, meanings, schema)],
  ]);
}
