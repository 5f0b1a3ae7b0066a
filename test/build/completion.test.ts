/** TAB in real shells, on a terminal: what becomes of the line. One list of lines for all shells, and what no shell may do. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeWithTools } from "../tools/suite.ts";
import { Distribution, start } from "./program.ts";
import { type Shell, Typist } from "./typing.ts";

const START_MS = 60_000;

/** Contexts as clouds name them, and as nobody should. */
const CONTEXTS = ["arn:aws:eks:eu-west-1:1:cluster/prod", "$(touch planted)", "two words", "evil\u001b[31m"];

/** What is typed before TAB, and the line after it. Shells escape what they would expand. */
const LINES: readonly [typed: string, becomes: string][] = [
  ["flux-migration sca", "flux-migration scan "],
  ["flux-migration scan --output=ya", "flux-migration scan --output=yaml "],
  ["flux-migration scan --context arn:aws:e", "flux-migration scan --context arn:aws:eks:eu-west-1:1:cluster/prod "],
  ["flux-migration scan --context=arn:aws:e", "flux-migration scan --context=arn:aws:eks:eu-west-1:1:cluster/prod "],
  ["flux-migration status --context tw", "flux-migration status --context two\\ words "],
  ["flux-migration scan --context \\$", "flux-migration scan --context \\$\\(touch\\ planted\\) "],
  ["flux-migration scan --context ev", "flux-migration scan --context ev"],
  ["flux-migration scan mani", "flux-migration scan manifest\\ a.yaml "],
  ["flux-migration plan --dir ou", "flux-migration plan --dir outdir/"],
  ["flux-migration plan --dir=ou", "flux-migration plan --dir=outdir/"],
  ['flux-migration scan "$(touch planted)" --fai', 'flux-migration scan "$(touch planted)" --fail-on '],
  [
    "flux-migration scan --kubeconfig ~/other.yaml --context of-",
    "flux-migration scan --kubeconfig ~/other.yaml --context of-another-file ",
  ],
];

let made: Distribution;
let folder = "";
beforeAll(async () => {
  made = await Distribution.build();
  folder = join(made.alone, "home");
  await mkdir(join(folder, "bin"), { recursive: true });
  await mkdir(join(folder, "outdir"));
  await writeFile(join(folder, "bin/flux-migration"), `#!/bin/sh\nexec ${process.execPath} ${made.bundle} "$@"\n`, { mode: 0o755 });
  for (const name of ["outfile", "manifest a.yaml"]) await writeFile(join(folder, name), "");
  const contexts = (names: readonly string[]) => JSON.stringify({ contexts: names.map((name) => ({ name })) });
  await writeFile(join(folder, "kubeconfig.yaml"), contexts(CONTEXTS));
  await writeFile(join(folder, "other.yaml"), contexts(["of-another-file"]));
}, START_MS);
afterAll(() => made.remove());

const environment = () => ({ PATH: `${join(folder, "bin")}:/usr/bin:/bin`, HOME: folder, KUBECONFIG: join(folder, "kubeconfig.yaml") });

const NEEDED: Readonly<Record<Shell, readonly ("script" | "zsh" | "fish")[]>> = {
  bash: ["script"],
  zsh: ["script", "zsh"],
  fish: ["script", "fish"],
};

for (const shell of ["bash", "zsh", "fish"] as const) {
  await describeWithTools(NEEDED[shell], `TAB in ${shell}`, (tools) => {
    let typist: Typist | undefined;
    beforeAll(async () => {
      const program = shell === "bash" ? shell : tools[shell];
      typist = await Typist.at(shell, program, tools.script, { cwd: folder, environment: environment() });
    }, START_MS);
    afterAll(() => typist?.leave());

    test.each(LINES)("%s", async (typed, becomes) => expect(await typist?.complete(typed)).toBe(becomes), START_MS);

    test("runs nothing that stands on the line, or in a kubeconfig", () => expect(existsSync(join(folder, "planted"))).toBe(false));
  });
}

test.each(["bash", "zsh", "fish"])("the script for %s is the one that the sources hold", async (shell) => {
  const { code, out } = await start([made.bundle, "completion", shell], { cwd: made.alone }).ended;
  expect([code, out.startsWith(`#compdef`) === (shell === "zsh"), out.includes(`made by: flux-migration completion ${shell}`)]).toEqual([
    0,
    true,
    true,
  ]);
});

test("an answer names no kubeconfig's file, asks nobody, and starts no program for credentials", async () => {
  const kubeconfig = join(made.alone, "hostile.yaml");
  const user = {
    name: "u",
    user: {
      exec: { apiVersion: "client.authentication.k8s.io/v1", command: "touch", args: ["planted"], interactiveMode: "Never" },
      tokenFile: "/dev/stdin",
    },
  };
  await writeFile(kubeconfig, JSON.stringify({ contexts: [{ name: "c", context: { cluster: "c", user: "u" } }], users: [user] }));
  const readable = [made.bundle, kubeconfig].map((path) => `--allow-fs-read=${path}`);
  // Without the rights to start a program, or to read any other file.
  const ended = await start(["--permission", ...readable, made.bundle, "__complete", "scan", "--kubeconfig", kubeconfig, "--context", ""], {
    cwd: made.alone,
  }).ended;
  expect(ended).toEqual({ code: 0, out: "c\n:36\n", err: "" });
});
