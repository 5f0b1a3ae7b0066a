/** The bundle does what the sources do, wherever it lies. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ABSENT_MODULES } from "../../build/absent-modules.ts";
import { bundle, PROJECT } from "../../build/bundle.ts";
import { VERSION } from "../../src/cli/version.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { OperatorFixture, SINGLETON } from "../integration/operator/operator-fixture.ts";
import { fluxd, toolkit } from "../unit/assess/subject-builder.ts";
import { Distribution, start } from "./program.ts";
import { startHttpProxy, startSocksProxy } from "./proxies.ts";

const BUILD_LIMIT_MS = 60_000;

/** Most that the file may be. Of its 1.76 MB the sources are 0.5, the CRDs and the data, as texts and as what they say, 0.4; undici alone would be another 0.7. */
const MOST_BYTES = 1_800_000;

let made: Distribution;
beforeAll(async () => {
  made = await Distribution.build();
}, BUILD_LIMIT_MS);
afterAll(() => made.remove());

const run = (args: readonly string[], environment: Record<string, string> = {}) =>
  start([made.bundle, ...args], { cwd: made.alone, environment }).ended;

describe("the bundle", () => {
  test("starts by its own name, and knows its version", async () => {
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    const { stdout } = await promisify(execFile)(made.bundle, ["--version"], { cwd: made.alone, env });
    expect(stdout).toBe(`${VERSION}\n`);
  });

  test("keeps its size", async () => {
    const { size } = await stat(made.bundle);
    expect(size).toBeLessThan(MOST_BYTES);
    expect(size).toBeGreaterThan(MOST_BYTES / 2);
  });

  test("holds a stub for no module that nobody imports", async () => {
    const { inputs } = await bundle(join(made.folder, "again"));
    for (const { path } of ABSENT_MODULES) expect(Object.keys(inputs)).toContain(`absent:${path}`);
  });

  test(
    "is the same twice, and names no place of this machine",
    async () => {
      const again = await Distribution.build();
      try {
        const [one, other] = await Promise.all([made, again].map(({ bundle }) => readFile(bundle, "utf8")));
        expect(one === other).toBe(true);
        expect(one).not.toContain(PROJECT);
        // One character beyond ASCII would have node keep the text as two bytes a character.
        expect(/[^\0-\x7f]/.exec(one ?? "")?.[0]).toBeUndefined();
      } finally {
        await again.remove();
      }
    },
    BUILD_LIMIT_MS,
  );

  test("runs where no code may be made of strings, and asks node's modules for nothing that it does not use", async () => {
    const probe = "process.on('exit', () => console.error(process.moduleLoadList.filter((name) => /undici/.test(name)).join()))";
    const { code, err } = await start(
      ["--disallow-code-generation-from-strings", "--import", `data:text/javascript,${encodeURIComponent(probe)}`, made.bundle, "--help"],
      { cwd: made.alone },
    ).ended;
    expect([code, err.includes("undici/undici")]).toEqual([0, false]);
  });

  test("says what is wrong in the words of the sources, with their exit code", async () => {
    const args = ["operator", "--edition", "2021-07-01", "--kubeconfig", "none"];
    expect(await run(args)).toEqual(await start([join(PROJECT, "src/cli/main.ts"), ...args], { cwd: made.alone }).ended);
    expect((await run(["operator", "--edition", "2021-07-01", "--kubeconfig", "none"])).code).toBe(2);
  });

  test("ends without a word where nobody reads on", async () => {
    const { child, ended } = start([made.bundle, "timetable"], { cwd: made.alone });
    child.stdout?.destroy();
    expect(await ended.catch((error: Error) => error.message)).toMatch(/Premature close|aborted/);
    expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(141);
  });

  test("plans what the sources plan", async () => {
    const args = ["plan", join(PROJECT, "test/demo/manifests"), "--dir", "-", "--at", "2026-11-23"];
    const ended = await run(args);
    expect([ended.code, ended.out.includes("kind: HelmRelease")]).toEqual([0, true]);
    expect(ended).toEqual(await start([join(PROJECT, "src/cli/main.ts"), ...args], { cwd: made.alone }).ended);
  });

  test("refuses a provider of credentials whose module is left out", async () => {
    const config = join(made.alone, "gcp.yaml");
    const provider = { name: "gcp", config: { "cmd-path": "/bin/echo", "cmd-args": "{}", "token-key": "{.a}", "expiry-key": "{.b}" } };
    await writeFile(config, JSON.stringify(kubeconfig({ server: "https://127.0.0.1:1" }, { "auth-provider": provider })));
    const { code, err } = await run(["operator", "--dry-run", "--exec-plugins", "allow", "--kubeconfig", config]);
    expect([code, err]).toEqual([2, expect.stringContaining('would start a program by the auth-provider "gcp"')]);
  });
});

function kubeconfig(cluster: object, user: object): object {
  return {
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  };
}

describeOnControlPlane("the bundle on a cluster", (get) => {
  const fixture = new OperatorFixture(get);
  const once = (...more: string[]) => ["operator", "--once", "--dry-run", "--at", "2022-11-01", "--kubeconfig", get().kubeconfig, ...more];

  beforeAll(() => fixture.apply(fluxd(), ...toolkit("v2.1.0")));

  test("prints what the sources print", async () => {
    const ours = await run(once());
    const sources = await start([join(PROJECT, "src/cli/main.ts"), ...once()], { cwd: made.alone }).ended;
    expect([ours.code, ours.out]).toEqual([sources.code, sources.out]);
    expect(ours.out).toMatch(/^cluster +1\.25\.4 .* InProgress /m);
  });

  test("reads itself and the kubeconfig, and no other file", async () => {
    const readable = [made.bundle, get().kubeconfig].map((path) => `--allow-fs-read=${path}`);
    const { code, err, out } = await start(["--permission", ...readable, made.bundle, ...once()], { cwd: made.alone }).ended;
    expect([code, err.includes("restricted")]).toEqual([0, false]);
    expect(out).toContain("InProgress");
  });

  test("writes a log for readers", async () => {
    const { code, err } = await run(once("--log-format", "pretty"));
    expect(code).toBe(0);
    expect(err).toMatch(/INFO.*starting/);
  });

  test.each([
    ["an HTTP proxy", startHttpProxy],
    ["a SOCKS proxy", startSocksProxy],
  ])("goes through %s of the kubeconfig", async (_, startProxy) => {
    const proxy = await startProxy();
    try {
      const config = join(made.alone, "proxied.yaml");
      const whole = await readFile(get().kubeconfig, "utf8");
      // By a name of the certificate: behind SOCKS no address is compared with it.
      await writeFile(config, whole.replace(/( +)server: .*/, `$&\n$1proxy-url: ${proxy.url}\n$1tls-server-name: kubernetes.default`));
      const { code, out } = await run(["operator", "--once", "--dry-run", "--kubeconfig", config]);
      expect([code, out.includes("InProgress"), proxy.connections() > 0]).toEqual([0, true, true]);
    } finally {
      proxy.stop();
    }
  });

  test("installs the CRDs that it holds, keeps the status, and ends on SIGTERM", async () => {
    const { child, ended } = start([made.bundle, "operator", "--install-crds", "--kubeconfig", get().kubeconfig, "--log-format", "json"], {
      cwd: made.alone,
    });
    try {
      const status = await fixture.statusWhere((now) => expect(now.summary?.migration).toBe("InProgress"));
      expect(status.operator?.version).toBe(VERSION);
      expect((await get().request("GET", SINGLETON)).status).toBe(200);
    } finally {
      child.kill("SIGTERM");
    }
    expect((await ended).code).toBe(0);
  });
});
