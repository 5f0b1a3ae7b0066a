/** A folder is written whole or not at all, over nothing that is there, and through no link. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { InTheWay, writeFolder } from "../../../src/files/write-folder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = [{ name: "README.md", text: "new" }];

test("nothing is replaced without --force, and nothing is written then", () => {
  writeFileSync(join(folder, "README.md"), "old");
  expect(() => writeFolder(folder, [{ name: "a.yaml", text: "" }, ...files], false)).toThrow(
    new InTheWay(`${folder}: README.md is there already; name another folder, or replace them with --force`),
  );
  expect(readdirSync(folder)).toEqual(["README.md"]);
  writeFolder(folder, files, true);
  expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("new");
  expect(readdirSync(folder)).toEqual(["README.md"]);
});

test("a link is never followed: not that of a file, nor that of the folder", () => {
  const outside = join(folder, "outside");
  writeFileSync(outside, "safe");
  mkdirSync(join(folder, "plan"));
  symlinkSync(outside, join(folder, "plan", "README.md"));
  symlinkSync(outside, join(folder, "plan", "README.md.new"));
  expect(() => writeFolder(join(folder, "plan"), files, false)).toThrow(InTheWay);
  writeFolder(join(folder, "plan"), files, true);
  expect([readFileSync(outside, "utf8"), readFileSync(join(folder, "plan", "README.md"), "utf8")]).toEqual(["safe", "new"]);
  symlinkSync(join(folder, "plan"), join(folder, "link"));
  expect(() => writeFolder(join(folder, "link"), files, true)).toThrow("is a link");
  symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
  expect(() => writeFolder(join(folder, "dangling"), files, true)).toThrow("is a link");
});

test.each(["../x", "a/b", "..", ".hidden", "a\u0000b", ""])("a file named %j is refused", (name) => {
  expect(() => writeFolder(folder, [{ name, text: "" }], true)).toThrow(RangeError);
  expect(readdirSync(folder)).toEqual([]);
});

test("a file where the folder should be, and a folder where a file should be", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => writeFolder(join(folder, "file"), files, true)).toThrow("is no folder");
  mkdirSync(join(folder, "README.md"));
  expect(() => writeFolder(folder, files, true)).toThrow("move what is in the way");
});
