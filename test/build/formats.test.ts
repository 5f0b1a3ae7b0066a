/** The bytes around an executable: archives that others read, a signature for macOS, none of node's for Windows. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ARCHIVE_FORMS } from "../../build/executables/archive.ts";
import { CannotSign, signedAdHoc } from "../../build/executables/mach-o-signature.ts";
import { formatOf } from "../../build/executables/platforms.ts";
import { withoutSignature } from "../../build/executables/portable-executable.ts";

describe("an archive", () => {
  const NAMES = ["program", "LICENSE"];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "archives-"));
    for (const [place, time] of [
      ["a", 1_000_000_000],
      ["b", 1_600_000_000],
    ] as const) {
      await mkdir(join(folder, place));
      await writeFile(join(folder, place, "LICENSE"), "do as you like", { mode: place === "a" ? 0o600 : 0o644 });
      await writeFile(join(folder, place, "program"), "x".repeat(100_000), { mode: 0o700 });
      for (const name of NAMES) await utimes(join(folder, place, name), time, time);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(Object.values(ARCHIVE_FORMS))(
    "$suffix is the same whenever it is made, by whom and in which order",
    async ({ suffix, write }) => {
      const [one, other] = ["a", "b"].map((place) => join(folder, `${place}.${suffix}`));
      if (!one || !other) throw new Error("two places");
      await write(join(folder, "a"), NAMES, one);
      await write(join(folder, "b"), NAMES.toReversed(), other);
      expect((await readFile(one)).equals(await readFile(other))).toBe(true);
    },
  );

  const unzip = spawnSync("unzip", ["-v"]).status === 0;
  if (!unzip) process.stderr.write("SKIPPED, as there is no unzip: a zip read by another program\n");
  (unzip ? test : test.skip)("zip is read by others, with what may be run", async () => {
    const archive = join(folder, "read.zip");
    await ARCHIVE_FORMS.zip.write(join(folder, "a"), NAMES, archive);
    expect(execFileSync("unzip", ["-t", archive], { encoding: "utf8" })).toContain("No errors detected");
    const listed = execFileSync("unzip", ["-Z", archive], { encoding: "utf8" });
    expect(listed).toMatch(/^-rw-r--r-- .* 80-Jan-01 00:00 LICENSE$/m);
    expect(listed).toMatch(/^-rwxr-xr-x .* 80-Jan-01 00:00 program$/m);
    expect(execFileSync("unzip", ["-p", archive, "program"], { encoding: "utf8" })).toBe("x".repeat(100_000));
  });
});

/** A Mach-O program with two segments, as small as one can be; `free` bytes are left behind its load commands. */
function machO({ free = 1_000, signed = false } = {}): Buffer {
  const commands = [segment("__TEXT", 0, 8_192, 1), segment("__LINKEDIT", 8_192, 1_003, 0), ...(signed ? [signatureCommand()] : [])];
  const bytes = commands.reduce((sum, command) => sum + command.length, 0);
  const file = Buffer.alloc(9_195, "contents ");
  file.fill(0, 0, 4_096);
  [0xfeed_facf, 0x0100_000c, 0, 2, commands.length, bytes].forEach((word, index) => {
    file.writeUInt32LE(word, 4 * index);
  });
  Buffer.concat(commands).copy(file, 32);
  // Where the first section begins.
  file.writeUInt32LE(32 + bytes + free, 32 + 72 + 48);
  return file;
}

function segment(name: string, offset: number, size: number, sections: number): Buffer {
  const command = Buffer.alloc(72 + sections * 80);
  command.writeUInt32LE(0x19, 0);
  command.writeUInt32LE(command.length, 4);
  command.write(name, 8);
  command.writeBigUInt64LE(BigInt(offset), 40);
  command.writeBigUInt64LE(BigInt(size), 48);
  command.writeUInt32LE(sections, 64);
  return command;
}

function signatureCommand(): Buffer {
  const command = Buffer.alloc(16);
  command.writeUInt32LE(0x1d, 0);
  command.writeUInt32LE(16, 4);
  return command;
}

describe("a signature for macOS", () => {
  test("is that which Go's linker makes", () => {
    const signed = signedAdHoc(machO(), "dev.flux-migration.flux-migration");
    const at = 9_200;
    // Its load command leads there, and __LINKEDIT ends with it.
    expect(signed.readUInt32LE(16)).toBe(3);
    const command = 32 + signed.readUInt32LE(20) - 16;
    expect([0, 4, 8, 12].map((offset) => signed.readUInt32LE(command + offset))).toEqual([0x1d, 16, at, signed.length - at]);
    const linkEdit = 32 + 72 + 80;
    expect(Number(signed.readBigUInt64LE(linkEdit + 48))).toBe(signed.length - 8_192);
    expect(Number(signed.readBigUInt64LE(linkEdit + 32))).toBe(16_384);
    // Each page has its hash: 4 KiB, and the last one shorter.
    const hashes = [0, 4_096, 8_192].map((page) =>
      createHash("sha256")
        .update(signed.subarray(page, Math.min(page + 4_096, at)))
        .digest(),
    );
    expect(signed.includes(Buffer.concat(hashes), at)).toBe(true);
    // Signed by cmd/internal/codesign of Go 1.26, with flags 2 (ad hoc) in place of its own 0x20002.
    expect(createHash("sha256").update(signed.subarray(at)).digest("hex")).toBe(
      "2174ce14cecb39f3cc3ba545947e49837194688deadacde2791cf292a421cee3",
    );
  });

  test.each([
    ["has one already", machO({ signed: true }), "take that away first"],
    ["has no room for it", machO({ free: 8 }), "no room for a load command"],
    ["is longer than its last segment", Buffer.concat([machO(), Buffer.alloc(1)]), "__LINKEDIT does not end with the file"],
    ["is of another form", Buffer.alloc(64), "want a Mach-O program"],
  ])("is refused for a program that %s", (_, program, why) => {
    expect(() => signedAdHoc(program, "x")).toThrow(CannotSign);
    expect(() => signedAdHoc(program, "x")).toThrow(why);
  });
});

describe("a program for Windows", () => {
  function program({ signature = 16 } = {}): Buffer {
    const file = Buffer.alloc(512 + signature, 7);
    file.write("MZ");
    file.writeUInt32LE(64, 0x3c);
    file.write("PE\0\0", 64);
    file.writeUInt16LE(0xaa64, 68);
    file.writeUInt16LE(0x20b, 64 + 24);
    file.writeUInt32LE(signature === 0 ? 0 : 512, 64 + 24 + 144);
    file.writeUInt32LE(signature, 64 + 24 + 148);
    return file;
  }

  test("loses its signature, and nothing else", () => {
    const bare = withoutSignature(program());
    expect(bare).toHaveLength(512);
    expect([bare.readBigUInt64LE(64 + 24 + 144), bare.readUInt32LE(64 + 24 + 64)]).toEqual([0n, 0]);
    expect(bare.subarray(64 + 24 + 152).equals(program().subarray(64 + 24 + 152, 512))).toBe(true);
    expect(formatOf(bare)).toEqual({ format: "PE", machine: 0xaa64 });
  });
  test("without one stays as it is", () => {
    const bare = program({ signature: 0 });
    expect(withoutSignature(bare)).toEqual(bare);
  });
  test("with something behind its signature is refused", () => {
    expect(() => withoutSignature(Buffer.concat([program(), Buffer.alloc(3)]))).toThrow(
      "the signature ends at 528, and the program at 531",
    );
  });
});

test.each(["", "#!/bin/sh\n".repeat(9)])("%j is no program", (text) => {
  expect(formatOf(Buffer.from(text.padEnd(64)))).toBeUndefined();
});
