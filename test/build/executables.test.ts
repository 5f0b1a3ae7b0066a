/** The executable of this machine's platform does what the bundle does, where there is no node, and whatever the environment says of node. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { PROJECT } from "../../build/bundle.ts";
import { makeBlob, makeExecutable, problemsOf } from "../../build/executables/executable.ts";
import { type Made, makeArchive } from "../../build/executables/main.ts";
import { NoNode, nodeOf } from "../../build/executables/node-binary.ts";
import { PLATFORMS, thisPlatform } from "../../build/executables/platforms.ts";
import { VERSION } from "../../src/cli/version.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { OperatorFixture } from "../integration/operator/operator-fixture.ts";
import { fluxd } from "../unit/assess/subject-builder.ts";
import { Distribution, start } from "./program.ts";

/** node has 120 MB, which are copied, searched and packed. */
const MAKE_LIMIT_MS = 120_000;

const MANIFESTS = join(PROJECT, "test/demo/manifests");

/** `npm test` runs on Linux alone; a Mac makes its own executable by hand. */
const platform = thisPlatform() ?? PLATFORMS[0];
if (platform === undefined) throw new Error("no platform");

let folder: string;
let distribution: Distribution;
let made: Made;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "executables-"));
  distribution = await Distribution.build();
  made = await makeArchive(platform, { dist: distribution.folder, folder });
}, MAKE_LIMIT_MS);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await distribution.remove();
});

/** Where nothing else is to be found. */
const alone = async () => await mkdtemp(join(folder, "alone-"));

async function run(args: readonly string[], { input, environment = {} }: { input?: string; environment?: Record<string, string> } = {}) {
  const given = input === undefined ? {} : { input };
  const options = { cwd: await alone(), program: made.executable, environment: { PATH: "/nowhere", ...environment }, ...given };
  return await start(args, options).ended;
}

const KNOWN_AT = ["--at", "2026-11-23"];

test.each([
  ["--help", ["--help"], ""],
  ["scan of files", ["scan", MANIFESTS, ...KNOWN_AT], ""],
  ["scan of a stream", ["scan", "-", "-o", "sarif", "--fail-on", "Never"], "kind: Deployment\nspec: {image: fluxcd/flux:1.25.4}\n"],
  ["scan of what is no YAML", ["scan", "-"], "image: [fluxcd/flux\n"],
  ["plan", ["plan", MANIFESTS, "--dir", "-", ...KNOWN_AT], ""],
  ["timetable", ["timetable", ...KNOWN_AT], ""],
  ["a wrong option", ["scan", "--no-such-option"], ""],
  ["no kubeconfig", ["status", "--kubeconfig", "none"], ""],
])("%s: as the bundle, with its exit code", async (_, args, input) => {
  const bundled = await start([distribution.bundle, ...args], { cwd: await alone(), input }).ended;
  expect(bundled.out + bundled.err).not.toBe("");
  expect(await run(args, { input })).toEqual(bundled);
});

test("it names itself and its node, and says nothing else", async () => {
  const { code, out, err } = await run(["version", "-o", "json"]);
  expect([code, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toMatchObject({ version: VERSION, node: process.versions.node });
});

test("NODE_OPTIONS of a shell neither breaks it nor loads code into it", async () => {
  const intruder = join(folder, "intruder.cjs");
  await writeFile(intruder, "process.stdout.write('intruder')");
  for (const NODE_OPTIONS of ["--no-such-flag", `--require=${intruder}`, "--inspect"])
    expect(await run(["--version"], { environment: { NODE_OPTIONS } })).toEqual({ code: 0, out: `${VERSION}\n`, err: "" });
});

test("a program that waits for what never comes has failed", async () => {
  const work = await alone();
  const endings = ["await new Promise(() => {})", "process.exit(0)", "await null"].map(async (body, index) => {
    await mkdir(join(work, `${index}`));
    await writeFile(join(work, `${index}.mjs`), `#!/usr/bin/env node\n${body}`);
    await makeBlob(join(work, `${index}.mjs`), join(work, `${index}`));
    return (await start([join(work, `${index}/main.cjs`)], { cwd: work }).ended).code;
  });
  expect(await Promise.all(endings)).toEqual([13, 0, 0]);
});

test("the archive holds it with the licences of all that is in it", async () => {
  const target = await alone();
  execFileSync("tar", ["--extract", "--gzip", "--file", made.archive, "--directory", target, "THIRD-PARTY-LICENSES.txt"]);
  const listed = execFileSync("tar", ["--list", "--verbose", "--gzip", "--file", made.archive], { encoding: "utf8" });
  expect(listed.trim().split("\n")).toEqual([
    expect.stringMatching(/^-rw-r--r-- 0\/0 .* 1970-01-01 .* LICENSE$/),
    expect.stringMatching(/^-rw-r--r-- 0\/0 .* 1970-01-01 .* THIRD-PARTY-LICENSES.txt$/),
    expect.stringMatching(new RegExp(`^-rwxr-xr-x 0/0 +${(await stat(made.executable)).size} 1970-01-01 .* flux-migration$`)),
  ]);
  const licences = await readFile(join(target, "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const words of [/^zod \d/m, /^node v24\./m, /^Node\.js is licensed/m, /^- OpenSSL, located at/m, /^- V8, located at/m])
    expect(licences).toMatch(words);
});

test(
  "it is the same twice, and what is no executable is found out",
  async () => {
    const again = await alone();
    const blob = await makeBlob(distribution.bundle, again);
    const file = await makeExecutable(platform, { node: process.execPath, blob, folder: again });
    const [one, other, node] = await Promise.all([made.executable, file, process.execPath].map((path) => readFile(path)));
    if (!one || !other || !node) throw new Error("not read");
    expect(one.equals(other)).toBe(true);
    const contents = await readFile(blob);
    expect(problemsOf(one, platform, contents)).toEqual([]);
    expect(problemsOf(node, platform, contents)).toEqual(["node will not look for what was put in", "what was put in is not there whole"]);
    const windows = PLATFORMS.find(({ name }) => name === "windows-arm64") ?? platform;
    expect(problemsOf(one, windows, contents)).toEqual(["is no program for windows-arm64"]);
  },
  MAKE_LIMIT_MS,
);

test("a node of another platform or version is refused by name", async () => {
  const [, arm] = PLATFORMS;
  if (!arm) throw new Error("no second platform");
  await expect(nodeOf(arm, process.execPath, folder)).rejects.toThrow(new NoNode(`${process.execPath} is no program for linux-arm64`));
  const old = join(folder, "old-node");
  await writeFile(old, (await readFile("/bin/true")).subarray(0, 4096));
  await expect(nodeOf(platform, old, folder)).rejects.toThrow(`${old} is not node ${process.version}`);
});

describeOnControlPlane("the executable on a cluster", (get) => {
  const fixture = new OperatorFixture(get);
  beforeAll(() => fixture.apply(fluxd()));

  test("scans it, with a log for readers where that is asked for", async () => {
    const at = ["--kubeconfig", get().kubeconfig];
    const look = await run(["operator", "--once", "--dry-run", "--log-format", "pretty", ...at]);
    expect([look.code, look.out]).toEqual([0, expect.stringMatching(/^cluster +1\.25\.4 /m)]);
    expect(look.err).toMatch(/INFO.*starting/);
  });

  test("keeps its status, and ends on SIGTERM", async () => {
    const args = ["operator", "--install-crds", "--kubeconfig", get().kubeconfig, "--log-format", "json"];
    const { child, ended } = start(args, { cwd: dirname(made.executable), program: made.executable, environment: { PATH: "/nowhere" } });
    try {
      const status = await fixture.statusWhere((now) => {
        expect(now.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
      });
      expect(status.operator?.version).toBe(VERSION);
      child.kill("SIGUSR1");
    } finally {
      child.kill("SIGTERM");
    }
    const { code, err } = await ended;
    expect([code, /Debugger|Warning/.exec(err)?.[0]]).toEqual([0, undefined]);
  });
});
