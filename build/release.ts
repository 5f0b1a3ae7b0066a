/**
 * `node build/release.ts DIGEST FOLDER`: what a release publishes beside the image, made of dist/ and deploy/. Manifests and chart name
 * the image by this digest: what is installed is what was signed. Signs and uploads nothing: .github/workflows/release.yml does.
 */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { VERSION } from "../src/cli/version.ts";
import { BUNDLE, PROJECT } from "./bundle.ts";
import { CHECKSUMS, checksums } from "./checksums.ts";
import { LICENCES, SBOM } from "./distribution.ts";
import { writeTar } from "./executables/archive.ts";
import { archiveName, PLATFORMS } from "./executables/platforms.ts";
import { pluginManifests } from "./plugin-manifests.ts";

export const IMAGE = "ghcr.io/flux-migration/flux-migration-operator";

const SCHEMAS = "crd-schemas.tar.gz";

/** By which the chart knows its image, where a person names neither tag nor digest (deploy/chart/templates/_names.tpl). */
const DIGEST = "flux-migration.dev/image-digest";

/** Published as they are, with the archives of all platforms: what is built, and what stands in the project. */
const BUILT = [BUNDLE, `${BUNDLE}.LEGAL.txt`, LICENCES, SBOM];
const COPIED = ["crds/crds.yaml", "crds/crds-legacy.yaml"];

/** Published with the digest in the place of the tag alone. */
const INSTALLED = ["deploy/install.yaml", "deploy/install-legacy.yaml"];

/** The digest has another form, or a manifest has no image to put it to. */
export class NotPinned extends Error {
  override readonly name = "NotPinned";
}

/** Writes `folder/files`, to be uploaded, and `folder/chart`, to be packaged. @param dist what `npm run build` and `npm run executables` wrote */
export async function releaseFiles(digest: string, { folder, dist }: { folder: string; dist: string }): Promise<void> {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new NotPinned(`digest is "${digest}"; want sha256: and 64 hexadecimal digits`);
  const files = join(folder, "files");
  await mkdir(files, { recursive: true });
  const archives = PLATFORMS.map((platform) => join("executables", archiveName(platform, VERSION)));
  const copied = [...[...BUILT, ...archives].map((name) => join(dist, name)), ...COPIED.map((path) => join(PROJECT, path))];
  for (const path of copied) await copyFile(path, join(files, basename(path)));
  for (const path of INSTALLED) {
    const manifests = await readFile(join(PROJECT, path), "utf8");
    const pinned = replacedOnce(path, manifests, `image: ${IMAGE}:${VERSION}\n`, `image: ${IMAGE}:${VERSION}@${digest}\n`);
    await writeFile(join(files, basename(path)), pinned);
  }
  await writeTar(join(dist, "schemas"), ["."], join(files, SCHEMAS));
  const ofArchives = await checksums(
    files,
    archives.map((path) => basename(path)),
  );
  for (const [name, text] of pluginManifests(ofArchives)) await writeFile(join(files, name), text);
  await writeFile(join(files, CHECKSUMS), await checksums(files, await readdir(files)));
  await pinnedChart(digest, join(folder, "chart"));
}

async function pinnedChart(digest: string, folder: string): Promise<void> {
  await cp(join(PROJECT, "deploy/chart"), folder, { recursive: true });
  // Not in its values: `helm upgrade --reuse-values` takes those of the chart before, and the image would stay the old one.
  const chart = join(folder, "Chart.yaml");
  const text = await readFile(chart, "utf8");
  await writeFile(chart, replacedOnce("deploy/chart/Chart.yaml", text, "\nannotations:\n", `\nannotations:\n  ${DIGEST}: ${digest}\n`));
}

/** A manifest that changed its form must not go out unpinned, in silence. */
function replacedOnce(where: string, text: string, old: string, replacement: string): string {
  const [before, after, ...more] = text.split(old);
  if (before === undefined || after === undefined || more.length > 0) throw new NotPinned(`${where}: want ${JSON.stringify(old)} once`);
  return before + replacement + after;
}

if (import.meta.main) {
  const [digest = "", folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write("usage: node build/release.ts DIGEST FOLDER\n");
    process.exitCode = 2;
  } else {
    await releaseFiles(digest, { folder, dist: join(PROJECT, "dist") });
  }
}
