/**
 * Builds kube-apiserver 1.20.2, the oldest that the product runs on, from the sources that Debian keeps: no module proxy serves a
 * Kubernetes of that age in a form that builds. Decides neither whether to build nor where the binary belongs (binaries.ts).
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { type DebianSource, downloadSource } from "../tools/debian-source.ts";
import { type GoRun, runGo } from "../tools/go.ts";

const run = promisify(execFile);

const VERSION = "v1.20.2";

const SOURCE: DebianSource = {
  package: "kubernetes",
  codename: "bookworm",
  sha256: "b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc",
};

/** The vendored 1.0.1 crashes when it is built with Go 1.18 or later. */
const REFLECT2 = { module: "github.com/modern-go/reflect2", version: "v1.0.2" };

const ROOT = "k8s.io/kubernetes";

/** The one generated file that the published sources lack, and that the server does not build without. */
const OPENAPI_PACKAGE = `${ROOT}/pkg/generated/openapi`;
const OPENAPI_FILE = "zz_generated.openapi";

/** All that decides what the binary is, but the Go that builds it. */
export const FLOOR_RECIPE: readonly [version: string, ...string[]] = [VERSION, SOURCE.sha256, REFLECT2.version, ...buildArguments()];

/** The directories of Go's old way, before modules: the sources are of that age, and bring their dependencies along. */
interface Workspace {
  readonly gopath: string;
  readonly sources: string;
  /** Removed, and go ended, when this process dies first. */
  readonly folder: string;
  readonly progress: (line: string) => void;
}

/**
 * Builds the server into `folder`, as `kube-apiserver`; about 4 min on two cores, 20 s where Go's cache holds it.
 * @param progress told every few seconds what is done
 * @throws with the end of what apt or go said
 */
export async function buildFloor(folder: string, progress: (line: string) => void): Promise<void> {
  const work = join(folder, "work");
  const gopath = join(work, "go");
  const workspace = { gopath, sources: join(gopath, "src", ROOT), folder, progress };
  await mkdir(workspace.sources, { recursive: true });
  const tarball = await downloadSource(SOURCE, work, progress);
  await run("tar", ["-xf", tarball, "-C", workspace.sources, "--strip-components=1"]);
  await replaceReflect2(workspace);
  await generateOpenApi(workspace);
  await go(workspace, "kube-apiserver", ["build", "-v", "-o", join(folder, "kube-apiserver"), ...buildArguments()]);
  await rm(work, { recursive: true });
}

function buildArguments(): string[] {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(VERSION) ?? [];
  // What /version answers is asked of one package, what the server calls itself to others of the other.
  const packages = [`${ROOT}/vendor/k8s.io/component-base/version`, `${ROOT}/vendor/k8s.io/client-go/pkg/version`];
  const stamps = packages.flatMap((name) => [`${name}.gitVersion=${VERSION}`, `${name}.gitMajor=${major}`, `${name}.gitMinor=${minor}`]);
  // Without the clouds' own clients, a third of all packages, which no test needs.
  return [
    "-trimpath",
    "-tags",
    "providerless",
    "-ldflags",
    ["-s", "-w", ...stamps.map((stamp) => `-X ${stamp}`)].join(" "),
    "./cmd/kube-apiserver",
  ];
}

async function go({ gopath, sources, folder, progress }: Workspace, what: string, args: readonly string[]): Promise<void> {
  const told: GoRun["progress"] = ({ packages }, seconds) => progress(`building ${what} ${VERSION}: ${packages} packages, ${seconds} s`);
  const environment = { GOPATH: gopath, GO111MODULE: "off", GOFLAGS: "" };
  await runGo(args, { cwd: sources, output: folder, progress: told, environment });
}

const Download = z.object({ Dir: z.string() });

async function replaceReflect2({ gopath, sources, folder }: Workspace): Promise<void> {
  const { module, version } = REFLECT2;
  // Outside any module. Go checks what it gets against its checksum database.
  const answer = await runGo(["mod", "download", "-json", `${module}@${version}`], {
    cwd: gopath,
    output: folder,
    progress: () => undefined,
  });
  const fetched = Download.parse(JSON.parse(answer.join("\n"))).Dir;
  const vendored = join(sources, "vendor", module);
  await rm(vendored, { recursive: true });
  await mkdir(vendored);
  const wanted = (await readdir(fetched)).filter((name) => /\.(go|s)$/.test(name) && !name.endsWith("_test.go"));
  for (const name of wanted) await copyFile(join(fetched, name), join(vendored, name));
}

async function generateOpenApi(workspace: Workspace): Promise<void> {
  const { gopath, sources } = workspace;
  const generator = join(gopath, "openapi-gen");
  await go(workspace, "openapi-gen of", ["build", "-v", "-o", generator, "./vendor/k8s.io/kube-openapi/cmd/openapi-gen"]);
  const output = ["--output-base", join(gopath, "src"), "--output-package", OPENAPI_PACKAGE, "--output-file-base", OPENAPI_FILE];
  const header = ["--go-header-file", "hack/boilerplate/boilerplate.generatego.txt"];
  const report = ["--report-filename", join(gopath, "violations")];
  const input = ["--input-dirs", (await packagesWithOpenApi(sources)).join(",")];
  const env = { ...process.env, GOPATH: gopath, GO111MODULE: "off", GOFLAGS: "" };
  await run(generator, [...input, ...output, ...header, ...report], { cwd: sources, env });
}

/** Packages that carry the generator's tag. Staged ones are built where they are vendored. */
async function packagesWithOpenApi(sources: string): Promise<string[]> {
  const args = ["-rl", "--include=*.go", "--exclude=*_test.go", "+k8s:openapi-gen=", "pkg", "staging/src/k8s.io"];
  const { stdout } = await run("grep", args, { cwd: sources });
  const folders = new Set(stdout.trimEnd().split("\n").map(dirname));
  return [...folders].toSorted().map((folder) => `${ROOT}/${folder.replace(/^staging\/src\//, "vendor/")}`);
}
