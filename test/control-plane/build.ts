/**
 * Builds etcd and kube-apiserver from the sources that go.mod beside this file names, with the user's Go. Decides neither whether to
 * build nor where the binaries belong (binaries.ts).
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startOrphanGuard } from "./orphan-guard.ts";

const MODULE_FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** The first Go that knows `tool` directives. It fetches the newer Go that go.mod asks for by itself. */
const LOWEST_GO = { major: 1, minor: 24 };

const PROGRESS_EVERY_MS = 5_000;

/** Lines of go's output that an error shows. */
const OUTPUT_TAIL_LINES = 20;

/** What `go build` is called with, the output folder aside. `tool` stands for all tools of go.mod.
 *  @param version such as v1.36.3: without it the server calls itself v0.0.0, and clients that compare versions refuse it */
export function buildArguments(version: string): string[] {
  const [major = "", minor = ""] = version.replace(/^v/, "").split(".");
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-trimpath", "-ldflags", ["-s", "-w", ...stamps].join(" "), "tool"];
}

export type GoFound = { found: true; version: string } | { found: false; why: string };

/** Is there a Go that can build? Asks it for its version, downloads nothing. */
export async function findGo(): Promise<GoFound> {
  try {
    // Outside any module, and "local": in ours this question alone would fetch a newer Go.
    const { stdout } = await promisify(execFile)("go", ["version"], { cwd: tmpdir(), env: { ...process.env, GOTOOLCHAIN: "local" } });
    const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(stdout) ?? [];
    if (major === undefined || minor === undefined) return { found: false, why: `"go version" said ${JSON.stringify(stdout.trim())}` };
    const version = `${major}.${minor}`;
    const newEnough = Number(major) > LOWEST_GO.major || (Number(major) === LOWEST_GO.major && Number(minor) >= LOWEST_GO.minor);
    return newEnough ? { found: true, version } : { found: false, why: `Go ${version} is too old` };
  } catch {
    return { found: false, why: 'no program "go" was found in PATH' };
  }
}

/**
 * Builds both servers into `folder`, as `server` (etcd) and `kube-apiserver`.
 * @param progress told every few seconds what is done: packages compiled, of how many, and the seconds so far
 * @throws with the end of go's output; `folder` may hold one of the two then
 */
export async function buildServers(folder: string, version: string, progress: (line: string) => void): Promise<void> {
  const packages = await runGo(["list", "-deps", "tool"], folder, (counted, seconds) => {
    progress(`getting the sources of Kubernetes ${version} and etcd: ${counted.downloads} modules fetched, ${seconds} s`);
  });
  const total = packages.length;
  progress(`building kube-apiserver ${version} and etcd: ${total} Go packages, about 4 min the first time on two cores`);
  await runGo(["build", "-v", "-o", `${folder}/`, ...buildArguments(version)], folder, (counted, seconds) => {
    // What Go's own cache holds is not named, so the count can stay below the total.
    progress(`building kube-apiserver ${version} and etcd: ${counted.packages} of ${total} packages, ${seconds} s`);
  });
}

interface Counted {
  downloads: number;
  packages: number;
}

/** @returns the lines of its standard output */
async function runGo(args: readonly string[], folder: string, progress: (counted: Counted, seconds: number) => void): Promise<string[]> {
  const start = performance.now();
  const env = {
    ...process.env,
    GOTOOLCHAIN: "auto",
    CGO_ENABLED: "0",
    // The user's own flags and workspace belong to the user's own modules: -mod=vendor, for one, would fail here.
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
  };
  const guard = startOrphanGuard(folder);
  const go = spawn("go", args, { cwd: MODULE_FOLDER, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = once(go, "close");
  if (go.pid !== undefined) guard.watch(go.pid);
  const counted: Counted = { downloads: 0, packages: 0 };
  const tail: string[] = [];
  const output: string[] = [];
  createInterface({ input: go.stdout }).on("line", (line) => output.push(line));
  createInterface({ input: go.stderr }).on("line", (line) => {
    if (line.startsWith("go: downloading ")) counted.downloads += 1;
    else if (/^[\w./-]+$/.test(line)) counted.packages += 1;
    tail.push(line);
    if (tail.length > OUTPUT_TAIL_LINES) tail.shift();
  });
  const ticker = setInterval(() => progress(counted, Math.round((performance.now() - start) / 1000)), PROGRESS_EVERY_MS);
  try {
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`"go ${args[0]}" ended with ${signal ?? `exit code ${code}`}:\n${tail.join("\n")}`);
    return output;
  } finally {
    clearInterval(ticker);
    await guard.dismiss();
  }
}
