/** Finds glua, the command line of gopher-lua: Argo CD runs its health checks with that Lua, and with no other. Runs nothing. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder, makeInCache } from "../tools/cache.ts";
import { findGo, runGo } from "../tools/go.ts";

const VERSION = "v1.1.2";

export type Glua = { readonly found: true; readonly program: string } | { readonly found: false; readonly why: string };

/** From the user's cache, else built into it with Go, in some seconds. */
export async function findGlua(progress: (line: string) => void): Promise<Glua> {
  const folder = join(cacheFolder(), "tools", `glua-${VERSION}-${process.platform}-${process.arch}`);
  const program = join(folder, "glua");
  const runnable = (file: string) =>
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
  if (await runnable(program)) return { found: true, program };
  const go = await findGo();
  if (!go.found)
    return { found: false, why: `no glua to be had: ${folder} has none, and ${go.why}. Install Go, which builds it from source.` };
  progress(`glua: building ${VERSION} with Go`);
  try {
    const build = async (output: string) => {
      await runGo(["install", `github.com/yuin/gopher-lua/cmd/glua@${VERSION}`], { cwd: tmpdir(), output, progress: () => undefined });
    };
    await makeInCache(folder, build, (made) => runnable(join(made, "glua")));
    return { found: true, program };
  } catch (error) {
    return { found: false, why: `no glua to be had: building it failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}
