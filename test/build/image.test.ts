/**
 * The image, made without an engine: its stages are carried out in a folder. What only an engine can show (layers, platforms, the base
 * image itself) `npm run test:kind` shows where there is one.
 */
import { appendFile, chmod, chown, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ANY_USER, makeImage, problemsOf, startImage } from "../../build/check-image.ts";
import { parseDockerfile } from "../../build/dockerfile.ts";
import { type Image, runStages } from "../../build/stages.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { start } from "./program.ts";

/** npm installs all that the build needs. */
const MAKE_LIMIT_MS = 300_000;

const AS_ROOT = process.getuid?.() === 0;
if (!AS_ROOT) process.stderr.write("SKIPPED, as we are not root: the image under other users than this one\n");
const testAsRoot = AS_ROOT ? test : test.skip;

let folder: string;
let image: Image;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-"));
  await chmod(folder, 0o755);
  image = await makeImage(folder, () => {});
}, MAKE_LIMIT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the image", () => {
  test("holds what belongs there, readable by all and writable by none, and starts", async () => {
    expect(await problemsOf(image)).toEqual([]);
  });

  test("runs the operator, and needs no word more", () => {
    expect(image.command).toEqual(["operator"]);
    expect(image.entrypoint.at(-1)).toBe(join(image.root, "app/flux-migration.mjs"));
    expect(image.labels.get("org.opencontainers.image.licenses")).toBe("Apache-2.0");
  });

  describe("that is spoilt", () => {
    const path = () => join(image.root, "app/LICENSE");
    const bundle = () => join(image.root, "app/flux-migration.mjs");
    let before: Buffer;
    beforeEach(async () => {
      before = await readFile(bundle());
    });
    afterEach(async () => {
      await writeFile(bundle(), before);
      await chmod(path(), 0o644);
      await rm(join(image.root, "app/extra"), { force: true });
      if (AS_ROOT) await chown(path(), 0, 0);
    });

    test("by a file too many is found out", async () => {
      await writeFile(join(image.root, "app/extra"), "");
      expect(await problemsOf(image)).toEqual([expect.stringContaining("/app/extra does not belong into the image")]);
    });

    test("by a file that only its owner can read is found out", async () => {
      await chmod(path(), 0o600);
      expect(await problemsOf(image)).toEqual(["/app/LICENSE has mode 600: not every user can read it"]);
    });

    test("by a file that a group can write is found out", async () => {
      await chmod(path(), 0o664);
      expect(await problemsOf(image)).toEqual(["/app/LICENSE has mode 664: others than root can write it"]);
    });

    testAsRoot("by a file that belongs to its user is found out", async () => {
      await chown(path(), 65532, 65532);
      expect(await problemsOf(image)).toEqual(["/app/LICENSE belongs to 65532:65532, not to root"]);
    });

    test("by a program that the compile cache was not made for is found out", async () => {
      await appendFile(bundle(), "\n//");
      expect(await problemsOf(image)).toEqual([expect.stringContaining("the compile cache is of no use")]);
    });

    test("by flags that the compile cache was not made with is found out", async () => {
      const entrypoint = image.entrypoint.toSpliced(1, 0, "--no-sparkplug");
      expect(await problemsOf({ ...image, entrypoint })).toEqual([expect.stringContaining("the compile cache is of no use")]);
    });

    test("by an entry that takes no command is found out", async () => {
      const entrypoint = [...image.entrypoint, "operator"];
      expect(await problemsOf({ ...image, entrypoint })).toContainEqual(
        expect.stringContaining("does not scan what is mounted: exit code 2"),
      );
    });

    test("by a user who has a name, or is root, is found out", async () => {
      expect(await problemsOf({ ...image, user: "nonroot" })).toContain("USER is nonroot; want numbers, and not root");
    });
  });
});

describe("a Dockerfile", () => {
  let context: string;
  beforeEach(async () => {
    context = await mkdtemp(join(folder, "context-"));
    await writeFile(join(context, ".dockerignore"), "*\n!known\n");
    await cp(join(folder, "root/app/LICENSE"), join(context, "known"));
  });

  const carryOut = (...lines: string[]) =>
    runStages(parseDockerfile(["FROM docker.io/library/node:24-bookworm-slim", ...lines].join("\n")), {
      context,
      folder: context,
      progress: () => {},
    });

  test("that copies what .dockerignore leaves out is refused, as by an engine", async () => {
    await expect(carryOut("COPY other /other")).rejects.toThrow("COPY other: .dockerignore leaves it out");
  });

  test("whose command fails is refused", async () => {
    await expect(carryOut('RUN ["node", "--no-such-flag"]')).rejects.toThrow("RUN node --no-such-flag ended with 9");
  });

  test("from a base image that nobody knows is refused", async () => {
    const stages = parseDockerfile("FROM example.com/other:1");
    await expect(runStages(stages, { context, folder: context, progress: () => {} })).rejects.toThrow(
      "base image example.com/other:1 is not known",
    );
  });
});

describeOnControlPlane("the image on a cluster", (get) => {
  async function look(user: string, environment: Record<string, string> = {}) {
    const config = join(folder, "kubeconfig");
    await cp(get().kubeconfig, config);
    await chmod(config, 0o644);
    return await startImage(image, [...image.command, "--once", "--dry-run", "--kubeconfig", config], { user, environment });
  }

  testAsRoot("judges it as any user, without a right on this machine, from a file system that it cannot write", async () => {
    const { code, out, err } = await look(ANY_USER);
    expect([code, err.includes('"level":50')]).toEqual([0, false]);
    expect(out).toMatch(/^cluster +None +None +None +None +None +NotInstalled +NoAction +True$/m);
  });

  test("starts no program, even where a kubeconfig names one", async () => {
    const config = join(folder, "exec.yaml");
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/true", interactiveMode: "Never" };
    const parts = { clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }], users: [{ name: "u", user: { exec } }] };
    await writeFile(
      config,
      JSON.stringify({ ...parts, contexts: [{ name: "c", context: { cluster: "c", user: "u" } }], "current-context": "c" }),
    );
    const environment = { FLUX_MIGRATION_LOG_FORMAT: "json" };
    const { err } = await startImage(image, ["operator", "--dry-run", "--exec-plugins", "allow", "--kubeconfig", config], {
      user: image.user,
      environment,
      until: /no credentials/,
    });
    expect(err).toContain("Access to this API has been restricted");
  });

  test("opens no door for a debugger", async () => {
    const flags = image.entrypoint.slice(1);
    const { child, ended } = start([...flags, "operator", "--dry-run", "--kubeconfig", get().kubeconfig, "--log-format", "json"], {
      cwd: folder,
    });
    child.stderr?.once("data", () => {
      child.kill("SIGUSR1");
      setTimeout(() => child.kill("SIGTERM"), 500);
    });
    expect((await ended).err).not.toContain("Debugger");
  });
});
