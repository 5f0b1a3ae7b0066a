/** The package as somebody gets it from npm: packed, installed into an empty folder, and run by the names that it brings. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { npmPackage } from "../../build/npm-package.ts";
import { VERSION } from "../../src/cli/version.ts";
import { Distribution, start } from "./program.ts";

const SETUP_MS = 120_000;

const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);
const Manifest = z.looseObject({ version: z.string(), engines: z.object({ node: z.string() }) });

let made: Distribution;
let folder = "";
let packed: z.infer<typeof Packed>[0];
let tarball = "";
const prefix = () => join(made.alone, "prefix");

/** In a folder of its own, with none of this machine's npm settings, and without a way to a registry. */
async function npm(...args: readonly string[]): Promise<string> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { PATH, HOME: made.alone, npm_config_offline: "true", npm_config_update_notifier: "false" };
  return (await promisify(execFile)("npm", [...args], { cwd: made.alone, env })).stdout;
}

/** By its name in the prefix, with the Node that runs this as the only one. */
const run = (name: string, ...args: readonly string[]) =>
  promisify(execFile)(join(prefix(), "bin", name), [...args], {
    cwd: made.alone,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: made.alone },
  });

beforeAll(async () => {
  made = await Distribution.build();
  folder = join(made.folder, "npm");
  await npmPackage({ dist: made.folder, folder });
  [packed] = Packed.parse(JSON.parse(await npm("pack", folder, "--json")));
  tarball = join(made.alone, packed.filename);
  await npm("install", "--global", "--prefix", prefix(), tarball);
}, SETUP_MS);
afterAll(() => made.remove());

describe("the npm package", () => {
  test("holds the program, its licences, and nothing to install beside it", async () => {
    expect(packed.files.map(({ path }) => path).toSorted()).toEqual([
      "LICENSE",
      "README.md",
      "THIRD-PARTY-LICENSES.txt",
      "flux-migration.cjs",
      "package.json",
      "start.cjs",
    ]);
    const manifest = Manifest.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
    expect([manifest.version, Object.keys(manifest).filter((key) => /dependencies|scripts|private/i.test(key))]).toEqual([VERSION, []]);
    expect(await readdir(join(prefix(), "lib/node_modules"))).toEqual(["flux-migration-operator"]);
  });

  test("scans by the name flux-migration", async () => {
    await writeFile(join(made.alone, "empty.yaml"), "kind: Namespace\n");
    expect((await run("flux-migration", "scan", "empty.yaml")).stdout).toMatch(/no Flux|nothing/i);
    expect((await run("flux-migration", "--version")).stdout).toBe(`${VERSION}\n`);
  });

  describe("keeps what it compiled", () => {
    const installed = () => join(prefix(), "lib/node_modules/flux-migration-operator");
    const cache = () => join(installed(), "cache");
    const scan = () => run("flux-migration", "scan", "--help");
    /** Of the one command that these tests run. */
    const kept = async (): Promise<{ path: string; mtimeMs: number; size: number }> => {
      const [name, ...more] = (await readdir(cache())).filter((file) => file.startsWith("scan-"));
      if (name === undefined || more.length > 0) throw new Error(`one file was expected, not ${name} ${more}`);
      return { path: join(cache(), name), ...(await stat(join(cache(), name))) };
    };

    beforeEach(async () => {
      await rm(cache(), { recursive: true, force: true });
      await scan();
    });

    test("beside its own code, apart for each command, and does not pack it", async () => {
      await run("flux-migration", "--version");
      expect((await readdir(cache())).map((file) => file.split("-")[0]).toSorted()).toEqual(["other", "scan"]);
      const [again] = Packed.parse(JSON.parse(await npm("pack", installed(), "--json", "--dry-run")));
      expect(again.files).toEqual(packed.files);
    });

    test("with all that was called, and runs by it", async () => {
      const { mtimeMs, size } = await kept();
      const beforeRun = new Script(await readFile(join(installed(), "flux-migration.cjs"), "latin1")).createCachedData();
      expect(size).toBeGreaterThan(1.2 * beforeRun.length);
      await scan();
      expect((await kept()).mtimeMs).toBe(mtimeMs);
    });

    test("once a day anew, with what was called since", async () => {
      const before = await kept();
      const yesterday = Date.now() / 1_000 - 25 * 60 * 60;
      await utimes(before.path, yesterday, yesterday);
      await writeFile(join(made.alone, "one.yaml"), "kind: Namespace\n");
      await run("flux-migration", "scan", "one.yaml");
      expect((await kept()).size).toBeGreaterThan(before.size);
    });

    test("anew where it is none that this Node made", async () => {
      const { path } = await kept();
      await writeFile(path, "of another Node");
      expect((await scan()).stdout).toMatch(/^Usage: /);
      expect((await kept()).size).toBeGreaterThan(100_000);
    });

    test("not where it may not be written", async () => {
      await rm(cache(), { recursive: true });
      await writeFile(cache(), "");
      expect((await scan()).stdout).toMatch(/^Usage: /);
    });
  });

  test("is a plugin of kubectl by its other names", async () => {
    expect((await run("kubectl-flux_migration", "scan", "--help")).stdout).toMatch(/^Usage: kubectl flux-migration scan /);
    expect((await run("kubectl_complete-flux_migration", "tim")).stdout).toBe(
      "timetable\tPrints the published timetable, and where a day stands in it.\n:4\n",
    );
  });

  test("is run by npx, which has several names to choose from", async () => {
    expect(await npm("exec", "--yes", "--", `file:${tarball}`, "--version")).toBe(`${VERSION}\n`);
  });

  test("says which Node it needs, where an older one would stop at a syntax error", async () => {
    const older = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.19.0' })";
    const { code, out, err } = await start(["--import", older, join(folder, "start.cjs"), "--version"], { cwd: made.alone }).ended;
    expect([code, out, err]).toEqual([
      2,
      "",
      expect.stringMatching(/^flux-migration: Node\.js 24 or later is needed, and this is 20\.19\.0 \(/),
    ]);
  });

  const old = "/usr/bin/node";
  const isOld = existsSync(old);
  (isOld ? test : test.skip)(`says so to ${old} itself`, async () => {
    const { stdout: version } = await promisify(execFile)(old, ["--version"]);
    const ended = promisify(execFile)(old, [join(folder, "start.cjs"), "--version"]);
    if (/^v(2[4-9]|[3-9]\d)\./.test(version)) expect((await ended).stdout).toBe(`${VERSION}\n`);
    else await expect(ended).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(`this is ${version.trim().slice(1)}`) });
  });
});
