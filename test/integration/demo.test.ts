/**
 * `npm run demo`, as the commands that a person types: each test starts the program, reads what it prints and how it ends.
 * @newest-only: the demo starts a control plane of its own
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { builtInData } from "../../src/data/built-in-data.ts";
import { editionNamed } from "../../src/data/load.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { describeWithBinaries } from "../control-plane/suite.ts";
import { heart } from "../demo/heart.ts";

const MAIN = fileURLToPath(new URL("../demo/main.ts", import.meta.url));

/** A start takes 8 s alone, a whole migration 15 s, and several times that beside other suites. */
const LIMIT_MS = 150_000;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  ended(): Promise<Ended>;
}

const running = new Set<ChildProcess>();

function start(args: readonly string[], options: { input?: string; environment?: Record<string, string> } = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...options.environment } });
  running.add(child);
  const printed = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    printed.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    printed.stderr += String(chunk);
  });
  child.stdin.end(options.input ?? "");
  const closed = once(child, "close").then(([code]) => {
    running.delete(child);
    return code === null ? null : Number(code);
  });
  return { child, stdout: () => printed.stdout, ended: async () => ({ code: await closed, ...printed }) };
}

async function run(...parameters: Parameters<typeof start>): Promise<Ended> {
  return await start(...parameters).ended();
}

async function printed(demo: Started, wanted: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = wanted.exec(demo.stdout());
    if (found) return found;
    if (demo.child.exitCode !== null) throw new Error(`ended without ${wanted}: ${JSON.stringify(await demo.ended())}`);
    await sleep(50);
  }
}

/** fluxd 1.24.0, as the API server takes it. */
function fluxdIn(namespace: string, replicas = 1) {
  const labels = { name: "flux" };
  const containers = [{ name: "flux", image: "docker.io/fluxcd/flux:1.24.0", args: ["--git-readonly"] }];
  const spec = { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "flux", namespace }, spec };
}

/** The cells of each row, AGE left out. */
function rowsIn(stdout: string): string[] {
  return stdout.split("\n").flatMap((line) => {
    if (!line.startsWith("cluster ")) return [];
    return [
      line
        .trimEnd()
        .split(/ {2,}/)
        .filter((cell) => !/^\d+(s|m(\d+s)?)$/.test(cell))
        .join(" | "),
    ];
  });
}

const data = builtInData();
const heartOf = (edition: string) => heart(data, editionNamed(edition, data.editions, "edition")).split("\n");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-test-"));
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

describe("the timetable's heart", () => {
  test("shows where a read-only fluxd and one with image automation part", () => {
    expect(heartOf("2022-09-20").slice(1)).toEqual([
      "ROW   FROM         PHASE OF FLUX 1               FLUXD READ-ONLY   FLUXD WITH IMAGE AUTOMATION",
      "1     2020-10-06   Maintenance                   TestMigration     TestMigration",
      "2     2021-02-18   PartialMigration              Migrate           TestImageAutomation",
      "3     2021-06-30   Superseded                    Migrate           Migrate",
      "4     2022-05-01   MigrationAndSecuritySupport   MigrateNow        MigrateNow",
      "5     2022-11-01   Archived                      MigrateNow        MigrateNow",
      "They part in row 2: who only reads could move to Flux 2 then, who automates images could not before row 3.",
    ]);
  });

  test("says TBD where an edition names no date", () => {
    expect(heartOf("2021-03-24").map((line) => line.split(/ {2,}/)[1])).toEqual(
      expect.arrayContaining(["2020-10-06", "2021-02-18", "TBD", "TBD", "TBD"]),
    );
  });
});

describe("what the demo does not take", () => {
  test.each([
    [["--edition", "2020-01-01"], /--edition "2020-01-01" is unknown; known: 2021-03-24, /],
    [["--at", "2022-02-30"], /--at is "2022-02-30": want a date/],
    [["-o", "xml"], /Allowed choices are json, yaml, wide/],
    [["--onec"], /unknown option '--onec'/],
    [["-f", "/no/such/file.yaml"], /--filename \/no\/such\/file.yaml cannot be read/],
  ])(
    "%j ends with 2 and says why",
    async (args, why) => {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(why);
    },
    LIMIT_MS,
  );

  test(
    "a machine without a control plane is told the three ways to get one",
    async () => {
      const environment = { KUBEBUILDER_ASSETS: "", XDG_CACHE_HOME: folder, PATH: folder };
      const { code, stderr } = await run(["--once"], { environment });
      expect(code).toBe(1);
      expect(stderr).toMatch(/Three ways to get a control plane:.*KUBEBUILDER_ASSETS.*Go 1\..*kind/s);
    },
    LIMIT_MS,
  );
});

const MIGRATION = [
  "cluster | 1.25.4 | 1.4.4 | None | Archived | None | NotStarted | MigrateNow | True | 0/5",
  "cluster | 1.25.4 | 1.4.4 | 2.9 | Archived | Current | InProgress | FinishMigration | True | 1/5",
  "cluster | 1.25.4 | 1.4.4 | 2.9 | Archived | Current | InProgress | FinishMigration | True | 2/5",
  "cluster | 1.25.4 | 1.4.4 | 2.9 | Archived | Current | InProgress | RemoveWorkload | True | 2/5",
  "cluster | None | None | 2.9 | None | Current | LeftoversRemain | RemoveLeftovers | True | 4/5",
  "cluster | None | None | 2.9 | None | Current | Complete | NoAction | True | 5/5",
];

/** A day on which the release data is fresh: support would else be told as of the day of the data. */
const AT = ["--at", "2026-11-23"];

describeWithBinaries("the demo on a control plane", () => {
  test(
    "plays a whole migration, follows changes, and leaves nothing behind after SIGTERM",
    async () => {
      const demo = start(AT);
      const [, kubeconfig = ""] = await printed(demo, /export KUBECONFIG=(\S+)/);
      expect(rowsIn(demo.stdout())).toEqual(MIGRATION);
      const client = createClient(loadCluster({ kubeconfig }), { version: "0.0.0-test" });
      const body = fluxdIn("default");
      await client.json({ method: "POST", path: "/apis/apps/v1/namespaces/default/deployments", body });
      client.close();
      await printed(demo, /cluster +1\.24\.0 /);

      demo.child.kill("SIGTERM");
      const { code, stderr } = await demo.ended();
      expect(code).toBe(0);
      expect(stderr).not.toMatch(/version (difference|skew)/i);
      expect(existsSync(join(kubeconfig, ".."))).toBe(false);
    },
    LIMIT_MS,
  );

  test(
    "--once prints the first row, from kubectl and without it alike",
    async () => {
      const withKubectl = await run([...AT, "--once", "-o", "wide"]);
      const without = await run([...AT, "--once", "-o", "wide"], { environment: { PATH: folder } });
      const row = "cluster | 1.25.4 | 1.4.4 | None | Archived | None | NotStarted | MigrateNow | True";
      const wide = `${row} | demo | Critical | 0/5 | None | None | 1 | 2022-09-20`;
      expect([withKubectl.code, without.code]).toEqual([0, 0]);
      expect([rowsIn(withKubectl.stdout), rowsIn(without.stdout)]).toEqual([[wide], [wide]]);
      expect(without.stderr).toContain("kubectl is not in PATH");
      if (withKubectl.stderr.includes("kubectl is not in PATH")) process.stderr.write("NOT COMPARED with kubectl: there is none here\n");
    },
    LIMIT_MS,
  );

  test(
    "-f applies somebody's own folder, names what is refused, and -o json prints the MigrationStatus alone",
    async () => {
      const resource = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "before-its-crd" } };
      const names = { kind: "Thing", plural: "things", singular: "thing" };
      const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } };
      const crd = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "things.example.com" },
        spec: { group: "example.com", scope: "Namespaced", names, versions: [version] },
      };
      const fluxd = fluxdIn("own", 2);
      const refused = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "broken" }, spec: { replicas: -1 } };
      const own = join(folder, "own");
      await mkdir(join(own, "within"), { recursive: true });
      await writeFile(join(own, "a.json"), JSON.stringify(resource));
      await writeFile(join(own, "within", "b.yaml"), [crd, refused, fluxd].map((object) => JSON.stringify(object)).join("\n---\n"));

      const { code, stdout, stderr } = await run(["-f", own, "-o", "json", "--at", "2021-03-01"]);
      expect(code).toBe(1);
      expect(stderr).toContain(`refused: ${join(own, "within", "b.yaml")}: Deployment flux-system/broken (document 2): `);
      expect(stderr).toContain("applied 3 of 4 manifests");
      const Printed = z.strictObject({
        apiVersion: z.literal("flux-migration.dev/v1alpha1"),
        kind: z.literal("MigrationStatus"),
        metadata: z.looseObject({ name: z.literal("cluster") }),
        spec: z.object({}),
        status: MigrationStatusStatus.strict(),
      });
      const { status } = Printed.parse(JSON.parse(stdout));
      expect(status.summary).toMatchObject({ fluxd: "1.24.0", phase: "PartialMigration", action: "Migrate" });
      expect(status.inventory?.components).toMatchObject([{ namespace: "own", replicas: 2, readyReplicas: 2, features: ["ReadOnly"] }]);
    },
    LIMIT_MS,
  );

  test(
    "-f - reads standard input, -o yaml prints YAML, and nothing refused is exit code 0",
    async () => {
      const input = JSON.stringify(fluxdIn("own"));
      const { code, stdout } = await run(["-f", "-", "-o", "yaml", "--edition", "2021-03-24"], { input });
      expect(code).toBe(0);
      expect(load(stdout)).toMatchObject({
        kind: "MigrationStatus",
        status: { summary: { fluxd: "1.24.0" }, timetable: { edition: "2021-03-24" } },
      });
    },
    LIMIT_MS,
  );

  test(
    "Ctrl-C while the control plane starts ends it too",
    async () => {
      const demo = start([]);
      await printed(demo, /They part in row 2/);
      demo.child.kill("SIGINT");
      expect((await demo.ended()).code).toBe(0);
    },
    LIMIT_MS,
  );
});
