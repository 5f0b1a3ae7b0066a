/**
 * Makes the one file that the image, the demo and the benchmarks run: the program, its libraries, its data. Not for the texts that go
 * with it (third-party.ts, sbom.ts).
 */
import { chmod } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { load } from "js-yaml";
import { BUILT_IN } from "../src/data/built-in.ts";
import { builtInData, DEFAULT_EDITION } from "../src/data/built-in-data.ts";
import { absentModules } from "./absent-modules.ts";
import { sourceOf } from "./source-of.ts";

export const PROJECT = join(import.meta.dirname, "..");

export const BUNDLE = "flux-migration.mjs";

/** What the program reads as data; the rest it hands on as it is. */
const DATA = /^config\//;

/** Puts the texts of the built-in files in the place of the module that reads them, data as JSON, which is read fastest; and what they say. */
const builtInFiles: Plugin = {
  name: "built-in files",
  setup({ onLoad }) {
    const files = [...BUILT_IN].map(([path, text]) => [path, DATA.test(path) ? JSON.stringify(load(text)) : text]);
    onLoad({ filter: /\/src\/data\/built-in\.ts$/ }, () => ({ contents: `export const BUILT_IN = new Map(${JSON.stringify(files)});` }));
    const read = sourceOf(builtInData());
    const edition = `export const DEFAULT_EDITION = ${JSON.stringify(DEFAULT_EDITION)};`;
    onLoad({ filter: /\/src\/data\/built-in-data\.ts$/ }, () => ({ contents: `${edition}\nexport const builtInData = () => (${read});` }));
  },
};

/**
 * Node's own modules without an import statement. An import of node:http asks for each of its exports, WebSocket among them, and so
 * loads all of fetch: 3 MB and some 30 ms that nobody uses. Only what a module of ours names is asked for; what a library requires, it
 * takes whole.
 */
const nodeModules: Plugin = {
  name: "modules of node",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind }) =>
      isBuiltin(path) ? { path: path.replace("node:", ""), namespace: kind === "require-call" ? "node-whole" : "node-parts" } : undefined,
    );
    const whole = (path: string) => `process.getBuiltinModule("node:${path}")`;
    onLoad({ filter: /.*/, namespace: "node-whole" }, ({ path }) => ({ contents: `module.exports = ${whole(path)};` }));
    onLoad({ filter: /.*/, namespace: "node-parts" }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => /^[a-z_$][\w$]*$/i.test(name) && name !== "default");
      const parts = names.map((name, at) => `const part${at} = /* @__PURE__ */ part("${name}");\nexport { part${at} as ${name} };`);
      return { contents: `const whole = ${whole(path)};\nconst part = (name) => whole[name];\nexport default whole;\n${parts.join("\n")}` };
    });
  },
};

/**
 * Writes `flux-migration.mjs`, executable, and the legal comments of its libraries beside it.
 * @returns what is in it, as esbuild tells it
 * @throws esbuild's errors; its warnings too are errors
 */
export async function bundle(folder: string): Promise<Metafile> {
  const outfile = join(folder, BUNDLE);
  const { metafile, warnings } = await build({
    absWorkingDir: PROJECT,
    entryPoints: ["src/cli/main.ts"],
    inject: ["build/without-code-generation.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Names stay, so that a stack trace can be read; lines stay short, as node prints the line that failed.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
    banner: { js: "#!/usr/bin/env node" },
    plugins: [absentModules, builtInFiles, nodeModules],
  });
  if (warnings.length > 0) throw new Error(`esbuild warned ${warnings.length} times; the warnings stand above`);
  await chmod(outfile, 0o755);
  return metafile;
}
