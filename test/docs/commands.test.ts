/**
 * Every command that our pages show is run, page by page and from top to bottom, on a real API server. What needs Docker or a published
 * release is marked (`sh docker`, `sh release`) and counts as skipped; what another test runs is named in ELSEWHERE with that test.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { freshBundle } from "../bundle.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { describeWithTools } from "../tools/suite.ts";
import { ELSEWHERE, INSTEAD } from "./elsewhere.ts";
import { type CommandBlock, commandBlocks, PAGES, unfencedCommands } from "./pages.ts";
import { groupsOf, setTheStage } from "./stage.ts";

const run = promisify(execFile);

/** A block waits for a status, or for a build. */
const BLOCK_MS = 120_000;

const elsewhere = (block: CommandBlock) => ELSEWHERE.find(({ command }) => block.script.trim().startsWith(command));
/** What a block can be marked to need that is not to be had here. */
const MARKS: Readonly<Record<string, string>> = { docker: "Docker", release: "a published release" };

test("commands stand in blocks that are run", () => {
  expect(PAGES.flatMap(unfencedCommands)).toEqual([]);
});

test("what is run elsewhere is run there", () => {
  const blocks = PAGES.flatMap(commandBlocks);
  for (const { command, by, proof } of ELSEWHERE) {
    expect([command, blocks.some(({ script }) => script.trim().startsWith(command))]).toEqual([command, true]);
    expect([by, existsSync(by) && readFileSync(by, "utf8").includes(proof)]).toEqual([by, true]);
  }
});

const isRunHere = (block: CommandBlock) => !elsewhere(block);

await describeWithTools(["kubectl", "helm"], "commands of our pages", (tools) => {
  const pages = PAGES.filter((page) => commandBlocks(page).some(isRunHere));
  describe.each(groupsOf(pages).map((group) => ({ group, title: group.join(", ") })))("$title", ({ group }) => {
    let folder = "";
    let controlPlane: ControlPlane | undefined;
    let stop = async () => {};
    let environment: NodeJS.ProcessEnv = {};

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "docs-"));
      // As it is after the installation: `flux-migration` is a command.
      const program = `#!/bin/sh\nexec ${process.execPath} ${await freshBundle()} "$@"\n`;
      writeFileSync(join(folder, "flux-migration"), program, { mode: 0o755 });
      controlPlane = await startControlPlane({ auditLog: false });
      ({ stop } = await setTheStage(group, controlPlane));
      const programs = [folder, ...Object.values(tools).map(dirname), dirname(process.execPath)].join(delimiter);
      const PATH = `${programs}${delimiter}${process.env.PATH}`;
      environment = { PATH, HOME: folder, KUBECONFIG: controlPlane.kubeconfig, NO_COLOR: "1" };
    }, BLOCK_MS);

    afterAll(async () => {
      await stop();
      await controlPlane?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, BLOCK_MS);

    for (const block of group.flatMap(commandBlocks).filter(isRunHere)) {
      const title = `${block.page}:${block.line}: ${block.script.trim().split("\n")[0]}`;
      const missing = block.marks.map((mark) => MARKS[mark]).join(", ");
      if (missing !== "") test.skip(`${title} (needs ${missing}: SKIPPED)`, () => {});
      else test(title, () => runScript(block.script, environment), BLOCK_MS);
    }
  });
});

async function runScript(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const script = INSTEAD.reduce((before, { published, here }) => before.replaceAll(published, here), text);
  const options = { env, timeout: BLOCK_MS };
  await run("bash", ["-euo", "pipefail", "-c", script], options).catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${script}\n${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
  });
}

test("blocks bear no other marks than those that are known", () => {
  const marks = PAGES.flatMap(commandBlocks).flatMap((block) => block.marks);
  expect(marks.filter((mark) => !(mark in MARKS))).toEqual([]);
});
