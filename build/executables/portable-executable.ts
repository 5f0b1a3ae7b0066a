/** Programs for Windows: takes away the signature of those who made node, which no longer holds once something is put in. */
import { PE_HEADER_AT } from "./platforms.ts";

// https://learn.microsoft.com/windows/win32/debug/pe-format; offsets from the signature PE\0\0, for 64 bits.
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
const CHECKSUM = OPTIONAL_HEADER + 64;
const CERTIFICATE_TABLE = OPTIONAL_HEADER + 112 + 4 * 8;

/** @throws for a program of 32 bits, or one whose signature is not the end of the file */
export function withoutSignature(program: Buffer): Buffer {
  const header = program.readUInt32LE(PE_HEADER_AT);
  if (program.readUInt16LE(header + OPTIONAL_HEADER) !== PE32_PLUS) throw new Error("want a Windows program of 64 bits");
  const at = program.readUInt32LE(header + CERTIFICATE_TABLE);
  const bytes = program.readUInt32LE(header + CERTIFICATE_TABLE + 4);
  if (at === 0) return program;
  if (at + bytes !== program.length) throw new Error(`the signature ends at ${at + bytes}, and the program at ${program.length}`);
  const bare = Buffer.from(program.subarray(0, at));
  bare.fill(0, header + CERTIFICATE_TABLE, header + CERTIFICATE_TABLE + 8);
  // Only drivers need one; that of the signed file would be wrong.
  bare.writeUInt32LE(0, header + CHECKSUM);
  return bare;
}
