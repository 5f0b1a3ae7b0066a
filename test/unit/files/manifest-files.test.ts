/** A tree as somebody hostile would lay it out: links in circles, links out, pipes, sockets, names that steer a terminal. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { NoSuchFile, readManifestFiles } from "../../../src/files/manifest-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tree-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const object = (kind: string) => `apiVersion: v1\nkind: ${kind}\n`;

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function read(paths: readonly string[], stdin = "", limits = {}, exclude: readonly string[] = []): Promise<string[]> {
  const told: string[] = [];
  for await (const part of readManifestFiles(paths, { stdin: () => Readable.from([Buffer.from(stdin)]), limits, exclude })) {
    const file = relative(folder, join(folder, relative(folder, part.file)));
    told.push(`${part.file === "stdin" ? "stdin" : file}:${part.line} ${part.at === "Object" ? part.kind : `${part.at}: ${part.why}`}`);
  }
  return told;
}

test("a folder is read by its names, in order, and a file that is named whatever its name", async () => {
  write("b/x.yml", object("X"));
  write("a.json", '{"apiVersion":"v1","kind":"A"}');
  write("c/Kustomization", object("K"));
  write("readme.md", object("Not"));
  write(".git/x.yaml", object("Not"));
  write("node_modules/x.yaml", object("Not"));
  expect(await read([folder])).toEqual(["a.json:1 A", "b/x.yml:1 X", "c/Kustomization:1 K"]);
  expect(await read([join(folder, "readme.md"), "-"], object("S"))).toEqual(["readme.md:1 Not", "stdin:1 S"]);
});

test("where all that was named is excluded, that is told: nothing was looked at", async () => {
  write("vendor/app/a.yaml", object("A"));
  const wanted = ["vendor/app:1 Skipped: is left out by --exclude, and so is all that was named"];
  expect(await read([join(folder, "vendor/app")], "", {}, ["vendor"])).toEqual(wanted);
});

test("a link to a file where nobody looks is read", async () => {
  write("node_modules/x/a.yaml", object("A"));
  write("in/b.yaml", object("B"));
  symlinkSync("node_modules/x/a.yaml", join(folder, "a.yaml"));
  symlinkSync("in/b.yaml", join(folder, "b.yaml"));
  expect(await read([folder])).toEqual(["a.yaml:1 A", "in/b.yaml:1 B"]);
});

test("a link to a file that is excluded by its place is read", async () => {
  write("base/a.yaml", object("A"));
  write("over/b.yaml", object("B"));
  symlinkSync("../base/a.yaml", join(folder, "over/a.yaml"));
  expect(await read([folder], "", {}, ["base"])).toEqual(["over/a.yaml:1 A", "over/b.yaml:1 B"]);
});

test("what is excluded is not read, be it found or named, a file, a folder or a link", async () => {
  write("a.yaml", object("A"));
  write("broken/b.yaml", "a: [");
  write("old/c.yaml", object("C"));
  symlinkSync("nowhere", join(folder, "dangling.yaml"));
  const exclude = ["broken", "dangling.*", join(folder, "old")];
  expect(await read([folder], "", {}, exclude)).toEqual(["a.yaml:1 A"]);
  const named = ["a.yaml", "broken/b.yaml", "old", "old/c.yaml"].map((path) => join(folder, path));
  expect(await read([...named, "-"], object("S"), {}, [...exclude, "-"])).toEqual(["a.yaml:1 A", "stdin:1 S"]);
});

test("a file that is named from here is named as a code host names it", async () => {
  write("a.yaml", object("A"));
  const here = relative("", join(folder, "a.yaml"));
  const files: string[] = [];
  const stdin = () => Readable.from([]);
  for (const path of [`./${here}`, `.//./${here}`]) for await (const part of readManifestFiles([path], { stdin })) files.push(part.file);
  expect(files).toEqual([here, here]);
});

test("what is named twice, or stands in a folder that is named as well, is read once, under its first name", async () => {
  write("in/a.yaml", object("A"));
  write("in/b.yaml", object("B"));
  symlinkSync("in/a.yaml", join(folder, "link.yaml"));
  symlinkSync("nowhere", join(folder, "in/dangling.yaml"));
  const [inside, link] = [join(folder, "in"), join(folder, "link.yaml")];
  expect(await read([join(inside, "b.yaml"), link, inside, `${inside}/../in`, folder, "-", "-"], object("S"))).toEqual([
    "in/b.yaml:1 B",
    "link.yaml:1 A",
    "in/dangling.yaml:1 Unread: is a link that leads nowhere (ENOENT)",
    "stdin:1 S",
  ]);
});

test("where nothing is to be read, that is told: a folder of other files, and a stream whose writer may have failed", async () => {
  write("in/readme.md", object("Not"));
  expect(await read([join(folder, "in"), "-"])).toEqual([
    "in:1 Skipped: holds no file that ends in .yaml, .yml or .json",
    "stdin:1 Unread: is empty: what was to write it may have failed",
  ]);
});

test("a path that is not there is said before anything is read", async () => {
  await expect(read([folder, join(folder, "nothing")])).rejects.toThrow(NoSuchFile);
});

test("links go round in no circle, and lead nowhere outside", async () => {
  write("in/a.yaml", object("A"));
  const outside = mkdtempSync(join(tmpdir(), "outside-"));
  try {
    writeFileSync(join(outside, "secret.yaml"), object("Secret"));
    symlinkSync(".", join(folder, "in/loop"));
    symlinkSync("..", join(folder, "in/up"));
    symlinkSync(outside, join(folder, "out"));
    symlinkSync(join(outside, "secret.yaml"), join(folder, "out.yaml"));
    symlinkSync("in/a.yaml", join(folder, "same.yaml"));
    symlinkSync("nowhere", join(folder, "dangling.yaml"));
    expect(await read([folder])).toEqual([
      "dangling.yaml:1 Unread: is a link that leads nowhere (ENOENT)",
      "in/a.yaml:1 A",
      "out:1 Skipped: is a link that leads out of the folder",
      "out.yaml:1 Skipped: is a link that leads out of the folder",
    ]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test("pipes and sockets in a folder are passed over, and a pipe that is named is read", async () => {
  const pipe = join(folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  const server = createServer().listen(join(folder, "socket.yaml"));
  await new Promise((resolve) => server.once("listening", resolve));
  write("z.yaml", object("Z"));
  expect(await read([folder])).toEqual([
    "pipe.yaml:1 Skipped: is no regular file",
    "socket.yaml:1 Skipped: is no regular file",
    "z.yaml:1 Z",
  ]);
  server.close();
  const reading = read([pipe]);
  spawn("sh", ["-c", `printf 'apiVersion: v1\\nkind: P\\n' > "$0"`, pipe], { stdio: "ignore" });
  expect(await reading).toEqual(["pipe.yaml:1 P"]);
});

// Root may read everything.
(process.getuid?.() === 0 ? test.skip : test)("what may not be read is told", async () => {
  write("shut/a.yaml", object("A"));
  write("b.yaml", object("B"));
  chmodSync(join(folder, "shut"), 0);
  chmodSync(join(folder, "b.yaml"), 0);
  try {
    expect(await read([folder])).toEqual(["b.yaml:1 Unread: cannot be read (EACCES)", "shut:1 Unread: cannot be read (EACCES)"]);
  } finally {
    chmodSync(join(folder, "shut"), 0o700);
  }
});

test("sizes have limits, and what follows is read", async () => {
  write("a.yaml", `${object("A")}# ${"x".repeat(100)}`);
  write("b.yaml", object("B"));
  expect(await read([folder, "-"], `${object("S")}---\n${"# x\n".repeat(100)}`, { fileBytes: 100, streamBytes: 200 })).toEqual([
    "a.yaml:1 Unread: has more than 100 bytes; split it, or give it to the standard input",
    "b.yaml:1 B",
    "stdin:1 Unread: has more than 200 bytes; what follows was not read",
  ]);
});

test("names may hold anything", async () => {
  write("\u001b[31m\n::error::.yaml", object("A"));
  expect(await read([folder])).toEqual(["\u001b[31m\n::error::.yaml:1 A"]);
});
