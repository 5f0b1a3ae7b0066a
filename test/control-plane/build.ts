/**
 * Builds etcd and kube-apiserver from the sources that go.mod beside this file names, with the user's Go. Decides neither whether to
 * build nor where the binaries belong (binaries.ts).
 */
import { fileURLToPath } from "node:url";
import { type GoCounts, runGo } from "../tools/go.ts";

const MODULE_FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** What `go build` is called with, the output folder aside. `tool` stands for all tools of go.mod.
 *  @param version such as v1.36.3: without it the server calls itself v0.0.0, and clients that compare versions refuse it */
export function buildArguments(version: string): string[] {
  const [major = "", minor = ""] = version.replace(/^v/, "").split(".");
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-trimpath", "-ldflags", ["-s", "-w", ...stamps].join(" "), "tool"];
}

/**
 * Builds both servers into `folder`, as `server` (etcd) and `kube-apiserver`.
 * @param progress told every few seconds what is done: packages compiled, of how many, and the seconds so far
 * @throws with the end of go's output; `folder` may hold one of the two then
 */
export async function buildServers(folder: string, version: string, progress: (line: string) => void): Promise<void> {
  const go = (args: readonly string[], told: (counts: GoCounts, seconds: number) => void): Promise<string[]> =>
    runGo(args, { cwd: MODULE_FOLDER, output: folder, progress: told });
  const packages = await go(["list", "-deps", "tool"], ({ downloads }, seconds) => {
    progress(`getting the sources of Kubernetes ${version} and etcd: ${downloads} modules fetched, ${seconds} s`);
  });
  const total = packages.length;
  progress(`building kube-apiserver ${version} and etcd: ${total} Go packages, about 4 min the first time on two cores`);
  await go(["build", "-v", "-o", `${folder}/`, ...buildArguments(version)], (counts, seconds) => {
    // What Go's own cache holds is not named, so the count can stay below the total.
    progress(`building kube-apiserver ${version} and etcd: ${counts.packages} of ${total} packages, ${seconds} s`);
  });
}
