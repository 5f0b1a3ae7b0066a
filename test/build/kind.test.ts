/** The end-to-end test on kind, where there is no engine: it says so, and does not pass for one that ran. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { PROJECT } from "../../build/bundle.ts";

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["test/kind/main.ts", ...args], { cwd: PROJECT, env: { PATH: join(PROJECT, "config") }, encoding: "utf8" });

test("it is skipped, and says what is missing and what to do", () => {
  const { status, stdout } = run();
  expect(status).toBe(0);
  for (const words of [
    "SKIPPED: the end-to-end test on kind",
    "docker info does not answer: start Docker",
    "kind version",
    "kubectl version",
  ])
    expect(stdout).toContain(words);
  expect(stdout).not.toContain("passed");
});

test("where it is required, it fails instead", () => {
  expect(run("--required").status).toBe(1);
});
