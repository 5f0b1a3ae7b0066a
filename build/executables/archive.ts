/**
 * The archives that executables are handed out in: the same bytes for the same files, whoever makes them and whenever. tar comes from the
 * system; a zip is written here, as no zip program leaves its times out.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

export interface ArchiveForm {
  readonly suffix: string;
  /** Writes the named files of a folder. */
  readonly write: (folder: string, names: readonly string[], archive: string) => Promise<void>;
}

export const ARCHIVE_FORMS = {
  tar: { suffix: "tar.gz", write: writeTar },
  zip: { suffix: "zip", write: writeZip },
} as const satisfies Record<string, ArchiveForm>;

/** @param names `.` for all */
export async function writeTar(folder: string, names: readonly string[], archive: string): Promise<void> {
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  const args = [...same, "--use-compress-program=gzip -n", "--directory", folder, "--create", "--file", archive, ...names.toSorted()];
  const tar = spawn("tar", args, { stdio: "inherit" });
  const [code] = await once(tar, "close");
  if (code !== 0) throw new Error(`tar of ${folder} ended with ${code}`);
}

/** The first moment that a zip can tell, 1 January 1980, as its 16 bits of date. */
const FIRST_DATE = (1 << 5) | 1;
const DEFLATED = 8;
/** Version 2.0 of the format, for deflate; made on Unix, so that the mode below is one. */
const NEEDS = 20;
const MADE_BY = (3 << 8) | NEEDS;

const EXECUTABLE = 0o100755;
const READABLE = 0o100644;

/** Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3. No zip64: 4 GB are far. */
export async function writeZip(folder: string, names: readonly string[], archive: string): Promise<void> {
  const file = await open(archive, "w");
  try {
    const directory: Buffer[] = [];
    let offset = 0;
    for (const name of names.toSorted()) {
      const contents = await readFile(join(folder, name));
      const { mode } = await stat(join(folder, name));
      const packed = deflateRawSync(contents);
      const common = commonHeader(name, contents, packed);
      const local = Buffer.concat([u32(0x0403_4b50), common, Buffer.from(name), packed]);
      // Comment, disk and internal attributes are empty; the mode stands in the upper half of the external ones.
      const rest = [u16(0), u16(0), u16(0), u32(((mode & 0o100 ? EXECUTABLE : READABLE) << 16) >>> 0), u32(offset)];
      directory.push(Buffer.concat([u32(0x0201_4b50), u16(MADE_BY), common, ...rest, Buffer.from(name)]));
      offset += local.length;
      await file.write(local);
    }
    const central = Buffer.concat(directory);
    const counts = [u16(0), u16(0), u16(names.length), u16(names.length)];
    await file.write(Buffer.concat([central, u32(0x0605_4b50), ...counts, u32(central.length), u32(offset), u16(0)]));
  } finally {
    await file.close();
  }
}

/** What the header before a file and the one in the directory have in common. */
function commonHeader(name: string, contents: Buffer, packed: Buffer): Buffer {
  const sizes = [u32(crc32(contents)), u32(packed.length), u32(contents.length)];
  return Buffer.concat([u16(NEEDS), u16(0), u16(DEFLATED), u16(0), u16(FIRST_DATE), ...sizes, u16(Buffer.byteLength(name)), u16(0)]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
