/**
 * Downloads the original sources of a Debian package from the archive that this machine's apt is set up for. Unpacks nothing, installs
 * nothing, needs no root, and changes nothing of the machine's apt.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ownAptFolders } from "./debian-package.ts";

const run = promisify(execFile);

/** Of a download: the list of sources is 9 MB, the sources of Kubernetes are 34 MB. */
const LIMIT_MS = 5 * 60 * 1000;

export interface DebianSource {
  readonly package: string;
  /** Of the Debian release that has it: an archive keeps several, whichever this machine runs. */
  readonly codename: string;
  /** Of the one file wanted. */
  readonly sha256: string;
}

/**
 * @param work an empty folder, for the archive's lists and the file
 * @returns the path of the sources as their authors published them (.orig.tar.*), without Debian's patches
 * @throws where apt is not there, no archive has the package, or the file is another than wanted
 */
export async function downloadSource(source: DebianSource, work: string, progress: (line: string) => void): Promise<string> {
  const archives = await debianArchives();
  if (archives.length === 0) throw new Error("apt is set up for no archive with a component main");
  const failures: string[] = [];
  for (const archive of archives) {
    progress(`looking for the sources of ${source.package} in ${archive}`);
    try {
      return await downloadFrom(archive, source, work);
    } catch (error) {
      failures.push(`${archive}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    }
  }
  throw new Error(`none of apt's archives gave the sources of ${source.package} in ${source.codename}:\n${failures.join("\n")}`);
}

/** As the machine's own configuration names them, so that a mirror or a proxy is used here as for everything else. */
async function debianArchives(): Promise<string[]> {
  // Without it, apt leaves out what it has no lists of yet: in a fresh image, all.
  const args = ["--no-release-info", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Identifier: Packages"];
  const { stdout } = await run("apt-get", args, { timeout: LIMIT_MS });
  const archives = stdout.split("\n").map((line) => line.split(" "));
  return [...new Set(archives.flatMap(([uri, component]) => (uri !== undefined && component === "main" ? [uri] : [])))];
}

async function downloadFrom(archive: string, source: DebianSource, work: string): Promise<string> {
  const list = join(work, "sources.list");
  // Trusted: which key signs depends on the machine, and the checksum below proves more than a signature.
  await writeFile(list, `deb-src [trusted=yes] ${archive} ${source.codename} main\n`);
  const own = [...(await ownAptFolders(work)), "-o", `Dir::Etc::SourceList=${list}`, "-o", "Dir::Etc::SourceParts=/dev/null"];
  const apt = (...args: string[]) => run("apt-get", ["-q", ...own, ...args], { cwd: work, timeout: LIMIT_MS });
  await apt("update");
  await apt("source", "--download-only", "--tar-only", source.package);
  const name = (await readdir(work)).find((file) => /\.orig\.tar\.\w+$/.test(file));
  if (name === undefined) throw new Error(`apt-get source ${source.package} left no .orig.tar in ${work}`);
  const file = join(work, name);
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  if (sha256 !== source.sha256) throw new Error(`${name} has the SHA-256 ${sha256}; want ${source.sha256}`);
  return file;
}
