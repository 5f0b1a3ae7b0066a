/** The Helm chart as helm renders it, and the programs that a test runs on it. Judges nothing. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Manifest, readManifests } from "../control-plane/manifests.ts";

export const CHART = fileURLToPath(new URL("../../deploy/chart", import.meta.url));
export const RELEASE = "flux-migration-operator";
export const NAMESPACE = "flux-migration";

/** The newest that the tests know; a helm that was built without a release's stamps assumes 1.20. */
export const NEWEST = "1.36.3";

/** Of one program; a render takes 0.2 s alone, and many times that beside other suites on few cores. */
const RUN_LIMIT_MS = 50_000;

/** Of a test that runs a few of them. */
export const TEST_LIMIT_MS = 60_000;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs to the end, whatever it comes to. With none of this process's environment but PATH: a person's own kubeconfig must not be found. */
export async function run(program: string, args: readonly string[], { input = "", env = {}, cwd = "/" }: RunOptions = {}): Promise<Ran> {
  const own = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" };
  const child = spawn(program, args, { env: { ...own, ...env }, cwd, timeout: RUN_LIMIT_MS, stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  // It may end without having read its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

export interface Rendering {
  /** A folder, in the place of the project's own. */
  readonly chart?: string;
  readonly values?: object;
  readonly kubeVersion?: string;
  readonly release?: string;
  /** Of the cluster, beyond those that helm takes for granted. */
  readonly apiVersions?: readonly string[];
}

/** `helm template` or `helm lint`, as it ended. */
export async function runOnChart(helm: string, command: readonly string[], rendering: Rendering): Promise<Ran> {
  const { values = {}, kubeVersion = NEWEST } = rendering;
  const args = [...command, "--namespace", NAMESPACE, "--kube-version", kubeVersion, "--values", "-"];
  return await run(helm, args, { input: JSON.stringify(values) });
}

/** @throws what helm said, where it refuses */
export async function render(helm: string, rendering: Rendering = {}): Promise<Manifest[]> {
  const apiVersions = (rendering.apiVersions ?? []).flatMap((apiVersion) => ["--api-versions", apiVersion]);
  const ran = await runOnChart(helm, ["template", rendering.release ?? RELEASE, rendering.chart ?? CHART, ...apiVersions], rendering);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return readManifests(ran.stdout).map((read) => {
    if (!read.readable) throw new Error(`${read.where}: ${read.why}\n${ran.stdout}`);
    return read.manifest;
  });
}

/** @throws where there is not exactly one */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} objects of kind ${kind}, want one`);
  return found[0];
}
