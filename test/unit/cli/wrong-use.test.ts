/** What a command refuses in one sentence, which names the option: values that are none, and options that would do nothing. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { complete } from "../../../src/cli/completion/complete.ts";
import { usageError } from "../../../src/cli/exit-codes.ts";
import { program } from "../../../src/cli/program.ts";

/** It need not be there: what is wrong is said before a file is looked for. */
const FILE = "deploy.yaml";

let out: string[];
let err: string[];
beforeEach(() => {
  [out, err] = [[], []];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  jest.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
});
afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  ["plan", FILE, "--dir", ""],
  ["scan", FILE, "--cluster-name", ""],
  ["scan", FILE, "--baseline", ""],
  ["scan", FILE, "--exclude", ""],
  ["scan", "--context", ""],
  ["scan", "--context", "x", "--namespace", ""],
  ["status", "--as", ""],
  ["timetable", "--data-folder", ""],
])("an empty value: %s %s %s %s", async (...words) => {
  const [option = ""] = words.slice(-2);
  await expect(program(() => {}).parseAsync(words, { from: "user" })).rejects.toThrow(
    new RegExp(`^error: option '.*${option} <[A-Z]+>' argument '' is invalid. Want a value, or leave the option out.$`),
  );
});

test.each([
  [["plan", FILE, "--context", "x"], "files or a cluster, not both: --context goes without file names."],
  [["plan", FILE, "--dir", "-", "-o", "json"], "--dir - prints manifests, which are YAML: -o json goes with a folder, or without --dir."],
])("plan, where an option would do nothing: %j", async (words, sentence) => {
  await expect(program(() => {}).parseAsync(words, { from: "user" })).rejects.toMatchObject({ name: "WrongSetting", message: sentence });
});

test.each([["check"], ["status"]])("%s, told to wait longer than a timer can", async (command) => {
  await expect(program(() => {}).parseAsync([command, "--request-timeout", "35792m"], { from: "user" })).rejects.toThrow(
    /^error: option '--request-timeout <DURATION>' argument '35792m' is invalid\. Want 35791m at most\.$/,
  );
});

test.each([
  [[FILE, "-n", "other"], "--namespace is for clusters, with --context or --all-contexts; files are scanned whole."],
  [["--all-contexts", "--exclude", "vendor"], "--exclude is for files; of a cluster, -n reads one namespace."],
])("scan, where an option would do nothing: %j", async (words, sentence) => {
  const codes: number[] = [];
  await program((code) => codes.push(code)).parseAsync(["scan", ...words], { from: "user" });
  expect(codes).toEqual([usageError]);
  expect(err.join("")).toBe(`flux-migration: ${sentence}\n`);
});

test("the minors that are proposed to plan are those that it takes", async () => {
  await complete(
    program(() => {}),
    ["__complete", "plan", "--flux-version", ""],
  );
  const proposed = out.join("").split("\n").slice(0, -2);
  expect(proposed.slice(0, 3)).toEqual(["2.3", "2.4", "2.5"]);
});
