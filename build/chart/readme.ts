/** README.md of the chart: readme.md with its tables filled in. Knows no value by name. */
import { load } from "js-yaml";
import * as z from "zod";
import { type JsonSchema, schemaAt, typeName } from "./json-schema.ts";

const HEADER = "<!-- Made by npm run generate from build/chart/readme.md and values.yaml. Change those. -->\n\n";

const Tree = z.record(z.string(), z.unknown());

/**
 * @param prose readme.md
 * @param values text of values.yaml
 * @param meanings of values by path
 */
export function chartReadme(prose: string, values: string, meanings: ReadonlyMap<string, string>, schema: JsonSchema): string {
  const defaults = load(values);
  const valueRows = Array.from(meanings, ([path, meaning]) => [
    code(path),
    typeName(schemaAt(schema, path)),
    code(JSON.stringify(valueAt(defaults, path))),
    meaning,
  ]);
  const settings = Object.entries(schemaAt(schema, "settings")?.properties ?? {});
  const settingRows = settings.map(([name, node]) => [
    code(`settings.${name}`),
    node.title ?? "",
    node.default === undefined ? "" : code(JSON.stringify(node.default)),
    node.description ?? "",
  ]);
  return (
    HEADER +
    prose
      .replace("<!-- values -->", table(["Key", "Type", "Default", "Meaning"], valueRows))
      .replace("<!-- settings -->", table(["Key", "Value", "Default", "Meaning"], settingRows))
  );
}

function valueAt(defaults: unknown, path: string): unknown {
  return path.split(".").reduce((node, key) => Tree.safeParse(node).data?.[key], defaults);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
