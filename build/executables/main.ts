/**
 * `npm run executables`: writes the executable of this machine's platform, and its archive, to dist/executables. `-- --platform NAME` for
 * another one, with `--node FILE` where npm has no node of it. Runs none of them, and signs with no key.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "../../src/cli/version.ts";
import { BUNDLE, PROJECT } from "../bundle.ts";
import { CHECKSUMS, checksums } from "../checksums.ts";
import { buildInto, LICENCES } from "../distribution.ts";
import { makeBlob, makeExecutable } from "./executable.ts";
import { NoNode, nodeLicence, nodeOf } from "./node-binary.ts";
import { archiveName, PLATFORMS, type Platform, thisPlatform } from "./platforms.ts";

const RULE = `\n\n${"-".repeat(80)}\n\n`;

export interface Made {
  readonly executable: string;
  readonly archive: string;
}

/**
 * @param dist what a build wrote
 * @param folder gets the archive, and unpacked in a folder of the platform's name what is in it
 * @param node path of that platform's node; undefined to find one
 */
export async function makeArchive(platform: Platform, options: { dist: string; folder: string; node?: string | undefined }): Promise<Made> {
  const { dist, folder, node } = options;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, ".new-"));
  try {
    const content = join(work, platform.name);
    await mkdir(content);
    const blob = await makeBlob(join(dist, BUNDLE), work);
    await makeExecutable(platform, { node: await nodeOf(platform, node, work), blob, folder: content });
    await copyFile(join(PROJECT, "LICENSE"), join(content, "LICENSE"));
    const licences = [await readFile(join(dist, LICENCES), "utf8"), `node ${process.version}`, await nodeLicence()];
    await writeFile(join(content, LICENCES), licences.map((text) => text.trim()).join(RULE));
    const archive = archiveName(platform, VERSION);
    await platform.archive.write(content, [platform.file, "LICENSE", LICENCES], join(work, archive));
    await rm(join(folder, platform.name), { recursive: true, force: true });
    await rename(content, join(folder, platform.name));
    await rename(join(work, archive), join(folder, archive));
    return { executable: join(folder, platform.name, platform.file), archive: join(folder, archive) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { platform: { type: "string" }, node: { type: "string" } } });
  const platform = values.platform === undefined ? thisPlatform() : PLATFORMS.find(({ name }) => name === values.platform);
  if (platform === undefined) {
    const asked = values.platform ?? `${process.platform}-${process.arch}, this machine`;
    process.stderr.write(`no executable for ${asked}; --platform takes one of ${PLATFORMS.map(({ name }) => name).join(", ")}\n`);
    return 2;
  }
  const dist = join(PROJECT, "dist");
  const folder = join(dist, "executables");
  const fresh = await mkdtemp(join(dist, ".new-"));
  try {
    await buildInto(fresh);
    const { executable, archive } = await makeArchive(platform, { dist: fresh, folder, node: values.node });
    process.stdout.write(`${executable}\n${archive}\n`);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  const archives = (await readdir(folder)).filter((name) => PLATFORMS.some((each) => name === archiveName(each, VERSION)));
  await writeFile(join(folder, CHECKSUMS), await checksums(folder, archives));
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof NoNode)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
