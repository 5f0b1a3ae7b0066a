/**
 * What plugins are installed from, as a release has it, at an address of this machine: six archives and the manifests made of their
 * checksums. In the place of the executable of each platform stands the bundle, which any Node runs.
 */
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { PROJECT } from "../../build/bundle.ts";
import { CHECKSUMS, checksums } from "../../build/checksums.ts";
import { LICENCES } from "../../build/distribution.ts";
import { archiveName, PLATFORMS } from "../../build/executables/platforms.ts";
import { pluginManifests } from "../../build/plugin-manifests.ts";
import { VERSION } from "../../src/cli/version.ts";
import type { Distribution } from "./program.ts";

export interface Release {
  /** Ends with a slash. */
  readonly address: string;
  readonly folder: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  close(): void;
}

export async function startRelease(made: Distribution): Promise<Release> {
  const folder = join(made.folder, "release");
  const contents = join(made.folder, "contents");
  for (const path of [folder, contents]) await mkdir(path);
  await copyFile(join(PROJECT, "LICENSE"), join(contents, "LICENSE"));
  await copyFile(join(made.folder, LICENCES), join(contents, LICENCES));
  for (const name of ["flux-migration", "flux-migration.exe"]) await copyFile(made.bundle, join(contents, name));
  for (const platform of PLATFORMS) {
    const archive = join(folder, archiveName(platform, VERSION));
    await platform.archive.write(contents, [platform.file, "LICENSE", LICENCES], archive);
  }
  const sums = await checksums(folder, await readdir(folder));
  await writeFile(join(folder, CHECKSUMS), sums);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = basename(request.url ?? "");
    asked.push(name);
    readFile(join(folder, name)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  for (const [name, text] of pluginManifests(sums, url)) await writeFile(join(folder, name), text);
  return { address: `${url}/`, folder, asked, close: () => server.close() };
}
