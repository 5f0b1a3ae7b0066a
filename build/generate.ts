/** `npm run generate`: writes every file that is made from another; `--check` only compares. What is in them, those who make them know. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump } from "js-yaml";
import { type CrdForm, customResourceDefinitions } from "../src/api/generate/custom-resource.ts";
import { apiReference } from "../src/api/generate/reference.ts";
import { metricsReference } from "../src/metrics/reference.ts";
import { chartFiles } from "./chart/chart-files.ts";
import { dashboardFiles } from "./dashboards/dashboards.ts";
import { manifestFiles } from "./manifests/manifest-files.ts";
import { ruleFiles } from "./monitoring/rule-files.ts";
import { settingsReference } from "./settings-reference.ts";

const ROOT = join(import.meta.dirname, "..");
const HEADER = "# Made by npm run generate from the zod schemas in src/api. Change those.\n";

function crdFile(form: CrdForm): string {
  return (
    HEADER +
    customResourceDefinitions(form)
      .map((crd) => `---\n${dump(crd, { lineWidth: 140, noRefs: true })}`)
      .join("")
  );
}

/** Path in the project, and what belongs there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const crds = { Cel: crdFile("Cel"), Legacy: crdFile("Legacy") };
  return new Map([
    ["crds/crds.yaml", crds.Cel],
    ["crds/crds-legacy.yaml", crds.Legacy],
    ["docs/api.md", apiReference(customResourceDefinitions("Cel"))],
    ["docs/metrics.md", metricsReference()],
    ["docs/settings.md", settingsReference()],
    ...manifestFiles(crds),
    ...chartFiles(),
    ...ruleFiles(),
    ...dashboardFiles(),
  ]);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  for (const [path, text] of generatedFiles()) {
    const file = join(ROOT, path);
    if (check && read(file) !== text) {
      process.stderr.write(`${path} differs from what it is made of; run npm run generate and commit it\n`);
      process.exitCode = 1;
    }
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
