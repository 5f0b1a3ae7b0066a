/**
 * The node that an executable is made of: this one, one that somebody names, or that of another platform from the npm registry, always of
 * the version that runs this. Not for what is put into it.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { PROJECT } from "../bundle.ts";
import { formatOf, type Platform, thisPlatform } from "./platforms.ts";

const run = promisify(execFile);

/** There is no node of that platform and version, or it is not what it should be. */
export class NoNode extends Error {
  override readonly name = "NoNode";
}

/**
 * @param given path of a node of that platform, undefined to find one
 * @param folder what is downloaded is put here
 * @returns its path
 * @throws NoNode
 */
export async function nodeOf(platform: Platform, given: string | undefined, folder: string): Promise<string> {
  const path = given ?? (platform === thisPlatform() ? process.execPath : await downloaded(platform, folder));
  const bytes = await readFile(path);
  const { format, machine } = formatOf(bytes) ?? {};
  if (format !== platform.format || machine !== platform.machine) throw new NoNode(`${path} is no program for ${platform.name}`);
  // The form of what is put in may change with any version. node tells where its headers are, and so which it is.
  if (!bytes.includes(`/node-${process.version}-headers.tar.gz`))
    throw new NoNode(`${path} is not node ${process.version}, which makes what is put into it`);
  return path;
}

const Dist = z.looseObject({ integrity: z.string().startsWith("sha512-") });

async function downloaded({ name, nodePackage, nodeFile }: Platform, folder: string): Promise<string> {
  const wanted = `${nodePackage}@${process.versions.node}`;
  const { integrity } = Dist.parse(JSON.parse(await npm(["view", wanted, "dist", "--json"], wanted, name)));
  const target = join(folder, nodePackage);
  await mkdir(target, { recursive: true });
  const packed = (await npm(["pack", wanted, "--silent", "--pack-destination", target], wanted, name)).trim();
  const archive = join(target, packed);
  const found = `sha512-${createHash("sha512")
    .update(await readFile(archive))
    .digest("base64")}`;
  if (found !== integrity) throw new NoNode(`${wanted} has the hash ${found}; the registry says ${integrity}`);
  await run("tar", ["--extract", "--gzip", "--file", archive, "--directory", target, `package/${nodeFile}`]);
  return join(target, "package", nodeFile);
}

async function npm(args: readonly string[], wanted: string, platform: string): Promise<string> {
  try {
    return (await run("npm", [...args], { cwd: PROJECT })).stdout;
  } catch (cause) {
    // npm writes its reason to either stream, both of which the error holds.
    const [why = String(cause)] = /\b(E40\d|ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT)\b/.exec(JSON.stringify(cause)) ?? [];
    const advice = `name a node ${process.version} of ${platform} with --node FILE, such as that of nodejs.org`;
    throw new NoNode(`npm gave no ${wanted} (${why}): ${advice}`, { cause });
  }
}

/** Node's own licence with those of all that is in it: beside node as nodejs.org packs it, or in the package that brought it. */
export async function nodeLicence(): Promise<string> {
  const places = [
    join(dirname(process.execPath), "../LICENSE"),
    ...globSync("node_modules/node/node_modules/node-*/LICENSE", { cwd: PROJECT }).map((path) => join(PROJECT, path)),
  ];
  for (const place of places) {
    const text = await readFile(place, "utf8").catch(() => "");
    if (text.startsWith("Node.js is licensed for use as follows:")) return text;
  }
  throw new NoNode(`the licence of node is at none of ${places.join(", ")}; run npm ci, which brings it`);
}
