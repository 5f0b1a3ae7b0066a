/**
 * Finds the binaries of a real control plane, etcd and kube-apiserver, of the newest Kubernetes or the oldest: those that a variable
 * names, those built before, or new ones. Starts none of them (control-plane.ts).
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, makeInCache } from "../tools/cache.ts";
import { findGo } from "../tools/go.ts";
import { buildArguments, buildServers } from "./build.ts";
import { buildFloor, FLOOR_RECIPE } from "./build-floor.ts";

/** The variable that setup-envtest prints, and that controller-runtime's tests read. */
const ASSETS_VARIABLE = "KUBEBUILDER_ASSETS";

/** The same for the oldest Kubernetes: "setup-envtest use 1.20.2 -p path". */
const FLOOR_ASSETS_VARIABLE = "KUBEBUILDER_ASSETS_1_20";

/** Which Kubernetes: the newest that the tests know, or the floor, the oldest that the product runs on. */
export const KUBERNETES = ["Newest", "1.20"] as const;
export type Kubernetes = (typeof KUBERNETES)[number];

export interface Binaries {
  readonly etcd: string;
  readonly kubeApiServer: string;
  /** Where kube-apiserver comes from: the folder a variable names, the user's cache folder, or a build that filled that cache just now. */
  readonly source: "Assets" | "Cache" | "Build";
}

/** There is no control plane to be had on this machine: tests that need one are skipped, and say so. */
export class NoControlPlane extends Error {
  override readonly name = "NoControlPlane";
}

const WAYS: Readonly<Record<Kubernetes, string>> = {
  Newest: `Three ways to get a control plane:
  - set ${ASSETS_VARIABLE} to a folder that holds etcd and kube-apiserver, for example the one that "setup-envtest use -p path" prints;
  - install Go 1.24 or later: both are then built from source once, in about 4 minutes, and kept in the cache folder;
  - with Docker, create a cluster with kind, point KUBECONFIG at it, and use "npm run operator" there.`,
  "1.20": `Two ways to get one:
  - set ${FLOOR_ASSETS_VARIABLE} to a folder that holds it, for example the one that "setup-envtest use 1.20.2 -p path" prints;
  - on a Debian that reaches its package archive, install Go 1.24 or later: it is then built from source once, in about 4 minutes.`,
};

/** A program, or the programs, that control planes of one Kubernetes have of their own. */
interface Recipe {
  /** For messages: "kube-apiserver v1.36.3 and etcd". */
  readonly what: string;
  readonly programs: readonly string[];
  readonly assetsVariable: string;
  /** Where the programs belong. Its name changes with all that decides what they are, so an old build is never taken for a new one. */
  readonly folder: string;
  readonly build: (folder: string, progress: (line: string) => void) => Promise<void>;
}

/**
 * The first that is there: the folder that the variable names, the user's cache folder (XDG_CACHE_HOME or ~/.cache), a build with Go.
 * The floor takes the etcd of the newest: Kubernetes 1.20 runs on it, and an etcd of that age is slow for want of --unsafe-no-fsync.
 * @param progress told what is being done, one line each; nothing where the binaries are there already
 * @throws NoControlPlane where none can be had; a plain error where the variable is set and names no such folder
 */
export async function findBinaries(progress: (line: string) => void, kubernetes: Kubernetes = "Newest"): Promise<Binaries> {
  const newest = await findPrograms("Newest", await newestRecipe(), progress);
  const etcd = join(newest.folder, "etcd");
  const { folder, source } = kubernetes === "Newest" ? newest : await findPrograms(kubernetes, floorRecipe(), progress);
  return { etcd, kubeApiServer: join(folder, "kube-apiserver"), source };
}

interface Found {
  readonly folder: string;
  readonly source: Binaries["source"];
}

async function findPrograms(kubernetes: Kubernetes, recipe: Recipe, progress: (line: string) => void): Promise<Found> {
  const { what, programs, assetsVariable, folder, build } = recipe;
  const assets = process.env[assetsVariable];
  if (assets !== undefined && assets !== "") {
    if (await runnable(assets, programs)) return { folder: assets, source: "Assets" };
    throw new Error(`${assetsVariable} is ${JSON.stringify(assets)}; want a folder that holds the programs ${programs.join(" and ")}`);
  }
  if (await runnable(folder, programs)) return { folder, source: "Cache" };
  const none = (why: string, options?: ErrorOptions) => new NoControlPlane(`no ${what} to be had: ${why}. ${WAYS[kubernetes]}`, options);
  const go = await findGo();
  if (!go.found) throw none(`${assetsVariable} is not set, ${folder} holds none, and ${go.why}`);
  progress(`no ${what} in ${folder} yet: building with Go ${go.version}`);
  const start = performance.now();
  try {
    await makeInCache(
      folder,
      (building) => build(building, progress),
      (made) => runnable(made, programs),
    );
  } catch (cause) {
    throw none(`building with Go ${go.version} failed: ${messageOf(cause)}`, { cause });
  }
  progress(`${what}: built, after ${Math.round((performance.now() - start) / 1000)} s`);
  return { folder, source: "Build" };
}

async function runnable(folder: string, programs: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(programs.map((program) => access(join(folder, program), constants.X_OK)));
    return true;
  } catch {
    return false;
  }
}

async function newestRecipe(): Promise<Recipe> {
  const [goMod = "", goSum = ""] = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(new URL(file, import.meta.url), "utf8")));
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1];
  if (version === undefined)
    throw new Error("test/control-plane/go.mod: no version of k8s.io/kubernetes is required; want one, such as v1.36.3");
  return {
    what: `kube-apiserver ${version} and etcd`,
    programs: ["etcd", "kube-apiserver"],
    assetsVariable: ASSETS_VARIABLE,
    folder: folderFor(version, [goMod, goSum], buildArguments(version)),
    build: async (folder, progress) => {
      await buildServers(folder, version, progress);
      await rename(join(folder, "server"), join(folder, "etcd"));
    },
  };
}

function floorRecipe(): Recipe {
  const [version, ...ingredients] = FLOOR_RECIPE;
  return {
    what: `kube-apiserver ${version}`,
    programs: ["kube-apiserver"],
    assetsVariable: FLOOR_ASSETS_VARIABLE,
    folder: folderFor(version, ingredients, []),
    build: buildFloor,
  };
}

function folderFor(version: string, sources: readonly string[], args: readonly string[]): string {
  // A home folder can be shared between machines: the platform is part of what the binaries are.
  const ingredients = [...sources, process.platform, process.arch, ...args];
  const hash = createHash("sha256").update(ingredients.join("\n")).digest("hex").slice(0, 12);
  return join(cacheFolder(), "control-plane", `${version}-${hash}`);
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}
