/**
 * What plugins are installed from, as a release has it, at an address of this machine: six archives and the manifests made of their
 * checksums. In the place of the executable of each platform stands the bundle, which any Node runs.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { PROJECT } from "../../build/bundle.ts";
import { LICENCES } from "../../build/distribution.ts";
import { ARCHES, archiveName, pluginManifests, SYSTEMS } from "../../build/plugin-manifests.ts";
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
  for (const system of SYSTEMS) {
    for (const arch of ARCHES) {
      const names = [system === "windows" ? "flux-migration.exe" : "flux-migration", "LICENSE", LICENCES];
      await (system === "windows" ? zip : tar)(contents, names, join(folder, archiveName(system, arch)));
    }
  }
  const archives = SYSTEMS.flatMap((system) => ARCHES.map((arch) => archiveName(system, arch)));
  const lines = archives.map(async (name) => `${await sha256(join(folder, name))}  ${name}\n`);
  await writeFile(join(folder, "checksums.txt"), (await Promise.all(lines)).join(""));
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
  await pluginManifests(folder, url);
  return { address: `${url}/`, folder, asked, close: () => server.close() };
}

async function tar(folder: string, names: readonly string[], archive: string): Promise<void> {
  await promisify(execFile)("tar", ["--create", "--gzip", "--directory", folder, "--file", archive, ...names]);
}

async function sha256(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

/** Of files as they are, without compression. Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 */
async function zip(folder: string, names: readonly string[], archive: string): Promise<void> {
  const entries: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, Buffer.from(name), bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), common, rest, Buffer.from(name)]));
    entries.push(entry);
    offset += entry.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006");
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  await writeFile(archive, Buffer.concat([...entries, central, end]));
}
