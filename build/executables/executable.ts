/**
 * Makes one file of node and our bundle, which runs on a machine without either: a "single executable application" of node. Not for where
 * node comes from, nor for the archives. https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROJECT } from "../bundle.ts";
import { asCommonJs } from "../common-js.ts";
import { signedAdHoc } from "./mach-o-signature.ts";
import { formatOf, type Platform } from "./platforms.ts";
import { withoutSignature } from "./portable-executable.ts";

const run = promisify(execFile);

/** By these words node finds out that something was put into it; their last figure turns from 0 to 1. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** As node looks for it. */
const RESOURCE = "NODE_SEA_BLOB";
const MACH_O_SEGMENT = "NODE_SEA";

const IDENTIFIER = "dev.flux-migration.flux-migration";

/** The image's flags that keep something out; those that save memory there would slow a scan. Source: Dockerfile, ENTRYPOINT. */
const FLAGS = ["--disallow-code-generation-from-strings", "--disable-sigusr1"];

/** What came out is not what was to be made. */
export class BrokenExecutable extends Error {
  override readonly name = "BrokenExecutable";
}

/**
 * Writes what is put into node, the same for every platform.
 * @param bundle path of the bundle
 * @returns its path
 */
export async function makeBlob(bundle: string, folder: string): Promise<string> {
  // Node 24 reads the main module of an executable as CommonJS alone.
  await writeFile(join(folder, "main.cjs"), asCommonJs(await readFile(bundle, "utf8")));
  const config = {
    main: "main.cjs",
    output: "blob",
    disableExperimentalSEAWarning: true,
    execArgv: FLAGS,
    // NODE_OPTIONS of somebody's shell is meant for other programs, and could load code into this one.
    execArgvExtension: "none",
    // A cache of compiled code saves a fifth of the start, holds for one platform alone, and node warns wherever it does not fit.
    useCodeCache: false,
  };
  await writeFile(join(folder, "sea.json"), JSON.stringify(config));
  // By relative names: the blob holds that of main.
  await run(process.execPath, ["--experimental-sea-config", "sea.json"], { cwd: folder });
  return join(folder, config.output);
}

/**
 * Writes the executable of a platform into a folder, and looks whether it is one.
 * @param node of that platform
 * @returns its path
 * @throws BrokenExecutable
 */
export async function makeExecutable(platform: Platform, given: { node: string; blob: string; folder: string }): Promise<string> {
  const file = join(given.folder, platform.file);
  if (platform.format === "PE") await writeFile(file, withoutSignature(await readFile(given.node)));
  else await copyFile(given.node, file);
  await chmod(file, 0o755);
  const postject = join(PROJECT, "node_modules/postject/dist/cli.js");
  // It takes the signature of a Mach-O program away. What it prints is of interest only where it fails.
  await run(process.execPath, [postject, file, RESOURCE, given.blob, "--sentinel-fuse", FUSE, "--macho-segment-name", MACH_O_SEGMENT]);
  if (platform.format === "Mach-O") await writeFile(file, signedAdHoc(await readFile(file), IDENTIFIER));
  const problems = problemsOf(await readFile(file), platform, await readFile(given.blob));
  if (problems.length > 0) throw new BrokenExecutable(`${file}: ${problems.join("; ")}`);
  return file;
}

/** @returns what is wrong, a few words each */
export function problemsOf(file: Buffer, { name, format, machine }: Platform, blob: Buffer): string[] {
  const found = formatOf(file);
  return [
    ...(found?.format === format && found.machine === machine ? [] : [`is no program for ${name}`]),
    ...(file.includes(`${FUSE}:1`) && !file.includes(`${FUSE}:0`) ? [] : ["node will not look for what was put in"]),
    ...(file.includes(blob) ? [] : ["what was put in is not there whole"]),
  ];
}
