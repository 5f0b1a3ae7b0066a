/** What GitHub runs for us: nothing that its author could exchange behind our back, and no right more than a job needs. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { PROJECT } from "../../build/bundle.ts";
import { PLATFORMS } from "../../build/executables/platforms.ts";
import { IMAGE } from "../../build/release.ts";
import { describeWithTools } from "../tools/suite.ts";
import { ACTION_FILE } from "./action-runner.ts";

const FOLDER = join(PROJECT, ".github/workflows");

const Rights = z.record(z.string(), z.enum(["read", "write", "none"]));
const Step = z.looseObject({ uses: z.string().optional(), run: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() });
const Matrix = z.looseObject({ matrix: z.looseObject({ include: z.array(z.looseObject({ platform: z.string() })) }) });
const Workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: Rights,
  jobs: z.record(
    z.string(),
    z.looseObject({
      needs: z.union([z.string(), z.array(z.string())]).optional(),
      permissions: Rights,
      "timeout-minutes": z.number(),
      steps: z.array(Step),
      strategy: Matrix.optional(),
    }),
  ),
});

/** The rights that write, and no job has another. */
const WRITES: Record<string, readonly string[]> = {
  "ci.yml": [],
  "data.yml": ["propose: contents", "propose: pull-requests"],
  "release.yml": [
    "image: attestations",
    "image: id-token",
    "image: packages",
    "publish: attestations",
    "publish: contents",
    "publish: id-token",
    "publish: packages",
  ],
};

const names = readdirSync(FOLDER);

test("each workflow is known here", () => {
  expect(names.toSorted()).toEqual(Object.keys(WRITES));
});

describe.each(names)("%s", (name) => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  const workflow = Workflow.parse(load(text));
  const jobs = Object.entries(workflow.jobs);

  test("uses actions by commit alone, and says which version that is", () => {
    const uses = text.split("\n").filter((line) => /^\s*-?\s*uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("has no right but those of its jobs, and each job those that it needs", () => {
    expect(workflow.permissions).toEqual({});
    const writes = jobs.flatMap(([job, { permissions }]) =>
      Object.entries(permissions).flatMap(([right, level]) => (level === "write" ? [`${job}: ${right}`] : [])),
    );
    expect(writes.toSorted()).toEqual(WRITES[name]);
  });

  test("leaves no token to what it checks out", () => {
    const checkouts = jobs.flatMap(([, { steps }]) => steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with?.["persist-credentials"]).toBe(false);
  });

  test("runs scripts that bash can read, into which nobody else can write", () => {
    for (const [job, { steps }] of jobs) {
      for (const { run } of steps) {
        if (run === undefined) continue;
        const { status, stderr } = spawnSync("bash", ["-n"], { input: run, encoding: "utf8" });
        expect([job, status, stderr]).toEqual([job, 0, ""]);
        // A title or a branch in place of ${{ }} would be run; through the environment it is a word.
        expect(run).not.toContain("${{");
      }
    }
  });
});

describe("a release", () => {
  const text = readFileSync(join(FOLDER, "release.yml"), "utf8");
  const { jobs } = Workflow.parse(load(text));
  const script = (job: string) => (jobs[job]?.steps ?? []).map(({ run, uses }) => run ?? uses ?? "");

  const hasInOrder = (job: string, words: readonly string[]) => {
    const steps = script(job);
    const order = words.map((word) => steps.findIndex((step) => step.includes(word)));
    expect(order.every((index) => index >= 0)).toBe(true);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  };

  test("tags an image only once it is signed and its provenance stands", () => {
    hasInOrder("image", ["docker/build-push-action@", "cosign sign", "actions/attest-build-provenance@", "imagetools create --tag"]);
    expect(text).toContain("push-by-digest=true");
  });

  test("names the base images by digest, as the Dockerfile lets it", () => {
    const dockerfile = readFileSync(join(PROJECT, "Dockerfile"), "utf8");
    for (const argument of ["BUILDER", "RUNTIME"]) {
      expect(dockerfile).toMatch(new RegExp(`^ARG ${argument}=\\S+$`, "m"));
      expect(text).toContain(`${argument}=\${{ steps.base.outputs.${argument} }}`);
    }
  });

  test("is of the image that the manifests name", () => {
    expect(Workflow.extend({ env: z.looseObject({ IMAGE: z.string() }) }).parse(load(text)).env.IMAGE).toBe(IMAGE);
  });

  test("makes executables of the node that they are tested with, and tries each before any is published", () => {
    const { devDependencies } = z
      .looseObject({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")));
    for (const job of ["node", "executables"]) {
      const versions = (jobs[job]?.steps ?? []).flatMap((step) => step.with?.["node-version"] ?? []);
      expect([job, versions]).toEqual([job, [devDependencies.node]]);
    }
    const platforms = (job: string) => jobs[job]?.strategy?.matrix.include.map(({ platform }) => platform.replace("_", "-"));
    expect(platforms("node")).toEqual(PLATFORMS.map(({ name }) => name));
    expect(platforms("try")).toEqual(PLATFORMS.map(({ name }) => name));
    expect(jobs.publish?.needs).toEqual(expect.arrayContaining(["executables", "try"]));
  });

  test("has provenance of each file that it publishes", () => {
    hasInOrder("publish", ["build/release.ts", "actions/attest-build-provenance@", "gh release create", "npm publish"]);
  });

  test("is verified as SECURITY.md says, by the very workflow", () => {
    const security = readFileSync(join(PROJECT, "SECURITY.md"), "utf8");
    expect(security).toContain(IMAGE);
    expect(security).toContain(".github/workflows/release.yml@refs/tags/v$VERSION");
    expect(text).toContain('tags: ["v*"]');
  });
});

/** Workflows that a page shows, to be copied. */
const SHOWN = [...readFileSync(join(PROJECT, "docs/github-action.md"), "utf8").matchAll(/^```yaml\n(name: .*?)^```$/gms)].map(
  ([, text = ""]) => text,
);

await describeWithTools(["actionlint"], "actionlint", ({ actionlint }) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "workflows-"));
    // By these two it finds the project, and so our action.
    mkdirSync(join(folder, ".git"));
    cpSync(FOLDER, join(folder, ".github/workflows"), { recursive: true });
    cpSync(ACTION_FILE, join(folder, "action.yml"));
    // From where it stands in a repository; only so are its inputs and outputs checked.
    SHOWN.forEach((text, index) => {
      const local = text.replaceAll(/uses: flux-migration\/flux-migration-operator@\S+/g, "uses: ./");
      writeFileSync(join(folder, ".github/workflows", `shown-${index}.yml`), local);
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Without shellcheck, which not every machine has.
  const lint = () => spawnSync(actionlint, ["-shellcheck=", "-pyflakes="], { cwd: folder, encoding: "utf8" });

  test("finds nothing in our workflows, nor in those that our pages show", () => {
    expect(SHOWN.length).toBeGreaterThan(0);
    const { status, stdout } = lint();
    expect([status, stdout]).toEqual([0, ""]);
  });

  test("knows the inputs of our action", () => {
    const wrong = join(folder, ".github/workflows/wrong.yml");
    writeFileSync(wrong, "on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ uses: ./, with: { no-such-input: 1 } }] } }\n");
    const { stdout } = lint();
    rmSync(wrong);
    expect(stdout).toContain('input "no-such-input" is not defined in action "flux-migration"');
  });
});
