/** The demo as a newcomer runs it: the real command, its output and its exit code. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { findBinaries, NoControlPlane } from "../control-plane/binaries.ts";

const NODE = join("node_modules", ".bin", "node");
jest.setTimeout(90_000);

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @param endAt text of the output at which the command is asked to end */
function demo(args: readonly string[], options: { endAt?: string; environment?: Record<string, string> } = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, ["test/demo/main.ts", ...args], {
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result: Result = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      result.stdout += chunk.toString("utf8");
      if (options.endAt !== undefined && result.stdout.includes(options.endAt)) child.kill("SIGTERM");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      result.stderr += chunk.toString("utf8");
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...result, code }));
  });
}

/** The cells of the rows that begin with the singleton's name, without AGE. */
const rows = (output: string) =>
  output
    .split("\n")
    .filter((line) => line.startsWith("cluster "))
    .map((line) => line.split(/\s+/).slice(1, 9).join(" "));

const FIRST = "1.25.4 1.4.4 None Archived None NotStarted MigrateNow True";

const found = await findBinaries(() => undefined).catch((error: unknown) => error);
if (found instanceof NoControlPlane) process.stderr.write(`\nSKIPPED: the demo\n${found.message}\n\n`);
const describeWhereItRuns = found instanceof NoControlPlane ? describe.skip : describe;

describeWhereItRuns("npm run demo", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "demo-test-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("plays a migration to its end, with the row of each step, and ends in good order", async () => {
    const { code, stdout } = await demo([], { endAt: "Ctrl-C ends it all." });
    expect(rows(stdout)).toEqual([
      FIRST,
      "1.25.4 1.4.4 2.9 Archived Current InProgress FinishMigration True",
      "1.25.4 1.4.4 2.9 Archived Current InProgress FinishMigration True",
      "1.25.4 1.4.4 2.9 Archived Current InProgress RemoveWorkload True",
      "None None 2.9 None Current LeftoversRemain RemoveLeftovers True",
      "None None 2.9 None Current Complete NoAction True",
    ]);
    expect(stdout.match(/^ {2}done ./gm)?.map((line) => line.trim())).toEqual(["done 0", "done 1", "done 2", "done 2", "done 4", "done 5"]);
    expect(stdout).toMatch(/2 +2021-02-18 +PartialMigration +Migrate \(Warning\) +TestImageAutomation \(Info\)/);
    expect(code).toBe(0);
  });

  test("--once ends after the first row; without kubectl the row is the server's", async () => {
    const path = join(folder, "bin");
    // node is found by its path; nothing else of PATH is there. Only the guard of the servers needs a shell.
    mkdirSync(path);
    for (const tool of ["sh", "rm", "sleep", "kill"]) symlinkSync(join("/bin", tool), join(path, tool));
    const { code, stdout } = await demo(["--once"], { environment: { PATH: path } });
    expect([rows(stdout), code]).toEqual([[FIRST], 0]);
    expect(stdout).toMatch(/^NAME +FLUXD +HELM-OP +TOOLKIT +FLUX1-PHASE +SUPPORT +MIGRATION +ACTION +READY +AGE$/m);
  });

  test("-f applies somebody's own manifests, and names the one that the server refuses", async () => {
    const good = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "flux", namespace: "team-a" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: [{ name: "flux", image: "registry.local:5000/m/fluxcd/flux:1.21.0" }] },
        },
      },
    };
    const broken = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "broken" }, spec: {} };
    const file = join(folder, "own.yaml");
    writeFileSync(file, [good, broken].map((object) => JSON.stringify(object)).join("\n---\n"));
    const { code, stdout, stderr } = await demo(["--once", "-f", folder, "--at", "2022-06-01"]);
    expect([rows(stdout), code]).toEqual([["1.21.0 None None MigrationAndSecuritySupport None NotStarted MigrateNow True"], 1]);
    expect(stderr).toContain(`refused: Deployment flux-system/broken (${file}, document 2): Deployment.apps "broken" is invalid`);
  });

  test("-o json prints the whole MigrationStatus, and nothing else", async () => {
    const { code, stdout } = await demo(["-o", "json", "--edition", "2021-06-28"]);
    const { status } = z.object({ kind: z.literal("MigrationStatus"), status: MigrationStatusStatus }).parse(JSON.parse(stdout));
    expect([status.summary?.phase, status.timetable, code]).toEqual(["Superseded", { edition: "2021-06-28", row: 3 }, 0]);
  });
});

describe("npm run demo, asked wrongly", () => {
  test.each([
    [["--edition", "2021"], '--edition "2021" is unknown; known: 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20'],
    [["--at", "2022-02-30"], '--at is "2022-02-30": want a date (2022-11-01) or an instant (2022-11-01T08:00:00Z)'],
    [["--nope"], "Unknown option '--nope'"],
    [["-o", "xml"], '-o is "xml"; want json, yaml or wide'],
    [["-f", "nowhere.yaml"], "nowhere.yaml"],
  ])("%j", async (args, sentence) => {
    const { code, stderr } = await demo(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });
});
