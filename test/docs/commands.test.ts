/**
 * Every command that our pages show is run, page by page and from top to bottom, on a real API server. What needs Docker is marked
 * `sh docker` and counts as skipped; what another test runs is named in ELSEWHERE with that test.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { describeWithTools } from "../tools/suite.ts";
import { ELSEWHERE, INSTEAD } from "./elsewhere.ts";
import { type CommandBlock, commandBlocks, PAGES, unfencedCommands } from "./pages.ts";
import { setTheStage } from "./stage.ts";

const run = promisify(execFile);

/** A block waits for a status, or for a build. */
const BLOCK_MS = 120_000;

const elsewhere = (block: CommandBlock) => ELSEWHERE.find(({ command }) => block.script.trim().startsWith(command));
const docker = (block: CommandBlock) => block.marks.includes("docker");

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

await describeWithTools(["kubectl", "helm"], "commands of our pages", (tools) => {
  describe.each(PAGES.filter((page) => commandBlocks(page).some((block) => !elsewhere(block))))("%s", (page) => {
    let folder = "";
    let controlPlane: ControlPlane | undefined;
    let stop = async () => {};
    let environment: NodeJS.ProcessEnv = {};

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "docs-"));
      // As it is after the installation: `flux-migration` is a command.
      writeFileSync(
        join(folder, "flux-migration"),
        `#!/bin/sh\nexec ${process.execPath} ${join(process.cwd(), "src/cli/main.ts")} "$@"\n`,
        { mode: 0o755 },
      );
      controlPlane = await startControlPlane({ auditLog: false });
      ({ stop } = await setTheStage(page, controlPlane));
      const programs = [folder, ...Object.values(tools).map(dirname), dirname(process.execPath)].join(delimiter);
      environment = {
        PATH: `${programs}${delimiter}${process.env.PATH}`,
        HOME: folder,
        KUBECONFIG: controlPlane.kubeconfig,
        NO_COLOR: "1",
      };
    }, BLOCK_MS);

    afterAll(async () => {
      await stop();
      await controlPlane?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, BLOCK_MS);

    for (const block of commandBlocks(page)) {
      const title = `line ${block.line}: ${block.script.trim().split("\n")[0]}`;
      if (docker(block)) test.skip(`${title} (needs Docker: SKIPPED)`, () => {});
      else if (!elsewhere(block))
        test(
          title,
          async () => {
            const script = INSTEAD.reduce((text, { published, here }) => text.replaceAll(published, here), block.script);
            await run("bash", ["-euo", "pipefail", "-c", script], { env: environment, timeout: BLOCK_MS }).catch(
              (error: Error & { stdout?: string; stderr?: string }) => {
                throw new Error(`${script}\n${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
              },
            );
          },
          BLOCK_MS,
        );
    }
  });
});

test("what needs Docker is said to", () => {
  const marks = new Set(PAGES.flatMap(commandBlocks).flatMap(({ marks }) => marks));
  expect([...marks].filter((mark) => mark !== "docker")).toEqual([]);
});
