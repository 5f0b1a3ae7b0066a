/**
 * Builds a program of some files of a module and a main package of ours, in a copy of that module, so that its internal packages can be
 * used and its own list of versions counts. Leaves nothing but the program.
 */
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as z from "zod";
import { type GoCounts, runGo } from "./go.ts";

const Downloaded = z.looseObject({ Dir: z.string() });

interface Parts {
  /** Of the program. */
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** Files of the module that belong to the program's main package. */
  readonly parts: readonly string[];
  /** Path of our own file of that package. */
  readonly main: string;
  /** Of go, but for the package. */
  readonly arguments: readonly string[];
}

export async function buildParts(
  { name, module, version, parts, main, arguments: args }: Parts,
  building: string,
  progress: (counts: GoCounts, seconds: number) => void,
): Promise<void> {
  const lines = await runGo(["mod", "download", "-json", `${module}@${version}`], { cwd: tmpdir(), output: building, progress });
  const { Dir } = Downloaded.parse(JSON.parse(lines.join("\n")));
  const work = await mkdtemp(join(tmpdir(), "go-parts-"));
  try {
    // The cache of modules is read-only, and a copy is so too.
    for (const entry of ["go.mod", "go.sum", "internal", "pkg"]) await copyWritable(join(Dir, entry), join(work, entry));
    const folder = join(work, "cmd", "parts", name);
    await mkdir(folder, { recursive: true });
    for (const part of parts) await copyFile(join(Dir, part), join(folder, basename(part)));
    await copyFile(main, join(folder, "main.go"));
    await runGo([...args, `./cmd/parts/${name}`], { cwd: work, output: building, progress });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function copyWritable(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: async (source) => !source.endsWith("_test.go") });
  await chmodAll(to);
}

async function chmodAll(path: string): Promise<void> {
  const entry = await stat(path);
  await chmod(path, entry.isDirectory() ? 0o755 : 0o644);
  if (entry.isDirectory()) for (const name of await readdir(path)) await chmodAll(join(path, name));
}
