/** Where tools for tests come from, with programs that only say their version. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { minVersion } from "semver";
import { makeInCache } from "../../tools/cache.ts";
import { findTool, NoTool } from "../../tools/find-tool.ts";
import { TOOLS } from "../../tools/tool-table.ts";

const RANGE = TOOLS.helm.range;
const LOWEST = minVersion(RANGE)?.version;

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
  test.each([`v${LOWEST}`, `v${LOWEST}+g3fc9f4b`])("is taken where it is new enough: %s", async (version) => {
    const helm = program(join(path, "helm"), version);
    expect(await findTool("helm", say)).toBe(helm);
    expect(said).toEqual([]);
  });

  test.each([
    ["v2.17.0", `is 2.17.0 and the tests want ${RANGE}`],
    ["v5.0.0", `is 5.0.0 and the tests want ${RANGE}`],
    ["no idea", `is of unknown version and the tests want ${RANGE}`],
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
  const folder = join(process.env.XDG_CACHE_HOME ?? "", "flux-migration-operator/tools");
  const [before, after] = (await whyNot()).split(/helm-v[\d.]+-\w{12}/);
  expect(before).toBe(`no helm to be had: PATH has none, ${folder}/`);
  expect(after).toBe(
    ` has none, and no program "go" was found in PATH. Install Go 1.24 or later, which builds it from source, or put helm ${RANGE} into PATH.`,
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
