/**
 * `node build/npm-package.ts [FOLDER]`: the package that npm gets, made of dist/: the bundle, which holds its libraries and data, the licences,
 * and a start that any Node can read. It is a folder of its own, since the project's package.json names libraries that nobody would have
 * to install. Publishes nothing: .github/workflows/release.yml does.
 */
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { program } from "../src/cli/program.ts";
import { BUNDLE, PROJECT } from "./bundle.ts";
import { asCommonJs } from "./common-js.ts";
import { LICENCES } from "./distribution.ts";

const START = "start.cjs";
const PROGRAM = "flux-migration.cjs";

/** One program: it looks at the name by which it is called (src/cli/called-as.ts). */
const COMMANDS = ["flux-migration", "kubectl-flux_migration", "kubectl_complete-flux_migration"];

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  repository: z.string(),
  engines: z.object({ node: z.string().regex(/^>=\d+$/) }),
});

/** Writes the package's folder anew. @param dist what `npm run build` wrote */
export async function npmPackage({ dist, folder }: { dist: string; folder: string }): Promise<void> {
  const manifest = Manifest.parse(JSON.parse(await readFile(join(PROJECT, "package.json"), "utf8")));
  const bin = Object.fromEntries(COMMANDS.map((name) => [name, START]));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const copied = [join(dist, LICENCES), join(PROJECT, "LICENSE"), join(PROJECT, "README.md")];
  for (const path of copied) await copyFile(path, join(folder, basename(path)));
  const script = asCommonJs(await readFile(join(dist, BUNDLE), "utf8"));
  await writeFile(join(folder, PROGRAM), script);
  await writeFile(join(folder, START), start(manifest.engines.node.slice(2), script));
  await chmod(join(folder, START), 0o755);
  // No module of it is to be imported.
  const files = [PROGRAM, LICENCES, START];
  const whole = { ...manifest, keywords: ["flux", "gitops", "kubernetes", "kubectl-plugin"], bin, files, exports: {} };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(whole, null, 2)}\n`);
}

/**
 * An older Node stops at the first word of the program that it does not know, and npm only warns where it installs for one.
 *
 * What was compiled is kept, apart for each command, after a run and so with all that it called: node's own cache is made before, and would
 * save half as much. It lies in the package itself, for in a folder that all may write somebody else's code could lie. V8 takes none of
 * another version, other flags or another build, but knows the program by its length alone, and looks at no byte twice: so the file bears
 * the program's hash, and is there once it is whole.
 */
function start(major: string, script: string): string {
  const commands = [...program(() => {}).commands.map((command) => command.name()), "__complete"];
  const hash = createHash("sha256").update(script).digest("hex").slice(0, 16);
  return `#!/usr/bin/env node
// Says which Node is wanted before the program is read. Written as any Node reads it.
if (Number(process.versions.node.split(".")[0]) < ${major}) {
  process.stderr.write("flux-migration: Node.js ${major} or later is needed, and this is " + process.versions.node + " (" + process.execPath + ").\\n");
  process.exitCode = 2;
} else {
  const fs = require("fs");
  const path = require("path");
  const vm = require("vm");
  const command = ${JSON.stringify(commands)}.includes(process.argv[2]) ? process.argv[2] : "other";
  const folder = path.join(__dirname, "cache");
  const kept = path.join(folder, [command, process.version, process.arch, "${hash}"].join("-"));
  let cachedData;
  let old = true;
  try {
    old = Date.now() - fs.statSync(kept).mtimeMs > 24 * 60 * 60 * 1000;
    cachedData = fs.readFileSync(kept);
  } catch (none) {}
  const filename = path.join(__dirname, "${PROGRAM}");
  const script = new vm.Script(fs.readFileSync(filename, "latin1"), { filename, cachedData });
  // Once a day with what this run called besides.
  if (old || script.cachedDataRejected) process.once("exit", keep);
  script.runInThisContext();
  function keep() {
    const whole = kept + "." + process.pid;
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(whole, script.createCachedData(), { flag: "wx", flush: true });
      fs.renameSync(whole, kept);
    } catch (denied) {} // Where the package may not be written, each run compiles anew.
  }
}
`;
}

if (import.meta.main) await npmPackage({ dist: join(PROJECT, "dist"), folder: process.argv[2] ?? join(PROJECT, "dist/npm") });
