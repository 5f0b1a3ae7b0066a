/**
 * Finds the binaries of a real control plane, etcd and kube-apiserver: those that KUBEBUILDER_ASSETS names, those built before, or new
 * ones. Starts none of them (control-plane.ts).
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, makeInCache } from "../tools/cache.ts";
import { findGo } from "../tools/go.ts";
import { buildArguments, buildServers } from "./build.ts";

/** The variable that setup-envtest prints, and that controller-runtime's tests read. */
const ASSETS_VARIABLE = "KUBEBUILDER_ASSETS";

export interface Binaries {
  readonly etcd: string;
  readonly kubeApiServer: string;
  /** Where they come from: the folder a variable names, the user's cache folder, or a build that filled that cache just now. */
  readonly source: "KUBEBUILDER_ASSETS" | "Cache" | "Build";
}

/** There is no control plane to be had on this machine: tests that need one are skipped, and say so. */
export class NoControlPlane extends Error {
  override readonly name = "NoControlPlane";
  constructor(why: string, options?: ErrorOptions) {
    super(
      `no etcd and kube-apiserver to be had: ${why}. Three ways to get a control plane:
  - set ${ASSETS_VARIABLE} to a folder that holds etcd and kube-apiserver, for example the one that "setup-envtest use -p path" prints;
  - install Go 1.24 or later: both are then built from source once, in about 4 minutes, and kept in the cache folder;
  - with Docker, create a cluster with kind, point KUBECONFIG at it, and use "npm run operator" there.`,
      options,
    );
  }
}

/**
 * The first that is there: the folder in KUBEBUILDER_ASSETS, the user's cache folder (XDG_CACHE_HOME or ~/.cache), a build with Go.
 * @param progress told what is being done, one line each; nothing where the binaries are there already
 * @throws NoControlPlane where none can be had; a plain error where KUBEBUILDER_ASSETS is set and names no such folder
 */
export async function findBinaries(progress: (line: string) => void): Promise<Binaries> {
  const assets = process.env[ASSETS_VARIABLE];
  if (assets !== undefined && assets !== "") return binariesOfAssets(assets);
  const recipe = await readRecipe();
  if (await bothIn(recipe.folder)) return binariesIn(recipe.folder, "Cache");
  const go = await findGo();
  if (!go.found) throw new NoControlPlane(`${ASSETS_VARIABLE} is not set, ${recipe.folder} holds none, and ${go.why}`);
  progress(`no control plane in ${recipe.folder} yet: building one with Go ${go.version}`);
  const start = performance.now();
  try {
    await makeInCache(recipe.folder, (building) => build(building, recipe.version, progress), bothIn);
  } catch (cause) {
    throw new NoControlPlane(`building them with Go ${go.version} failed: ${messageOf(cause)}`, { cause });
  }
  progress(`kube-apiserver ${recipe.version} and etcd are built, after ${Math.round((performance.now() - start) / 1000)} s`);
  return binariesIn(recipe.folder, "Build");
}

async function binariesOfAssets(folder: string): Promise<Binaries> {
  const binaries = binariesIn(folder, "KUBEBUILDER_ASSETS");
  if (await bothRunnable(binaries)) return binaries;
  throw new Error(`${ASSETS_VARIABLE} is ${JSON.stringify(folder)}; want a folder that holds the programs etcd and kube-apiserver`);
}

function binariesIn(folder: string, source: Binaries["source"]): Binaries {
  return { etcd: join(folder, "etcd"), kubeApiServer: join(folder, "kube-apiserver"), source };
}

async function bothRunnable(binaries: Binaries): Promise<boolean> {
  try {
    await Promise.all([binaries.etcd, binaries.kubeApiServer].map((program) => access(program, constants.X_OK)));
    return true;
  } catch {
    return false;
  }
}

function bothIn(folder: string): Promise<boolean> {
  return bothRunnable(binariesIn(folder, "Cache"));
}

interface Recipe {
  /** Of Kubernetes, as in go.mod: v1.36.3. */
  version: string;
  /** Where the binaries belong. Its name changes with all that decides what they are, so an old build is never taken for a new one. */
  folder: string;
}

async function readRecipe(): Promise<Recipe> {
  const [goMod, goSum] = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(new URL(file, import.meta.url), "utf8")));
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod ?? "")?.[1];
  if (version === undefined)
    throw new Error("test/control-plane/go.mod: no version of k8s.io/kubernetes is required; want one, such as v1.36.3");
  // A home folder can be shared between machines: the platform is part of what the binaries are.
  const ingredients = [goMod, goSum, process.platform, process.arch, ...buildArguments(version)];
  const hash = createHash("sha256").update(ingredients.join("\n")).digest("hex").slice(0, 12);
  return { version, folder: join(cacheFolder(), "control-plane", `${version}-${hash}`) };
}

async function build(folder: string, version: string, progress: (line: string) => void): Promise<void> {
  await buildServers(folder, version, progress);
  await rename(join(folder, "server"), join(folder, "etcd"));
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}
