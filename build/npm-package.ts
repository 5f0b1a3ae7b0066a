/**
 * `node build/npm-package.ts [FOLDER]`: the package that npm gets, made of dist/: the bundle, which holds its libraries and data, the licences,
 * and a start that any Node can read. It is a folder of its own, since the project's package.json names libraries that nobody would have
 * to install. Publishes nothing: .github/workflows/release.yml does.
 */
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { BUNDLE, PROJECT } from "./bundle.ts";
import { LICENCES } from "./distribution.ts";

const START = "start.cjs";

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
  const copied = [join(dist, BUNDLE), join(dist, LICENCES), join(PROJECT, "LICENSE"), join(PROJECT, "README.md")];
  for (const path of copied) await copyFile(path, join(folder, basename(path)));
  await writeFile(join(folder, START), start(manifest.engines.node.slice(2)));
  await chmod(join(folder, START), 0o755);
  // No module of it is to be imported.
  const files = [BUNDLE, LICENCES, START];
  const whole = { ...manifest, keywords: ["flux", "gitops", "kubernetes", "kubectl-plugin"], bin, files, exports: {} };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(whole, null, 2)}\n`);
}

/**
 * An older Node stops at the first word of the bundle that it does not know, and npm only warns where it installs for one. Compiled code is
 * kept, which saves a third of a start: in the package itself, for in a folder that all may write somebody else's code could lie.
 */
function start(major: string): string {
  return `#!/usr/bin/env node
// Says which Node is wanted before the program is read. Written as any Node reads it.
if (Number(process.versions.node.split(".")[0]) < ${major}) {
  process.stderr.write("flux-migration: Node.js ${major} or later is needed, and this is " + process.versions.node + " (" + process.execPath + ").\\n");
  process.exitCode = 2;
} else {
  require("node:module").enableCompileCache(require("node:path").join(__dirname, "cache"));
  import("./${BUNDLE}");
}
`;
}

if (import.meta.main) await npmPackage({ dist: join(PROJECT, "dist"), folder: process.argv[2] ?? join(PROJECT, "dist/npm") });
