/**
 * Takes programs out of a package of Debian or one of its descendants: downloads and unpacks it, installs nothing, and needs no root.
 */
import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Of a download: lists are 9 MB, the package of Prometheus is 19 MB. */
const LIMIT_MS = 5 * 60 * 1000;

/** Which Debian this is, "debian-12": what a package holds depends on it. */
export async function debianRelease(): Promise<string | undefined> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (name: string): string | undefined => new RegExp(`^${name}="?([\\w.-]+)"?$`, "m").exec(text)?.[1];
  const [id, like] = [field("ID"), /^ID_LIKE=.*\bdebian\b/m.test(text)];
  return id === "debian" || like ? `${id}-${field("VERSION_ID") ?? "rolling"}` : undefined;
}

/**
 * Unpacks packages side by side, and puts a start of the program beside them: its libraries are found in the same tree.
 * @param program its path in the tree
 */
export async function takeTree(
  { packages, program }: { packages: readonly string[]; program: string },
  folder: string,
  progress: (line: string) => void,
): Promise<void> {
  for (const name of packages) {
    await unpacked(name, progress, (tree) => cp(tree, folder, { recursive: true, verbatimSymlinks: true }));
  }
  // Where fish looks for its own files when it finds itself in usr/bin.
  await symlink("../etc", join(folder, "usr/etc"));
  const start = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH=$(echo "$here"/usr/lib/*-linux-gnu) exec "$here/${program}" "$@"
`;
  await writeFile(join(folder, basename(program)), start, { mode: 0o755 });
}

/** @param folder gets the programs that the package has in usr/bin */
export async function takePrograms(packageName: string, folder: string, progress: (line: string) => void): Promise<void> {
  await unpacked(packageName, progress, async (tree) => {
    const programs = join(tree, "usr/bin");
    for (const name of await readdir(programs)) await copyFile(join(programs, name), join(folder, name));
  });
}

async function unpacked(packageName: string, progress: (line: string) => void, take: (tree: string) => Promise<void>): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "debian-package-"));
  try {
    await download(packageName, work, progress);
    const file = (await readdir(work)).find((name) => name.endsWith(".deb"));
    if (file === undefined) throw new Error(`apt-get download ${packageName} left no .deb in ${work}`);
    const tree = join(work, "unpacked");
    await run("dpkg-deb", ["-x", join(work, file), tree], { timeout: LIMIT_MS });
    await take(tree);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(packageName: string, work: string, progress: (line: string) => void): Promise<void> {
  const apt = (options: readonly string[], ...args: string[]) =>
    run("apt-get", ["-q", ...options, ...args], { cwd: work, timeout: LIMIT_MS });
  try {
    await apt([], "download", packageName);
  } catch {
    // Fresh images have no package lists. Lists of our own need no root, and no lock that another process may hold.
    progress(`apt knows no ${packageName} yet: reading the package lists`);
    const own = await ownAptFolders(work);
    await apt(own, "update");
    await apt(own, "download", packageName);
  }
}

/** Options that make apt keep lists and downloads below `folder`: as nobody in particular, beside an apt that works on the machine's own. */
export async function ownAptFolders(folder: string): Promise<string[]> {
  const [lists, cache] = [join(folder, "lists"), join(folder, "cache")];
  // apt makes neither of them by itself.
  await Promise.all([join(lists, "partial"), join(cache, "archives/partial")].map((made) => mkdir(made, { recursive: true })));
  return ["-o", `Dir::State::Lists=${lists}`, "-o", `Dir::Cache=${cache}`, "-o", "APT::Sandbox::User="];
}
