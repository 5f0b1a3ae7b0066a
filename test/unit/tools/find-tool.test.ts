/** Where tools for tests come from, with programs that only say their version. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { makeInCache } from "../../tools/cache.ts";
import { findTool, NoTool } from "../../tools/find-tool.ts";

const ENVIRONMENT = { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };

let folder = "";
let path = "";
const said: string[] = [];
const say = (line: string) => void said.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "find-tool-"));
  path = join(folder, "path");
  mkdirSync(path);
  // No program "go" either: nothing can be built.
  process.env.PATH = path;
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  said.length = 0;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.env.PATH = ENVIRONMENT.PATH;
  if (ENVIRONMENT.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = ENVIRONMENT.XDG_CACHE_HOME;
});

function program(at: string, output: string): string {
  writeFileSync(at, `#!/bin/sh\necho '${output}'\n`, { mode: 0o755 });
  return at;
}

const whyNot = () =>
  findTool("helm", say).then(
    (found) => `found ${found}`,
    (error: unknown) => (error instanceof NoTool ? error.message : `not NoTool: ${String(error)}`),
  );

describe("a program in PATH", () => {
  test.each(["v3.14.0+g3fc9f4b", "v3.22.0"])("is taken where it is new enough: %s", async (version) => {
    const helm = program(join(path, "helm"), version);
    expect(await findTool("helm", say)).toBe(helm);
    expect(said).toEqual([]);
  });

  test.each([
    ["v3.13.3", "is 3.13.3 and the tests want >=3.14.0 <4.0.0"],
    ["v4.0.0", "is 4.0.0 and the tests want >=3.14.0 <4.0.0"],
    ["no idea", "is of unknown version and the tests want >=3.14.0 <4.0.0"],
  ])("is left where it says %s, and that is said", async (output, why) => {
    const helm = program(join(path, "helm"), output);
    expect(await whyNot()).toContain(`no helm to be had: ${helm} ${why}`);
  });

  test("of a later folder is taken where the first one is unfit", async () => {
    const later = join(folder, "later");
    mkdirSync(later);
    process.env.PATH = `${path}:${later}`;
    program(join(path, "kubectl"), "Client Version: v1.20.2");
    const fit = program(join(later, "kubectl"), "Client Version: v1.36.3\nKustomize Version: v5.8.1");
    expect(await findTool("kubectl", say)).toBe(fit);
  });
});

test("without the program, without Go, it is said what to do", async () => {
  expect(await whyNot()).toMatch(
    /^no helm to be had: PATH has none, \S+\/helm-v3\.22\.0-\w{12} has none, and no program "go" was found in PATH\. Install Go 1\.24 or later, which builds it from source, or put helm >=3\.14\.0 <4\.0\.0 into PATH\.$/,
  );
});

test("what was made before is found in the cache", async () => {
  const cached = /PATH has none, (\S+) has none/.exec(await whyNot())?.[1] ?? "";
  mkdirSync(cached, { recursive: true });
  const helm = program(join(cached, "helm"), "never asked");
  expect(await findTool("helm", say)).toBe(helm);
});

describe("the cache", () => {
  const isWhole = async (at: string) => readdirSync(at).length === 2;

  async function makeSlowly(at: string): Promise<void> {
    writeFileSync(join(at, "one"), "");
    await sleep(20);
    writeFileSync(join(at, "two"), "");
  }

  test("holds all or nothing, also where several make it at once", async () => {
    const goal = join(folder, "tools/thing-1");
    await Promise.all([1, 2, 3].map(() => makeInCache(goal, makeSlowly, isWhole)));
    expect(readdirSync(goal).toSorted()).toEqual(["one", "two"]);
    expect(readdirSync(join(folder, "tools"))).toEqual(["thing-1"]);
  });

  test("keeps nothing of what failed", async () => {
    const failing = makeInCache(join(folder, "tools/thing-1"), () => Promise.reject(new Error("disk full")), isWhole);
    await expect(failing).rejects.toThrow("disk full");
    expect(readdirSync(join(folder, "tools"))).toEqual([]);
  });

  test("replaces a folder of which a part is gone", async () => {
    const goal = join(folder, "tools/thing-1");
    mkdirSync(goal, { recursive: true });
    writeFileSync(join(goal, "one"), "");
    await makeInCache(goal, makeSlowly, isWhole);
    expect(readdirSync(goal).toSorted()).toEqual(["one", "two"]);
  });
});
