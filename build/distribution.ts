/** All that a release consists of but the image and the manifests: the bundle, what it owes to others, and the schemas of our resources. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { customResourceDefinitions } from "../src/api/generate/custom-resource.ts";
import { BUNDLE, bundle } from "./bundle.ts";
import { crdSchemas } from "./crd-schemas.ts";
import { billOfMaterials } from "./sbom.ts";
import { licenceTexts, thirdParties, usedByUs } from "./third-party.ts";

export const LICENCES = "THIRD-PARTY-LICENSES.txt";
export const SBOM = "flux-migration.cdx.json";

/** @returns the paths of what was written, within the folder */
export async function buildInto(folder: string): Promise<string[]> {
  const metafile = await bundle(folder);
  const parties = thirdParties(metafile);
  const texts = new Map([
    [LICENCES, licenceTexts(parties)],
    [SBOM, billOfMaterials(join(folder, BUNDLE), parties, usedByUs(metafile))],
    ...[...crdSchemas(customResourceDefinitions("Cel"))].map(([name, text]) => [join("schemas", name), text] as const),
  ]);
  for (const [name, text] of texts) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}
