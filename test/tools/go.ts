/**
 * Runs the user's Go, to build the programs that tests need. Knows neither what is built nor where it belongs (control-plane/build.ts,
 * find-tool.ts).
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { startOrphanGuard } from "../control-plane/orphan-guard.ts";

/** The first Go that knows `tool` directives. It fetches the newer Go that a go.mod asks for by itself. */
const LOWEST_GO = { major: 1, minor: 24 };

const PROGRESS_EVERY_MS = 5_000;

/** Lines of go's output that an error shows. */
const OUTPUT_TAIL_LINES = 20;

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

export interface GoCounts {
  /** Modules fetched so far. */
  downloads: number;
  /** Packages compiled so far, with `-v`. */
  packages: number;
}

export interface GoRun {
  /** Where go runs: the folder of a go.mod, or any folder for `go install package@version`. */
  readonly cwd: string;
  /** Where go writes. Removed, and go ended, when this process dies first. */
  readonly output: string;
  /** Told every few seconds. */
  readonly progress: (counts: GoCounts, seconds: number) => void;
  /** Variables that go sees beside those of this process, and before those that are set here. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * @returns the lines of its standard output
 * @throws with the end of go's output
 */
export async function runGo(args: readonly string[], { cwd, output, progress, environment = {} }: GoRun): Promise<string[]> {
  const start = performance.now();
  const env = {
    ...process.env,
    GOTOOLCHAIN: "auto",
    CGO_ENABLED: "0",
    // The compiler runs once for each package, and most of its garbage need never be collected: a fifth less time for 4 min of it.
    GOGC: "400",
    // The user's own flags and workspace belong to the user's own modules: -mod=vendor, for one, would fail here.
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    // Where `go install` puts programs.
    GOBIN: output,
    ...environment,
  };
  const guard = startOrphanGuard(output);
  const go = spawn("go", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = once(go, "close");
  if (go.pid !== undefined) guard.watch(go.pid);
  const counts: GoCounts = { downloads: 0, packages: 0 };
  const tail: string[] = [];
  const lines: string[] = [];
  createInterface({ input: go.stdout }).on("line", (line) => lines.push(line));
  createInterface({ input: go.stderr }).on("line", (line) => {
    if (line.startsWith("go: downloading ")) counts.downloads += 1;
    else if (/^[\w./-]+$/.test(line)) counts.packages += 1;
    tail.push(line);
    if (tail.length > OUTPUT_TAIL_LINES) tail.shift();
  });
  const ticker = setInterval(() => progress(counts, Math.round((performance.now() - start) / 1000)), PROGRESS_EVERY_MS);
  try {
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`"go ${args[0]}" ended with ${signal ?? `exit code ${code}`}:\n${tail.join("\n")}`);
    return lines;
  } finally {
    clearInterval(ticker);
    await guard.dismiss();
  }
}
