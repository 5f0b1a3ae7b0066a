/** The command as a plugin of the real kubectl and of flux's own plugin code: installed from a release as people do, and run. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PROJECT } from "../../build/bundle.ts";
import { pluginManifests } from "../../build/plugin-manifests.ts";
import { VERSION } from "../../src/cli/version.ts";
import { describeWithTools } from "../tools/suite.ts";
import { Distribution, type Ended } from "./program.ts";
import { type Release, startRelease } from "./release-archives.ts";

const START_MS = 60_000;

let made: Distribution;
let release: Release;
let home = "";
beforeAll(async () => {
  made = await Distribution.build();
  release = await startRelease(made);
  home = join(made.folder, "home");
  await mkdir(join(home, "bin"), { recursive: true });
  await copyFile(join(PROJECT, "test/demo/manifests/fluxd.yaml"), join(home, "fluxd.yaml"));
}, START_MS);
afterAll(async () => {
  release.close();
  await made.remove();
});

/** With nothing of this shell's environment: no proxy either, as the release is on this machine. */
async function run(program: string, args: readonly string[], environment: Record<string, string>): Promise<Ended> {
  const options = { cwd: home, env: { HOME: home, ...environment } };
  return promisify(execFile)(program, [...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: Error & { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? error.message,
      out: error.stdout ?? "",
      err: error.stderr ?? "",
    }),
  );
}

await describeWithTools(["kubectl", "krew", "validate-krew-manifest"], "a plugin of kubectl", (tools) => {
  const PATH = () =>
    [join(home, ".krew/bin"), join(home, "bin"), ...[process.execPath, tools.kubectl].map(dirname), "/usr/bin", "/bin"].join(delimiter);
  const kubectl = (...args: readonly string[]) => run(tools.kubectl, args, { PATH: PATH() });

  beforeAll(async () => {
    await symlink(tools.krew, join(home, "bin/kubectl-krew"));
    // By its file: for an address, krew first updates its own index from the network.
    const installed = await kubectl("krew", "install", `--manifest=${join(release.folder, "flux-migration.yaml")}`);
    if (installed.code !== 0) throw new Error(installed.err);
  }, START_MS);

  test(
    "krew's own check of its index finds no fault, and installs it for all six platforms",
    async () => {
      const { code, err } = await run(tools["validate-krew-manifest"], ["-manifest", join(release.folder, "flux-migration.yaml")], {
        PATH: PATH(),
      });
      expect([code, err]).toEqual([0, expect.stringContaining("all 6 spec.platforms installed fine")]);
      expect(err).not.toMatch(/^W/m);
      expect(new Set(release.asked.filter((name) => /\.(zip|gz)$/.test(name))).size).toBe(6);
    },
    START_MS,
  );

  test("kubectl lists it without a warning", async () => {
    const { code, out, err } = await kubectl("plugin", "list");
    expect([code, out.split("\n").filter((line) => line.endsWith("flux_migration")), err]).toEqual([
      0,
      [join(home, ".krew/bin/kubectl-flux_migration")],
      "",
    ]);
  });

  test("scans, and hands its exit code on", async () => {
    const { code, out, err } = await kubectl("flux-migration", "scan", "fluxd.yaml", "-o", "csv");
    expect([code, out, err]).toEqual([1, expect.stringContaining("fluxd"), ""]);
  });

  test("speaks of itself as it is called, and takes its flags after its name alone", async () => {
    expect((await kubectl("flux-migration", "scan", "--help")).out).toMatch(/^Usage: kubectl flux-migration scan /);
    expect((await kubectl("--context", "x", "flux-migration", "scan", "fluxd.yaml")).err).toContain(
      "flags cannot be placed before plugin name",
    );
  });

  test("is completed by kubectl once it is linked as its manifest says", async () => {
    expect((await kubectl("__complete", "flux-migration", "scan", "-o", "")).out).not.toContain("sarif");
    const said = /^ *(ln -s .*) ~\/bin\/kubectl_complete-flux_migration$/m.exec(
      await readFile(join(release.folder, "flux-migration.yaml"), "utf8"),
    );
    expect(await run("sh", ["-c", `${said?.[1]} ~/bin/kubectl_complete-flux_migration`], { PATH: PATH() })).toEqual({
      code: 0,
      out: "",
      err: "",
    });
    expect((await kubectl("__complete", "flux-migration", "scan", "-o", "")).out).toMatch(/^table\nwide\njson\nyaml\nsarif\n[\s\S]*:36\n$/);
    expect((await kubectl("__complete", "flux-migration", "sc")).out).toMatch(/^scan\tLooks for Flux 1 .*\n:4\n$/);
  });
});

await describeWithTools(["flux"], "a plugin of flux", (tools) => {
  const flux = (...args: readonly string[]) =>
    run(tools.flux, args, {
      PATH: [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
      FLUXCD_PLUGIN_CATALOG: release.address,
    });

  beforeAll(async () => {
    const installed = await flux("plugin", "install", "migration");
    if (installed.code !== 0) throw new Error(installed.err);
  }, START_MS);

  test("is installed from the catalogue that a release is, and listed with its version", async () => {
    expect(existsSync(join(home, ".fluxcd/plugins/flux-migration"))).toBe(true);
    expect((await flux("plugin", "list")).out).toMatch(new RegExp(`^migration\\s+${VERSION.replaceAll(".", "\\.")}\\s`, "m"));
  });

  test("scans, and hands its exit code on", async () => {
    const { code, out } = await flux("migration", "scan", "fluxd.yaml", "-o", "csv");
    expect([code, out]).toEqual([1, expect.stringContaining("fluxd")]);
  });

  test("speaks of itself as it is called, and says what it is not", async () => {
    expect((await flux("migration", "scan", "--help")).out).toMatch(/^Usage: flux migration scan /);
    expect((await flux("migration", "--help")).out).toContain("This is not `flux migrate`");
  });

  test("is completed by flux", async () => {
    expect((await flux("__complete", "migration", "scan", "-o", "")).out).toMatch(/^table\nwide\njson\nyaml\nsarif\n[\s\S]*:36\n$/);
    expect((await flux("__complete", "migr")).out).toMatch(/^migrate\t.*\nmigration\tRuns the migration plugin\n/);
  });
});

describe("the manifests of plugins", () => {
  test("name the archives of this version in the release of its tag", async () => {
    const manifests = pluginManifests(await readFile(join(release.folder, "checksums.txt"), "utf8"));
    const at = `https://github.com/flux-migration/flux-migration-operator/releases/download/v${VERSION}/flux-migration_${VERSION}_windows_arm64.zip`;
    expect([...manifests].map(([name, text]) => [name, text.includes(at)])).toEqual([
      ["flux-migration.yaml", true],
      ["migration.yaml", true],
    ]);
  });

  test("are not made where an archive is missing", async () => {
    const all = await readFile(join(release.folder, "checksums.txt"), "utf8");
    expect(() => pluginManifests(all.replace(/^.*darwin_arm64.*\n/m, ""))).toThrow(
      `checksums.txt has no line for flux-migration_${VERSION}_darwin_arm64.tar.gz; want those of all platforms in it`,
    );
  });
});
