/**
 * The signature that macOS wants of every program, made without a key ("ad hoc"), as Go's linker makes it: a hash of each page. It says
 * who made the program as little as `codesign --sign -` does. Not for programs of several architectures in one.
 */
import { createHash } from "node:crypto";

/** What is signed is no 64-bit Mach-O program, is signed already, or has no room for a load command. */
export class CannotSign extends Error {
  override readonly name = "CannotSign";
}

// https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h
const MAGIC = 0xfeed_facf;
const HEADER_BYTES = 32;
const SEGMENT_64 = 0x19;
const CODE_SIGNATURE = 0x1d;
const CODE_SIGNATURE_BYTES = 16;

// https://github.com/apple-oss-distributions/xnu/blob/main/osfmk/kern/cs_blobs.h
const EMBEDDED_SIGNATURE = 0xfade_0cc0;
const CODE_DIRECTORY = 0xfade_0c02;
const VERSION_WITH_EXECUTABLE_SEGMENT = 0x2_0400;
const AD_HOC = 0x2;
const SHA256 = 2;
const HASH_BYTES = 32;
const MAIN_BINARY = 1n;
const SUPER_BLOB_BYTES = 20;
const CODE_DIRECTORY_BYTES = 88;

/** As `codesign` chooses it: pages of 4 KiB, on both architectures. */
const PAGE_BITS = 12;
const PAGE_BYTES = 1 << PAGE_BITS;

/** The kernel maps whole pages; those of arm64 have 16 KiB, and 4 KiB divide them. */
const SEGMENT_ALIGNMENT = 0x4000;
const SIGNATURE_ALIGNMENT = 16;

interface Segment {
  /** Where its load command begins. */
  readonly at: number;
  readonly fileOffset: number;
  readonly fileBytes: number;
}

/**
 * @param program without a signature
 * @param identifier what macOS names the program by
 * @returns the program with one
 * @throws CannotSign
 */
export function signedAdHoc(program: Buffer, identifier: string): Buffer {
  if (program.readUInt32LE(0) !== MAGIC) throw new CannotSign("want a Mach-O program of one 64-bit architecture");
  const segments = new Map<string, Segment>();
  let firstContents = program.length;
  for (const { at, command } of loadCommands(program)) {
    if (command === CODE_SIGNATURE) throw new CannotSign("it has a signature: take that away first");
    if (command !== SEGMENT_64) continue;
    segments.set(program.toString("latin1", at + 8, at + 24).replace(/\0.*$/s, ""), {
      at,
      fileOffset: Number(program.readBigUInt64LE(at + 40)),
      fileBytes: Number(program.readBigUInt64LE(at + 48)),
    });
    firstContents = Math.min(firstContents, firstSection(program, at));
  }
  const text = segments.get("__TEXT");
  const last = segments.get("__LINKEDIT");
  if (!text || !last) throw new CannotSign("it has no segment __TEXT or __LINKEDIT");
  if (last.fileOffset + last.fileBytes !== program.length) throw new CannotSign("__LINKEDIT does not end with the file");
  const commandBytes = program.readUInt32LE(20);
  if (HEADER_BYTES + commandBytes + CODE_SIGNATURE_BYTES > firstContents) throw new CannotSign("its header has no room for a load command");

  const signedBytes = aligned(program.length, SIGNATURE_ALIGNMENT);
  const size = SUPER_BLOB_BYTES + CODE_DIRECTORY_BYTES + identifier.length + 1 + Math.ceil(signedBytes / PAGE_BYTES) * HASH_BYTES;
  const signed = Buffer.alloc(signedBytes + aligned(size, SIGNATURE_ALIGNMENT));
  program.copy(signed);
  addLoadCommand(signed, { commandBytes, signedBytes, signatureBytes: signed.length - signedBytes });
  const lastBytes = signed.length - last.fileOffset;
  signed.writeBigUInt64LE(BigInt(aligned(lastBytes, SEGMENT_ALIGNMENT)), last.at + 32);
  signed.writeBigUInt64LE(BigInt(lastBytes), last.at + 48);
  signature(signed.subarray(0, signedBytes), { identifier, text, size }).copy(signed, signedBytes);
  return signed;
}

function* loadCommands(program: Buffer): Generator<{ at: number; command: number }> {
  let at = HEADER_BYTES;
  for (let left = program.readUInt32LE(16); left > 0; left -= 1) {
    yield { at, command: program.readUInt32LE(at) };
    at += program.readUInt32LE(at + 4);
  }
}

/** Where the first section of a segment begins in the file: up to there the header may grow. Sections without contents have 0. */
function firstSection(program: Buffer, segment: number): number {
  const sections = Array.from({ length: program.readUInt32LE(segment + 64) }, (_, index) => segment + 72 + index * 80);
  return Math.min(...sections.map((at) => program.readUInt32LE(at + 48)).filter((offset) => offset > 0), program.length);
}

function addLoadCommand(
  program: Buffer,
  { commandBytes, signedBytes, signatureBytes }: { commandBytes: number; signedBytes: number; signatureBytes: number },
): void {
  const at = HEADER_BYTES + commandBytes;
  const words = [CODE_SIGNATURE, CODE_SIGNATURE_BYTES, signedBytes, signatureBytes];
  for (const [index, word] of words.entries()) program.writeUInt32LE(word, at + 4 * index);
  program.writeUInt32LE(program.readUInt32LE(16) + 1, 16);
  program.writeUInt32LE(commandBytes + CODE_SIGNATURE_BYTES, 20);
}

/** One blob in a blob of blobs: the code directory, whose numbers are big-endian. */
function signature(code: Buffer, { identifier, text, size }: { identifier: string; text: Segment; size: number }): Buffer {
  const pages = Math.ceil(code.length / PAGE_BYTES);
  const hashesAt = CODE_DIRECTORY_BYTES + identifier.length + 1;
  const words = [
    [EMBEDDED_SIGNATURE, size, 1, 0, SUPER_BLOB_BYTES],
    [CODE_DIRECTORY, size - SUPER_BLOB_BYTES, VERSION_WITH_EXECUTABLE_SEGMENT, AD_HOC],
    [hashesAt, CODE_DIRECTORY_BYTES, 0, pages, code.length],
    [(HASH_BYTES << 24) | (SHA256 << 16) | PAGE_BITS, 0, 0, 0, 0],
  ].flat();
  const out = Buffer.alloc(size);
  for (const [index, word] of words.entries()) out.writeUInt32BE(word >>> 0, 4 * index);
  // Behind the last word a limit of 64 bits, which 0 leaves to the one above; then the executable segment.
  const executable = [0n, BigInt(text.fileOffset), BigInt(text.fileBytes), MAIN_BINARY];
  for (const [index, word] of executable.entries()) out.writeBigUInt64BE(word, 4 * words.length + 8 * index);
  out.write(`${identifier}\0`, SUPER_BLOB_BYTES + CODE_DIRECTORY_BYTES, "latin1");
  for (let page = 0; page < pages; page += 1) {
    const hash = createHash("sha256").update(code.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
    hash.digest().copy(out, SUPER_BLOB_BYTES + hashesAt + page * HASH_BYTES);
  }
  return out;
}

function aligned(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
