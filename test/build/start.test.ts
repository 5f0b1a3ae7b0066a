/** What the bundle evaluates before a command is known, and for a scan of files: nothing that another command needs, and no schema of data files. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import type { Metafile } from "esbuild";
import { bundle } from "../../build/bundle.ts";

let inputs: Metafile["inputs"];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "start-"));
  try {
    ({ inputs } = await bundle(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A file, and all that it imports before its own first line. */
function loadedWith(first: string): string[] {
  const loaded = new Set<string>();
  const waiting = [first];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    for (const { path, kind } of inputs[file]?.imports ?? []) if (kind !== "dynamic-import") waiting.push(path);
  }
  return [...loaded];
}

const ELSEWHERE =
  /node_modules\/(@kubernetes|pino|prom-client)|src\/(kube\/client|operator\/operator|web\/|data\/(read|mounted)-data)|-file\.ts$/;

test("main.ts loads no command, no client, no logger, no metrics and no reader of data before one is needed", () => {
  const loaded = loadedWith("src/cli/main.ts");
  expect(loaded).toContain("src/cli/scan-options.ts");
  expect(loaded.filter((path) => ELSEWHERE.test(path) || path.endsWith("-command.ts"))).toEqual([]);
});

test("nor does a scan of files", () => {
  const loaded = loadedWith("src/cli/scan-command.ts");
  expect(loaded).toContain("src/scan/survey.ts");
  expect(loaded.filter((path) => ELSEWHERE.test(path))).toEqual([]);
});
