/**
 * Takes programs out of a package of Debian or one of its descendants: downloads and unpacks it, installs nothing, and needs no root.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** @param folder gets the programs that the package has in usr/bin */
export async function takePrograms(packageName: string, folder: string, progress: (line: string) => void): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "debian-package-"));
  try {
    await download(packageName, work, progress);
    const file = (await readdir(work)).find((name) => name.endsWith(".deb"));
    if (file === undefined) throw new Error(`apt-get download ${packageName} left no .deb in ${work}`);
    const unpacked = join(work, "unpacked");
    await run("dpkg-deb", ["-x", join(work, file), unpacked], { timeout: LIMIT_MS });
    const programs = join(unpacked, "usr/bin");
    for (const name of await readdir(programs)) await copyFile(join(programs, name), join(folder, name));
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
