/**
 * The action for pull requests, carried out step by step: it passes, it fails, it says why; and no name of a file or of an input becomes a
 * command to the runner or to the shell.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { BUNDLE, bundle, PROJECT } from "../../build/bundle.ts";
import { writeTar } from "../../build/executables/archive.ts";
import { VERSION } from "../../src/cli/version.ts";
import { workload } from "../unit/scan/scanned.ts";
import { type ActionRun, readAction, runAction } from "./action-runner.ts";

const Sarif = z.looseObject({ runs: z.array(z.looseObject({ results: z.array(z.unknown()) })).length(1) });

let folder: string;
let executable: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "action-"));
  await bundle(folder);
  executable = join(folder, "flux-migration");
  // The executable itself, which does the same, is tested in executables.test.ts.
  await writeFile(executable, `#!/bin/sh\nNODE_COMPILE_CACHE=${folder}/cache exec ${process.execPath} ${join(folder, BUNDLE)} "$@"\n`, {
    mode: 0o755,
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(folder, "workspace-"));
});

const write = async (name: string, text: string) => await writeFile(join(workspace, name), text);
const gate = async (inputs: Record<string, string> = {}) => await runAction({ executable, ...inputs }, { workspace, folder });
const sarifOf = async ({ outputs }: ActionRun) => Sarif.parse(JSON.parse(await readFile(outputs["sarif-file"] ?? "", "utf8")));

describe("the gate", () => {
  test("passes where nothing is found", async () => {
    await write("app.yaml", "kind: ConfigMap\n");
    const run = await gate();
    expect([run.code, run.commands, run.outputs.findings, run.outputs["exit-code"]]).toEqual([0, [], "0", "0"]);
    expect((await sarifOf(run)).runs[0]?.results).toEqual([]);
    expect(run.summary).toContain("## Flux in files");
  });

  test("fails where Flux 1 is, at its line, with SARIF and a summary", async () => {
    await write("flux.yaml", `\n${workload()}`);
    const run = await gate();
    expect([run.code, run.outputs.findings, run.outputs["exit-code"]]).toEqual([1, "1", "1"]);
    expect(run.commands).toEqual([expect.stringMatching(/^::error file=flux\.yaml,line=2,title=fluxd 1\.25\.4%2C Archived::flux\/flux: /)]);
    expect((await sarifOf(run)).runs[0]?.results).toHaveLength(1);
    expect(run.summary).toContain("| Critical | fluxd | 1.25.4 |");
  });

  test("says what is there and passes with Never", async () => {
    await write("flux.yaml", workload());
    const run = await gate({ "fail-on": "Never" });
    expect([run.code, run.outputs.findings, run.commands.length]).toEqual([0, "1", 1]);
  });

  test("knows a baseline and an edition, and several paths", async () => {
    await mkdir(join(workspace, "a b"));
    await write("a b/flux.yaml", workload());
    await write("other.yaml", workload({ name: "other" }));
    expect((await gate({ path: "a b\n" })).outputs.findings).toBe("1");
    const both = await gate({ path: "a b/flux.yaml\nother.yaml", edition: "2021-03-24" });
    expect([both.code, both.outputs.findings, both.commands[0]]).toEqual([0, "2", expect.stringMatching(/^::notice /)]);
    await write(
      "known.json",
      execFileSync(executable, ["scan", ".", "-o", "json", "--fail-on", "Never"], { cwd: workspace, encoding: "utf8" }),
    );
    expect((await gate({ baseline: "known.json" })).code).toBe(0);
  });

  test("leaves out what its patterns name", async () => {
    await mkdir(join(workspace, "test data"));
    await write("test data/broken.yaml", "image: [fluxcd/flux\n");
    await write("-o.yaml", workload());
    const run = await gate({ exclude: "test data\n\n-o.*\n" });
    expect([run.code, run.outputs.findings]).toEqual([0, "0"]);
  });

  test("fails where a file cannot be read, whatever else there is", async () => {
    await write("broken.yaml", "image: [fluxcd/flux\n");
    const run = await gate({ "fail-on": "Never" });
    expect([run.code, run.outputs["exit-code"]]).toEqual([3, "3"]);
    expect(run.commands).toEqual([expect.stringMatching(/^::error file=broken\.yaml,line=\d,title=Not read::/)]);
    expect(run.summary).toContain("Not read:");
  });

  test.each([
    ["path", "none"],
    ["path", ""],
    ["path", "-"],
    ["fail-on", "Sometimes"],
    ["edition", "2000-01-01"],
    ["baseline", "none.json"],
    ["sarif-file", "a\nb"],
    ["executable", "a\nscan=b"],
  ])("with %s %j fails, and says so in an annotation of its own", async (input, value) => {
    const run = await gate({ [input]: value });
    expect(run.code).toBe(2);
    expect(run.commands).toEqual([expect.stringMatching(/^::error title=flux-migration::[A-Z][^:]*\.$/)]);
    expect(run.outputs["sarif-file"]).toBe("");
  });
});

describe("what a pull request brings", () => {
  const NAMES = [
    "\n::error::x",
    "::add-mask::x",
    "##[add-matcher]x",
    "%0A::warning::x",
    "a,line=9::x",
    "$(touch stolen)",
    "`touch stolen`",
    "-o",
    "';#",
  ];

  test("is no command to the runner or the shell, as the name of a file or in one", async () => {
    for (const name of NAMES) {
      await write(`${name}.yaml`, workload({ name: `${name}\n${name}`, namespace: name }));
      await write(`${name}.tpl.yaml`, `{{ fluxcd/flux }}\n${name}`);
    }
    await write("\n::error::broken.yaml", "image: [fluxcd/flux\n");
    const run = await gate();
    expect(run.code).toBe(3);
    for (const command of run.commands) expect(command).toMatch(/^::error file=[^:,]+,line=\d+,title=[^:,]+::/);
    const findings = run.commands.filter((command) => !command.includes("title=Not read:"));
    expect([findings.length, run.outputs.findings]).toEqual([NAMES.length, `${NAMES.length}`]);
    expect(run.commands).toHaveLength(NAMES.length + 1);
    // What was skipped is named, where the runner hears no command.
    expect(run.shown.join("\n")).toContain(".tpl.yaml");
    await expect(access(join(workspace, "stolen"))).rejects.toThrow();
  });

  test("is no link by which the SARIF file is written elsewhere", async () => {
    await write("victim", "untouched");
    await symlink(join(workspace, "victim"), join(workspace, "found.sarif"));
    const run = await gate({ "sarif-file": "found.sarif" });
    expect([run.code, run.outputs["sarif-file"]]).toEqual([0, "found.sarif"]);
    expect(await readFile(join(workspace, "victim"), "utf8")).toBe("untouched");
  });

  test("is no script as an input", async () => {
    for (const input of ["path", "exclude", "fail-on", "baseline", "edition", "sarif-file", "version", "sha256"])
      await runAction(
        { [input]: '"; touch stolen; $(touch stolen)', ...(input === "version" || input === "sha256" ? {} : { executable }) },
        { workspace, folder },
      );
    await expect(access(join(workspace, "stolen"))).rejects.toThrow();
    // Into a script nothing is written before bash reads it.
    for (const { run } of (await readAction()).runs.steps) expect(run).not.toContain("${{");
  });
});

describe("the executable of a release", () => {
  let programs: string;
  let sha256: string;
  beforeAll(async () => {
    programs = join(folder, "programs");
    await mkdir(programs);
    const archive = join(folder, "archive.tar.gz");
    await writeTar(folder, ["flux-migration"], archive);
    sha256 = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    const log = join(folder, "calls");
    // These two talk to GitHub; here they write down what they were asked.
    const curl = `#!/bin/bash\necho "curl \${@: -1}" >> ${log}\n[[ $* = *windows* ]] && exit 22\nwhile [[ $1 != --output ]]; do shift; done\ncp ${archive} "$2"\n`;
    const gh = `#!/bin/bash\necho "gh $*" >> ${log}\n[[ $GH_TOKEN = the-token && ! -e ${join(folder, "forged")} ]]\n`;
    await writeFile(join(programs, "curl"), curl, { mode: 0o755 });
    await writeFile(join(programs, "gh"), gh, { mode: 0o755 });
  });
  beforeEach(() => rm(join(folder, "calls"), { force: true }));

  const calls = async () => (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");
  const released = async (inputs: Record<string, string>, more: { os?: string; architecture?: string } = {}) =>
    await runAction(inputs, { workspace, folder, programs, ...more });
  const repository = "flux-migration/flux-migration-operator";

  test("is that of the action's own version, and its provenance is verified", async () => {
    const run = await released({});
    expect([run.code, run.outputs.findings]).toEqual([0, "0"]);
    const archive = `flux-migration_${VERSION}_linux_amd64.tar.gz`;
    expect(await calls()).toEqual([
      `curl https://github.com/${repository}/releases/download/v${VERSION}/${archive}`,
      `gh attestation verify ${archive} --repo ${repository} --source-ref refs/tags/v${VERSION} --signer-workflow ${repository}/.github/workflows/release.yml`,
    ]);
  });

  test("of another platform or version has that in its name, and none that is not there is run", async () => {
    const run = await released({ version: "9.8.7-rc.1" }, { os: "Windows", architecture: "ARM64" });
    expect([run.code, run.commands]).toEqual([
      2,
      ["::error title=flux-migration::flux-migration_9.8.7-rc.1_windows_arm64.zip could not be downloaded."],
    ]);
    await released({}, { os: "macOS", architecture: "ARM64" });
    expect((await calls())[1]).toMatch(new RegExp(`/flux-migration_${VERSION}_darwin_arm64\\.tar\\.gz$`));
  });

  test("is run with the checksum that was given, without asking anybody else", async () => {
    expect((await released({ sha256 })).code).toBe(0);
    expect((await calls()).filter((call) => call.startsWith("gh"))).toEqual([]);
  });

  test.each([
    ["with another checksum", { sha256: "0".repeat(64) }, {}, /has the SHA-256 [0-9a-f]{64}, which is not the input sha256\.$/],
    ["with half a checksum", { sha256: "abc" }, {}, /The input sha256 is not 64/],
    ["of a version that is none", { version: "../../x" }, {}, /The input version is no version/],
    ["of a system that there is none for", {}, { os: "Plan9" }, /There is no executable for runners of this system/],
    ["of an architecture that there is none for", {}, { architecture: "X86" }, /There is no executable for runners of this architecture/],
  ])("%s is refused", async (_, inputs, more, why) => {
    const run = await released(inputs, more);
    expect([run.code, run.commands]).toEqual([2, [expect.stringMatching(why)]]);
  });

  test("without provenance is refused", async () => {
    await writeFile(join(folder, "forged"), "");
    try {
      const run = await released({});
      expect([run.code, run.commands]).toEqual([2, [expect.stringMatching(/has no provenance of release/)]]);
    } finally {
      await rm(join(folder, "forged"));
    }
  });
});

test("the version of the action is that of its package", async () => {
  // The script reads it by its line.
  expect(await readFile(join(PROJECT, "package.json"), "utf8")).toContain(`\n  "version": "${VERSION}",\n`);
});
