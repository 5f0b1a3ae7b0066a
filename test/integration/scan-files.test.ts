/**
 * `flux-migration scan` over files as a person runs it: exit codes, colours, streams, limits at their real sizes, and nothing started or
 * written. @newest-only, as no API server is asked.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { dump } from "js-yaml";
import { freshBundle } from "../bundle.ts";
import { workload } from "../unit/scan/scanned.ts";

const MIB = 1024 * 1024;
const LIMIT_MS = 60_000;

const bundle = await freshBundle();

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

interface Ended {
  code: number;
  out: string;
  err: string;
  /** Largest resident set seen, in MiB. */
  rss: number;
}

function scan(
  args: readonly string[],
  { stdin = "", environment = {} as Record<string, string>, flags = [] as string[] } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    let rss = 0;
    const { PATH = "", HOME = "" } = process.env;
    const options = { env: { PATH, HOME, ...environment }, maxBuffer: 64 * MIB };
    const child = execFile(process.execPath, [...flags, bundle, "scan", ...args], options, (error, out, err) => {
      clearInterval(watch);
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, out, err, rss });
    });
    const watch = setInterval(() => {
      try {
        const [, kib = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
        rss = Math.max(rss, Number(kib) / 1024);
      } catch {
        // It has ended, or this is no Linux: then nothing is measured.
      }
    }, 20);
    child.stdin?.on("error", () => {}); // It may end before it has read all.
    child.stdin?.end(stdin);
  });
}

/** `script` gives its program a terminal of its own. */
function onTerminal(file: string, environment: Record<string, string>): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const command = `'${process.execPath}' '${bundle}' scan '${file}'`;
  return new Promise((resolve) => {
    execFile("script", ["-qec", command, "/dev/null"], { env: { PATH, HOME, TERM: "xterm", ...environment } }, (_, out) => resolve(out));
  });
}

describe("exit codes", () => {
  test.each([
    ["0 where nothing was found", 0, () => [write("a.yaml", workload({ image: "nginx:1" }))]],
    ["1 where something was", 1, () => [write("a.yaml", workload())]],
    ["0 where it is not grave enough", 0, () => [write("a.yaml", workload()), "--fail-on", "Critical", "--at", "2021-07-01"]],
    ["2 for a path that is not there", 2, () => [join(folder, "nothing")]],
    ["2 for nothing to scan", 2, () => []],
    ["2 for an unknown threshold", 2, () => [write("a.yaml", ""), "--fail-on", "Soon"]],
    ["2 for an unknown edition", 2, () => [write("a.yaml", ""), "--edition", "2021"]],
    ["2 for files and clusters at once", 2, () => [write("a.yaml", ""), "--all-contexts"]],
    ["2 for a baseline that is none", 2, () => [write("a.yaml", ""), "--baseline", write("b.json", "[]")]],
    ["3 where something is broken, though something was found", 3, () => [write("a.yaml", workload()), write("b.yaml", "fluxcd/flux: [")]],
  ] as const)("%s", async (_, code, args) => expect((await scan(args())).code).toBe(code), LIMIT_MS);
});

test(
  "a stream is read, a broken document named, the rest found; a template goes to stderr and is no fault",
  async () => {
    const { code, out, err } = await scan(["-"], { stdin: `fluxcd/flux: [\n---\n{{ if x }}\na: fluxcd/flux\n---\n${workload()}` });
    expect(code).toBe(3);
    expect(out).toMatch(/^Critical\s+fluxd\s+1\.25\.4.*stdin:6$/m);
    expect(out).toMatch(/^not read stdin:[12] /m);
    expect(err).toBe("skipped stdin:2 is a template, not YAML; render it first: helm template\n");
  },
  LIMIT_MS,
);

test(
  "what could not be read is named beside a CSV, which has no place for it",
  async () => {
    const { code, out, err } = await scan(["-", "-o", "csv"], { stdin: "fluxcd/flux: [" });
    expect([code, out.split("\n").length]).toEqual([3, 2]);
    expect(err).toMatch(/^not read stdin:1 .*\n$/);
  },
  LIMIT_MS,
);

test(
  "colours on a terminal, none in a pipe, and none with NO_COLOR",
  async () => {
    const file = write("a.yaml", workload());
    expect((await scan([file])).out).not.toContain("\u001b[");
    expect((await scan([file], { environment: { FORCE_COLOR: "1" } })).out).toContain("\u001b[31mCritical");
    expect(await onTerminal(file, {})).toContain("\u001b[31mCritical");
    expect(await onTerminal(file, { NO_COLOR: "1" })).not.toContain("\u001b[");
  },
  LIMIT_MS,
);

test(
  "a baseline that it wrote itself is one that it reads",
  async () => {
    const file = write("a.yaml", workload());
    for (const format of ["json", "yaml"]) {
      const known = write(`known.${format}`, (await scan([file, "-o", format])).out);
      for (const named of [file, relative("", file), `./${relative("", file)}`])
        expect((await scan([named, "--baseline", known])).code).toBe(0);
    }
  },
  LIMIT_MS,
);

test(
  "past each limit, at its real size: 3, the place is named, the others are found, and memory stays",
  async () => {
    const padding = (bytes: number) => "# x\n".repeat(bytes / 4);
    write("1-file.yaml", padding(50 * MIB + 4));
    write("2-document.yaml", `${workload({ name: "two" })}\n---\n${padding(10 * MIB + 4)}---\n${workload({ name: "three" })}`);
    write("3-depth.yaml", `fluxcd/flux: ${"[".repeat(5_000)}`);
    write("4-aliases.yaml", `fluxcd/flux: &a x\nb: [${"*a,".repeat(101)}]`);
    const bomb = Array.from({ length: 40 }, (_, level) => `b${level}: &b${level} [${level === 0 ? "x" : `*b${level - 1},*b${level - 1}`}]`);
    write("5-bomb.yaml", `x: fluxcd/flux\n${bomb.join("\n")}\n`);
    write("6-documents.yaml", `${"a: 1\n---\n".repeat(100_000)}${workload({ name: "hidden" })}`);
    write("9-last.yaml", workload({ name: "last" }));
    const { code, out, rss } = await scan([folder]);
    expect(code).toBe(3);
    const unread = out.split("\n").filter((line) => line.startsWith("not read"));
    expect(unread.map((line) => line.replace(`not read ${folder}/`, ""))).toEqual([
      expect.stringMatching(/^1-file\.yaml:1 has more than 52428800 bytes/),
      expect.stringMatching(/^2-document\.yaml:\d+ is a document of more than 10485760 bytes/),
      expect.stringMatching(/^3-depth\.yaml:1 nesting exceeded/),
      expect.stringMatching(/^4-aliases\.yaml:2 aliases exceeded/),
      expect.stringMatching(/^6-documents\.yaml:\d+ has more than 100000 documents/),
    ]);
    for (const name of ["two", "three", "last"]) expect(out).toContain(`flux/${name} `);
    expect(rss).toBeLessThan(200);
  },
  LIMIT_MS,
);

test.each(["yaml", "json"])(
  "a List longer than a document may be, as kubectl get -o %s prints it: every item is read, and memory stays",
  async (format) => {
    const annotations = { notes: "x".repeat(20_000) };
    const containers = [{ name: "flux", image: "docker.io/fluxcd/flux:1.25.4" }];
    const item = (index: number) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { annotations, name: `web-${index}`, namespace: "flux" },
      spec: { template: { spec: { containers: index % 500 === 499 ? containers : [] } } },
    });
    const list = { apiVersion: "v1", items: Array.from({ length: 2_000 }, (_, index) => item(index)), kind: "List", metadata: {} };
    const stdin = format === "json" ? JSON.stringify(list, undefined, 4) : dump(list, { seqNoIndent: true, lineWidth: -1, noRefs: true });
    expect(stdin.length).toBeGreaterThan(35 * MIB);
    for (const read of [await scan(["-"], { stdin }), await scan([write(`list.${format}`, stdin)])]) {
      expect([read.code, read.out.split("\n").filter((line) => line.startsWith("not read"))]).toEqual([1, []]);
      for (const index of [499, 999, 1_499, 1_999]) expect(read.out).toContain(`flux/web-${index} `);
      expect(read.rss).toBeLessThan(200);
    }
  },
  LIMIT_MS,
);

test(
  "a kustomization that names bases elsewhere starts nothing, fetches nothing and writes nothing",
  async () => {
    const resources = ["https://127.0.0.1:9/x.yaml", "github.com/fluxcd/flux//deploy?ref=1.25.4", "../../../etc"];
    const generators = {
      helmCharts: [{ name: "flux2", repo: "https://127.0.0.1:9" }],
      generators: ["exec.yaml"],
      transformers: ["../../x"],
    };
    write("kustomization.yaml", JSON.stringify({ resources, ...generators }));
    // Without the right to start programs, to write files or to load native code.
    const { code, out } = await scan([folder], { flags: ["--permission", "--allow-fs-read=*"] });
    expect([code, out]).toEqual([1, expect.stringMatching(/^Critical\s+fluxd\s+1\.25\.4\s.*kustomization\.yaml:1$/m)]);
  },
  LIMIT_MS,
);
