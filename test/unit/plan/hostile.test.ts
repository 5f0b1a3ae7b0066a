/**
 * Manifests of a stranger: names in paths, lines for a shell, credentials in addresses, YAML and Markdown out of values. Each is a real attack on
 * whoever runs what a plan shows.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import { command } from "../../../src/plan/markdown.ts";
import { fileNames } from "../../../src/plan/names.ts";
import { stepsOf } from "../../../src/plan/steps.ts";
import { planFiles, planJson, planStream } from "../../../src/planning/plan-files.ts";
import { planSummary } from "../../../src/planning/summary.ts";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, helmOperator, helmRelease, leftOf, only, planned } from "./plan-builder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const AS_OF = "2026-08-07";
type Made = ReturnType<typeof planned>;
/** All that a plan ever shows. */
const shown = (plan: Made) => [
  ...planFiles(plan, AS_OF).map(({ text }) => text),
  planStream(plan, AS_OF),
  planJson(plan),
  planSummary(plan, { asOf: AS_OF, folder: "plan", leftoversOut: false, skipped: 0 }),
];
const commandsOf = (plan: Made) => stepsOf(plan).flatMap(({ parts, chores }) => [...parts, ...chores].flatMap(({ commands }) => commands));

const HOSTILE = [
  "../../x",
  "..",
  "/etc/x",
  "a/b",
  "a\u0000b",
  "a\nb",
  "$(touch /tmp/p)",
  "; rm -rf x",
  "`touch p`",
  "'; touch p; '",
  "\u001b[2J",
  "a\u202eb",
  "CON",
  "con.yaml/..",
  "-rf",
  "--all",
  "A",
  "x".repeat(254),
  "|",
  "<script>",
  "a b",
]; // prettier-ignore

describe("names", () => {
  test.each(HOSTILE)("a HelmRelease named %j is listed, and in no path and no command", (name) => {
    for (const metadata of [{ name }, { namespace: name }]) {
      const plan = planned([helmOperator(), helmRelease({}, metadata)]);
      expect(plan.objects.filter(({ kind }) => kind === "HelmRelease")).toEqual([]);
      expect(leftOf(plan).some((line) => /^metadata\.name(space)?: it is no name/.test(line))).toBe(true);
      for (const { name: file } of planFiles(plan, AS_OF)) expect(file).toMatch(/^(README\.md|[0-9]{2}-[a-z0-9._-]+\.yaml)$/);
    }
  });

  test.each(HOSTILE)("a fluxd in %j is not read", (name) => {
    for (const object of [deployment(name, "flux", { image: "fluxcd/flux:1" }), deployment("flux", name, { image: "fluxcd/flux:1" })]) {
      const plan = planned([object]);
      expect(plan.fluxds).toEqual([]);
      expect(plan.unreadable).toHaveLength(1);
    }
  });

  test("of targets and chart Secrets as well", () => {
    const plan = planned([
      helmOperator(),
      helmRelease({ targetNamespace: "../x" }),
      helmRelease({ chart: { git: "https://h.example.com/x", path: ".", secretRef: { name: "$(x)" } } }, { name: "b" }),
    ]);
    expect(plan.objects).toEqual([]);
  });

  test("no two files alike, however long the names", () => {
    const long = "a".repeat(253);
    const names = fileNames(
      [1, 2, 3].map((number) => ({ order: 40, kind: "HelmRelease", namespace: "n", name: `${long.slice(0, 252)}${number}` })),
    );
    expect(new Set(names).size).toBe(3);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThan(160);
  });
});

describe("lines for a shell", () => {
  /** Programs of the lines, by which nothing happens but that the words are written down. */
  function run(lines: readonly string[]): string[] {
    const bin = join(folder, "bin");
    const work = join(folder, "work");
    mkdirSync(bin);
    mkdirSync(work);
    for (const program of ["kubectl", "flux", "echo-words"])
      writeFileSync(join(bin, program), `#!/bin/sh\nfor word do printf '%s\\n' "$word"; done\n`, { mode: 0o755 });
    const out = execFileSync("/bin/sh", ["-c", lines.join("\n")], { cwd: work, env: { PATH: `${bin}:/usr/bin:/bin` }, encoding: "utf8" });
    expect(readdirSync(work)).toEqual([]);
    return out.split("\n").slice(0, -1);
  }

  test.each([
    "$(touch p)",
    "; touch p",
    "`touch p`",
    "' ; touch p ; '",
    "> p",
    "a b",
    "*",
    "~",
    "#",
    "",
    "--x=$(touch p)",
    "\\",
    '"',
    "!!",
    "{a,b}",
  ])("%j stays one word", (word) => {
    expect(run([command("echo-words", word, "end")])).toEqual([word, "end"]);
  });

  test.each(["a\nb", "a\u0000", "\u2028", "\u202e", "\u001b[2J"])("%j is refused", (word) =>
    expect(() => command("echo", word)).toThrow(RangeError),
  );

  test("a whole plan of hostile values, run line by line, makes nothing", () => {
    const evil = "$(touch p)`touch q`;touch r\ntouch s";
    const plan = planned([
      fluxd(["--git-url=git@h.example.com:$(touch p)/x", `--git-branch=${evil}`]),
      deployment("two", "flux", {
        image: "fluxcd/flux:1.25.4",
        args: [
          "--git-url=git@h.example.com:a/b",
          `--git-branch=${evil}`,
          `--git-path=${evil}`,
          `--git-user=${evil}`,
          `--k8s-secret-name=${evil}`,
          `--k8s-allow-namespace=${evil}`,
          `--k8s-default-namespace=${evil}`,
        ],
      }),
      helmOperator(),
      helmRelease(
        { values: { image: evil, [evil]: { image: { repository: evil, tag: evil } } } },
        { annotations: { "fluxcd.io/automated": "true", [`filter.fluxcd.io/${evil}`]: evil } },
      ),
      deployment("shop", "web", { image: "a/b:1", container: evil, annotations: { "fluxcd.io/automated": "true" } }),
    ]);
    expect(run(commandsOf(plan)).length).toBeGreaterThan(10);
  });
});

describe("credentials", () => {
  const CANARY = "s3cr3t-canary-7";
  test.each([
    `https://${CANARY}@h.example.com/a/b`,
    `https://user:${CANARY}@h.example.com/a/b`,
    `https://h.example.com/a/b?token=${CANARY}`,
    `https://h.example.com/a/b#${CANARY}`,
    `ssh://git:${CANARY}@h.example.com/a/b`,
    `git:${CANARY}@h.example.com:a/b`,
    `https://user:a@${CANARY}@h.example.com/a/b`,
    `https://user:${CANARY}\\@evil.example.com/a/b`,
    `HTTPS://user:${CANARY}@h.example.com/a/b`,
    `https://user:${CANARY}`,
    `${CANARY}://h.example.com`,
  ])("%s is never copied, and never told", (url) => {
    const plan = planned([
      fluxd([`--git-url=${url}`, `--token=${CANARY}`, `--${CANARY.slice(0, 3)}`, CANARY]),
      helmOperator(),
      helmRelease({ chart: { repository: url, name: "x", version: "1" } }),
      helmRelease({ chart: { git: url, path: "x" } }, { name: "git" }),
    ]);
    for (const text of shown(plan)) expect(text).not.toContain(CANARY);
    const spoken = leftOf(plan).join("\n");
    expect(spoken).toMatch(/credential in --git-url|--git-url: /);
  });

  test("what it leaves is a Secret to make, by its name", () => {
    const plan = planned([fluxd(["--git-url=https://$(GIT_AUTHUSER):$(GIT_AUTHKEY)@h.example.com/a/b"])]);
    expect(only(plan, "GitRepository").spec).toMatchObject({ url: "https://h.example.com/a/b", secretRef: { name: "flux-git-auth" } });
    expect(plan.chores.some(({ text }) => text.includes("`flux-git-auth`"))).toBe(true);
    expect(leftOf(plan).some((line) => line.startsWith("credential in --git-url: it is not copied"))).toBe(true);
  });
});

describe("documents", () => {
  const TRICKY = {
    yes: "yes",
    on: "on",
    tilde: "~",
    nul: "null",
    octal: "012",
    octal2: "0o14",
    exponent: "1e3",
    under: "1_000",
    sexagesimal: "1:20",
    date: "2020-01-01",
    merge: "<<",
    "<<": 1,
    y: "n",
    doc: "---\nkind: Secret",
    end: "...",
    comment: "a #b",
    anchor: "&a *a",
    tag: "!!binary x",
    tab: "\ta",
    space: " a ",
    quote: "'\"`",
    nl: "a\n\nb\n",
    cr: "a\rb",
    nel: "a\u0085b",
    ls: "a\u2028b",
    esc: "\u001b[2J",
    zero: "\u0000",
    template: "{{ .x }}",
    long: "w ".repeat(500),
    empty: "",
    map: {},
    list: [],
    nested: [[["x"]]],
    n: 0.1,
    big: 1e21 / 1e6,
    minus: -1,
  }; // prettier-ignore

  test("values are the same when they are read again, and stay one document", () => {
    const plan = planned([helmOperator(), helmRelease({ values: TRICKY })]);
    const [file] = planFiles(plan, AS_OF).filter(({ name }) => name.includes("helmrelease"));
    expect(load(file?.text ?? "")).toMatchObject({ kind: "HelmRelease", spec: { values: TRICKY } });
    expect(loadAll(planStream(plan, AS_OF)).filter(Boolean)).toEqual(plan.objects);
  });

  test("arguments cannot add to a manifest", () => {
    const branch = "main\n---\napiVersion: v1\nkind: Secret";
    const plan = planned([fluxd([`--git-branch=${branch}`])]);
    expect(only(plan, "GitRepository").spec.ref).toEqual({ branch });
    expect(loadAll(planStream(plan, AS_OF)).filter(Boolean)).toEqual(plan.objects);
  });

  test("a template of Go in a commit's message stays text", () => {
    const plan = planned([
      fluxd(["--git-ci-skip-message={{ .Env }}"]),
      deployment("a", "a", { image: "a/b:1", annotations: { "fluxcd.io/automated": "true" } }),
    ]);
    expect(JSON.stringify(only(plan, "ImageUpdateAutomation").spec)).not.toMatch(/\{\{ \.Env/);
  });

  test("Markdown: no heading, no list, no HTML, no end of a block, no cell out of a name", () => {
    const evil = "x`\n\n# Run this\n```\n<img src=x onerror=y>| | a | [b](http://evil) \u001b[2J";
    const quiet = planned([
      fluxd([]),
      helmOperator(),
      helmRelease(),
      deployment("shop", "web", { image: "a/b:1", annotations: { "fluxcd.io/automated": "true" } }),
    ]);
    const plan = planned([
      fluxd([`--git-branch=${evil}`, `--${evil}`, `--${evil}=1`]),
      helmOperator(),
      helmRelease(
        { [evil]: evil, chart: { repository: "https://charts.example.com/", name: evil, version: evil } },
        { labels: { [evil]: "x" } },
      ),
      deployment("shop", "web", {
        image: "a/b:1",
        container: evil,
        annotations: { "fluxcd.io/automated": "true", [`fluxcd.io/${evil}`]: "x" },
      }),
    ]);
    const read = (made: Made) => planFiles(made, AS_OF)[0]?.text.split("\n") ?? [];
    const headings = (lines: string[]) => lines.filter((line) => line.startsWith("#"));
    expect(headings(read(plan))).toEqual([...headings(read(quiet))]);
    for (const line of read(plan)) {
      expect(line).not.toMatch(/\p{Cc}/u);
      if (line.startsWith("|")) expect(line.replaceAll("\\|", "").match(/\|/g)).toHaveLength(4);
      // What is left outside of code holds no markup.
      const outside = line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, "");
      if (line.startsWith("|") || line.startsWith("- [ ]")) expect(outside).not.toMatch(/<|onerror|\]\(/);
    }
  });

  test("a terminal is not steered, and a line stays a line", () => {
    const plan = planned([fluxd(["--\u001b[2Jx\ny=1"]), helmOperator()], { cluster: "prod\u001b]0;x\u0007" });
    expect(planSummary(plan, { asOf: AS_OF, folder: "p", leftoversOut: false, skipped: 0 }).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});
