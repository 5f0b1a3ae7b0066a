/**
 * `node build/check-image.ts`: carries out the Dockerfile without an engine and checks what comes of it: exactly the files that belong
 * there, for every user to read and for none to write, and a program that starts as Kubernetes starts it. An image is not made.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { VERSION } from "../src/cli/version.ts";
import { PROJECT } from "./bundle.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { type Image, runStages } from "./stages.ts";

const AS_ROOT = process.getuid?.() === 0;

/** All that is in the image beyond its base. The cache's names hold node's version and a hash. */
export const IMAGE_FILES: readonly RegExp[] = [
  /^app\/LICENSE$/,
  /^app\/THIRD-PARTY-LICENSES\.txt$/,
  /^app\/cache\/v24\.[\w.-]+-65532\/[0-9a-f]+$/,
  /^app\/flux-migration\.cdx\.json$/,
  /^app\/flux-migration\.mjs$/,
  /^app\/flux-migration\.mjs\.LEGAL\.txt$/,
];

/** What comes from the stand-in for the base image. */
const BASE_FILE = /^(nodejs|tmp)(\/|$)/;

/** OpenShift gives each namespace a range of users, and their processes the group 0. */
export const ANY_USER = "1000650000:0";

/** Carries out the stages. @param folder new, and for every user to enter */
export async function makeImage(folder: string, progress: (line: string) => void): Promise<Image> {
  const stages = parseDockerfile(await readFile(join(PROJECT, "Dockerfile"), "utf8"));
  return await runStages(stages, { context: PROJECT, folder, progress });
}

/** @returns what is wrong, a sentence each */
export async function problemsOf(image: Image): Promise<string[]> {
  return [...(await fileProblems(image)), ...labelProblems(image), ...(await startProblems(image))];
}

async function fileProblems({ root }: Image): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => relative(root, join(entry.parentPath, entry.name))).filter((path) => !BASE_FILE.test(path));
  const isFolder = new Set(
    entries.filter((entry) => entry.isDirectory()).map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  const files = paths.filter((path) => !isFolder.has(path));
  const unexpected = files.filter((path) => !IMAGE_FILES.some((wanted) => wanted.test(path)));
  const missing = IMAGE_FILES.filter((wanted) => !files.some((path) => wanted.test(path)));
  const modes = await Promise.all(paths.map(async (path) => modeProblems(path, isFolder.has(path), await stat(join(root, path)))));
  return [
    ...unexpected.map((path) => `/${path} does not belong into the image; IMAGE_FILES in build/check-image.ts lists what does`),
    ...missing.map((wanted) => `no file matches ${wanted.source}`),
    ...modes.flat(),
  ];
}

function modeProblems(path: string, folder: boolean, { mode, uid, gid }: { mode: number; uid: number; gid: number }): string[] {
  const needed = folder ? 0o555 : 0o444;
  const octal = (mode & 0o777).toString(8);
  return [
    ...((mode & needed) === needed ? [] : [`/${path} has mode ${octal}: not every user can read it`]),
    ...((mode & 0o022) === 0 ? [] : [`/${path} has mode ${octal}: others than root can write it`]),
    ...(AS_ROOT && (uid !== 0 || gid !== 0) ? [`/${path} belongs to ${uid}:${gid}, not to root`] : []),
  ];
}

function labelProblems({ labels, user }: Image): string[] {
  const wanted = ["title", "description", "source", "documentation", "licenses", "version", "revision"].map(
    (name) => `org.opencontainers.image.${name}`,
  );
  return [
    ...wanted.filter((name) => !labels.get(name)).map((name) => `label ${name} is missing`),
    // A name could be root for all that Kubernetes knows: runAsNonRoot wants a number.
    ...(/^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : [`USER is ${user}; want numbers, and not root`]),
  ];
}

async function startProblems(image: Image): Promise<string[]> {
  const own = await startImage(image, ["--version"], { user: image.user, environment: { NODE_DEBUG_NATIVE: "COMPILE_CACHE" } });
  const other = await startImage(image, ["--version"], { user: ANY_USER });
  const scan = await scanMounted(image);
  return [
    ...(own.code === 0 ? [] : [`does not start as ${image.user}: exit code ${own.code}: ${own.err}`]),
    ...(/code cache .* was accepted/.test(own.err + own.out)
      ? []
      : ["the compile cache is of no use to the ENTRYPOINT: node or its flags differ from those that filled it"]),
    ...(other.code === 0 && other.out.trim() === VERSION ? [] : [`does not start as ${ANY_USER}: exit code ${other.code}: ${other.err}`]),
    ...(scan.code === 1 && scan.out.includes("fluxd")
      ? []
      : [`does not scan what is mounted: exit code ${scan.code}: ${scan.err}${scan.out}`]),
  ];
}

/** What `docker run --volume "$PWD:/work:ro" IMAGE scan /work` does: words after the image take the place of CMD. */
async function scanMounted(image: Image): Promise<Started> {
  // A folder of the base image, which is not compared with what belongs there.
  const work = await mkdtemp(join(image.root, "tmp/work-"));
  try {
    await chmod(work, 0o755);
    await cp(join(PROJECT, "test/demo/manifests/fluxd.yaml"), join(work, "fluxd.yaml"));
    await chmod(join(work, "fluxd.yaml"), 0o444);
    return await startImage(image, ["scan", work], { user: ANY_USER });
  } finally {
    await rm(work, { recursive: true });
  }
}

export interface Started {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

interface StartOptions {
  readonly user: string;
  readonly environment?: Record<string, string>;
  /** Ends the program once its log holds this; otherwise it ends by itself. */
  readonly until?: RegExp;
}

/**
 * Starts the image's program as Kubernetes does: as this user, without privileges, on a root file system that is read-only. Where we are
 * not root: as ourselves, and without those.
 */
export async function startImage(image: Image, args: readonly string[], { user, environment, until }: StartOptions): Promise<Started> {
  const [uid, gid] = user.split(":");
  const readOnly = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
  const drop = [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    "--no-new-privs",
    "--inh-caps=-all",
    "--bounding-set=-all",
  ];
  const confine = AS_ROOT ? ["unshare", "--mount", "sh", "-c", readOnly, image.root, ...drop] : [];
  const [program = "", ...rest] = [...confine, ...image.entrypoint, ...args];
  const child = spawn(program, rest, {
    cwd: image.root,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...image.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.on("data", (chunk: Buffer) => until?.test(chunk.toString()) && child.kill());
  const [[code, signal], out, err] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { code: signal ?? code, out, err };
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), "image-"));
  try {
    await chmod(folder, 0o755);
    const image = await makeImage(folder, (line) => process.stderr.write(`${line}\n`));
    const problems = await problemsOf(image);
    if (!AS_ROOT) process.stderr.write("not root: owners, other users and the read-only file system were NOT checked\n");
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    process.stdout.write(problems.length === 0 ? "the image is as it should be\n" : `${problems.length} problems\n`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
