/**
 * Finds a program that tests need: one in PATH that is new enough, one made before, or a new one. Runs none but to ask for its version.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { coerce, satisfies } from "semver";
import { cacheFolder, makeInCache } from "./cache.ts";
import { debianRelease, takePrograms, takeTree } from "./debian-package.ts";
import { findGo, type GoCounts, runGo } from "./go.ts";
import { buildParts } from "./go-parts.ts";
import { type Recipe, TOOL_NAMES, TOOLS, type Tool, type ToolName } from "./tool-table.ts";

/** Holds a folder with go.mod and go.sum for each tool that is built so. */
const FOLDER = fileURLToPath(new URL(".", import.meta.url));

const VERSION_LIMIT_MS = 10_000;

/** The tool is not to be had on this machine: tests that need it are skipped, and say so. */
export class NoTool extends Error {
  override readonly name = "NoTool";
  readonly tool: ToolName;
  constructor(tool: ToolName, why: string, whatToDo: string, options?: ErrorOptions) {
    super(`no ${tool} to be had: ${why.replace(/\.$/, "")}. ${whatToDo}`, options);
    this.tool = tool;
  }
}

/**
 * The first that is there: a program in PATH whose version the tests are written for, the user's cache folder, a new one in that folder.
 * @param progress told what is being done, one line each; nothing where the program is there already
 * @returns the program's path
 * @throws NoTool where none can be had
 */
export async function findTool(name: ToolName, progress: (line: string) => void): Promise<string> {
  const tool = TOOLS[name];
  const inPath = await searchPath(name, tool);
  if (inPath.fit !== undefined) return inPath.fit;
  const source = await sourceOf(name, tool.recipe);
  const program = join(source.folder, name);
  if (await runnable(program)) return program;
  const seen = inPath.unfit ?? "PATH has none";
  const own = `${name} ${tool.range} into PATH.`;
  const { folder, how, making } = source;
  if (!making.can) throw new NoTool(name, `${seen}, ${folder} has none, and ${making.why}`, `${source.advice}, or put ${own}`);
  progress(`${name}: ${seen}, and none in ${folder} yet: ${how}`);
  const start = performance.now();
  try {
    await makeInCache(
      folder,
      (building) => making.make(building, progress),
      (made) => runnable(join(made, name)),
    );
    if (!(await runnable(program))) throw new Error(`${folder} holds no program ${name}`);
  } catch (cause) {
    throw new NoTool(name, `${seen}, and ${how} failed: ${messageOf(cause)}`, `Put ${own}`, { cause });
  }
  progress(`${name} is in ${folder}, after ${Math.round((performance.now() - start) / 1000)} s`);
  return program;
}

/** Has every tool made that can be, before tests start: a build takes minutes, which no test's limit holds. Never throws. */
export async function prepareTools(progress: (line: string) => void): Promise<void> {
  for (const name of TOOL_NAMES) {
    await findTool(name, progress).catch((error: unknown) => progress(`${messageOf(error)}\nThe tests that need ${name} will be SKIPPED.`));
  }
}

/** @returns `unfit` says what PATH holds instead, where it holds something */
async function searchPath(name: ToolName, tool: Tool): Promise<{ fit?: string; unfit?: string }> {
  let unfit: string | undefined;
  for (const folder of (process.env.PATH ?? "").split(delimiter).filter((entry) => entry !== "")) {
    const program = join(folder, name);
    if (!(await runnable(program))) continue;
    const version = await versionOf(program, tool.versionArguments);
    if (version !== undefined && satisfies(version, tool.range)) return { fit: program };
    unfit ??= `${program} is ${version ?? "of unknown version"} and the tests want ${tool.range}`;
  }
  return unfit === undefined ? {} : { unfit };
}

async function versionOf(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], { timeout: VERSION_LIMIT_MS, env: process.env });
    return coerce(/\d+\.\d+\.\d+/.exec(stdout)?.[0])?.version;
  } catch {
    return undefined;
  }
}

async function runnable(program: string): Promise<boolean> {
  return access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Where a program comes from that PATH does not have. */
interface Source {
  /** Where the program belongs. Its name changes with all that decides what it is, so an old one is never taken for a new one. */
  readonly folder: string;
  /** What is done to make it, for messages. */
  readonly how: string;
  /** What makes it possible where it is not. */
  readonly advice: string;
  readonly making: { readonly can: true; readonly make: Make } | { readonly can: false; readonly why: string };
}

type Make = (building: string, progress: (line: string) => void) => Promise<void>;

async function sourceOf(name: ToolName, recipe: Recipe): Promise<Source> {
  const tools = join(cacheFolder(), "tools");
  // A home folder can be shared between machines: the platform is part of what a program is.
  const platform = `${process.platform}-${process.arch}`;
  if (recipe.by === "DebianPackage") {
    const release = await debianRelease();
    return {
      folder: join(tools, `${recipe.package}-${release ?? "debian"}-${platform}`),
      how: `taking it out of the Debian package ${recipe.package}`,
      advice: "Use a Debian or Ubuntu that can reach its package archive",
      making:
        release === undefined
          ? { can: false, why: "this is no Debian to take a package of" }
          : { can: true, make: (building, progress) => takePrograms(recipe.package, building, progress) },
    };
  }
  if (recipe.by === "DebianTree") {
    const release = await debianRelease();
    return {
      folder: join(tools, `${recipe.packages.join("+")}-${release ?? "debian"}-${platform}`),
      how: `taking it out of the Debian packages ${recipe.packages.join(", ")}`,
      advice: "Use a Debian or Ubuntu that can reach its package archive",
      making:
        release === undefined
          ? { can: false, why: "this is no Debian to take packages of" }
          : { can: true, make: (building, progress) => takeTree(recipe, building, progress) },
    };
  }
  const go = await findGo();
  const args = goArguments(recipe);
  const sources = await Promise.all(OWN_FILES[recipe.by].map((file) => readFile(join(FOLDER, name, file))));
  const hash = createHash("sha256")
    .update([platform, ...args, ...sources].join("\n"))
    .digest("hex")
    .slice(0, 12);
  return {
    folder: join(tools, `${name}-${recipe.version}-${hash}`),
    how: `building ${recipe.version} with Go, about 2 min the first time`,
    advice: "Install Go 1.24 or later, which builds it from source",
    making: go.found
      ? { can: true, make: (building, progress) => buildWithGo(name, recipe, building, progress) }
      : { can: false, why: go.why },
  };
}

type GoRecipe = Exclude<Recipe, { by: "DebianPackage" | "DebianTree" }>;

/** What stands in a tool's folder here, and decides with the recipe what is made. */
const OWN_FILES: Readonly<Record<GoRecipe["by"], readonly string[]>> = {
  GoInstall: [],
  GoModule: ["go.mod", "go.sum"],
  GoParts: ["main.go"],
};

function goArguments(recipe: GoRecipe): string[] {
  if (recipe.by === "GoParts") return ["install", "-v", "-trimpath", "-ldflags", `-s -w -X main.VERSION=${recipe.version.slice(1)}`];
  const stamps = Object.entries(recipe.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
  const flags = ["-v", "-trimpath", "-ldflags", ["-s", "-w", ...stamps].join(" ")];
  return ["install", ...flags, recipe.by === "GoModule" ? "tool" : `${recipe.package}@${recipe.version}`];
}

async function buildWithGo(name: ToolName, recipe: GoRecipe, building: string, progress: (line: string) => void): Promise<void> {
  const counted = (counts: GoCounts, seconds: number) =>
    progress(`building ${name}: ${counts.downloads} modules fetched, ${counts.packages} packages, ${seconds} s`);
  if (recipe.by === "GoParts") {
    await buildParts({ ...recipe, name, main: join(FOLDER, name, "main.go"), arguments: goArguments(recipe) }, building, counted);
    return;
  }
  await runGo(goArguments(recipe), {
    cwd: recipe.by === "GoModule" ? join(FOLDER, name) : FOLDER,
    output: building,
    progress: counted,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
