/** Our objects in the hands of others: what kubectl prints and waits for, what kstatus makes of them on the way; and kubectl's in ours. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { applyStatus } from "../../src/kube/apply.ts";
import { ManifestReader } from "../../src/manifests/manifest-reader.ts";
import { STATUSES as STATUS_RESOURCE } from "../../src/operator/own-kinds.ts";
import { describeOnControlPlane, kubernetes } from "../control-plane/suite.ts";
import { describeWithTools } from "../tools/suite.ts";
import { type ClusterName, sixClusters } from "../unit/assess/six-clusters.ts";
import { fluxd, statusOf, toolkit } from "../unit/assess/subject-builder.ts";
import { kstatus } from "../unit/docs/kstatus.ts";
import { deployments, timetable } from "./operator/manifests.ts";
import { conditionOf, eventually, OperatorFixture, SINGLETON, STATUSES, TIMETABLES } from "./operator/operator-fixture.ts";

/** A terminal of 120 columns, and the space that most leave at its edge. */
const MOST_COLUMNS = 118;
/** The longest that kubectl writes for a time: 1000d to 9999d; "<unknown>" and "<invalid>" stand for no time that an object has. */
const LONGEST_AGE = 5;

const LIMIT_MS = 40_000;

const Generation = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

await describeWithTools(["kubectl"], "others read our objects", ({ kubectl: program }) => {
  describeOnControlPlane("others read our objects", (get) => {
    const fixture = new OperatorFixture(get);
    const clusters = Object.keys(sixClusters) as ClusterName[];

    /** Does not reject: that a wait fails is an answer. */
    function kubectl(...args: readonly string[]): Promise<Ran> {
      return new Promise((resolve) => {
        execFile(program, ["--kubeconfig", get().kubeconfig, ...args], { timeout: LIMIT_MS }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
        );
      });
    }

    const waitFor = (what: string, timeout: string) => kubectl("wait", `--for=${what}`, "migrationstatus/cluster", `--timeout=${timeout}`);

    async function object(path = SINGLETON): Promise<unknown> {
      return (await get().request("GET", path)).body;
    }

    const read = async (path?: string) => kstatus(await object(path));

    beforeAll(() => fixture.installCrds());

    test.each(["yaml", "json"])("a List that kubectl prints in %s can be read item by item", async (format) => {
      const bytes = Buffer.from((await kubectl("get", "clusterroles", "-o", format)).stdout);
      const read = (documentBytes: number) => {
        const reader = new ManifestReader({ file: "list", limits: { documentBytes } });
        return [...reader.push(bytes), ...reader.end()].map((part) => [part.line, part.at === "Object" ? part.value : part]);
      };
      const whole = read(bytes.length);
      expect(whole.length).toBeGreaterThan(20);
      expect(read(bytes.length / 2)).toEqual(whole);
    });

    describe("the six clusters, as an operator would write them", () => {
      async function write(name: ClusterName): Promise<void> {
        const client = await fixture.client();
        await get().request("POST", STATUSES, {
          apiVersion: "flux-migration.dev/v1alpha1",
          kind: "MigrationStatus",
          metadata: { name: "cluster" },
          spec: {},
        });
        const { metadata } = Generation.parse(await object());
        await applyStatus(client, {
          resource: STATUS_RESOURCE,
          name: "cluster",
          fieldManager: "flux-migration-operator",
          resourceVersion: metadata.resourceVersion,
          body: {
            apiVersion: "flux-migration.dev/v1alpha1",
            kind: "MigrationStatus",
            metadata: { name: "cluster" },
            status: statusOf(sixClusters[name]),
          },
        });
        client.close();
      }

      test.each(clusters)("%s: kubectl get fits a terminal, and -o wide adds its columns", async (name) => {
        await write(name);
        const [header = "", row = ""] = (await kubectl("get", "migrationstatus")).stdout.split("\n");
        expect(header.split(/ +/)).toEqual([
          "NAME",
          "FLUXD",
          "HELM-OP",
          "TOOLKIT",
          "FLUX1-PHASE",
          "SUPPORT",
          "MIGRATION",
          "ACTION",
          "READY",
          "AGE",
        ]);
        expect(header.indexOf("AGE") + LONGEST_AGE).toBeLessThanOrEqual(MOST_COLUMNS);
        expect(row.split(/ {2,}/)).toHaveLength(10);
        const wide = (await kubectl("get", "migrationstatus", "-o", "wide")).stdout.split("\n")[0] ?? "";
        expect(wide.split(/ +/).slice(10)).toEqual(["CLUSTER", "SEVERITY", "DONE", "BLOCKED-BY", "NEXT", "INSTALLS", "EDITION"]);
      });

      test.each(clusters)(
        "%s: kubectl describe has the conditions on its first page, then what is installed, and the summary last",
        async (name) => {
          await write(name);
          const lines = (await kubectl("describe", "migrationstatus", "cluster")).stdout.split("\n");
          const line = (text: string) => lines.findIndex((each) => each.trim() === text);
          expect(line("Conditions:")).toBeGreaterThan(0);
          expect(line("Conditions:")).toBeLessThan(24);
          expect(line("Inventory:")).toBeGreaterThan(line("Conditions:"));
          expect(line("Summary:")).toBeGreaterThan(line("Inventory:"));
          const types = lines.flatMap((each) => /^ {4}Type: +(\S+)$/.exec(each)?.[1] ?? []);
          const written = statusOf(sixClusters[name]).conditions.map(({ type }) => type);
          // An old server puts a condition that comes later behind those that were there.
          if (kubernetes === "Newest") expect(types).toEqual(written);
          else expect([types[0], types.toSorted()]).toEqual(["Ready", written.toSorted()]);
        },
      );

      test.each(clusters)("%s: kubectl wait ends at once where the condition holds", async (name) => {
        await write(name);
        for (const type of ["Ready", "MigrationComplete", "Flux1Present"]) {
          const status = conditionOf(statusOf(sixClusters[name]), type)?.status;
          const { code } = await waitFor(`condition=${type}`, "1s");
          expect([type, code]).toEqual([type, status === "True" ? 0 : 1]);
          expect((await waitFor(`condition=${type}=${status}`, "1s")).code).toBe(0);
        }
      });
    });

    describe("a live operator", () => {
      test("a wait for the end of the migration, begun while Flux 1 runs, ends when it is gone", async () => {
        await fixture.apply(fluxd(), ...toolkit("v2.9.4"));
        await fixture.startReady();
        await fixture.statusWhere((status) => expect(conditionOf(status, "MigrationComplete")?.reason).toBe("InProgress"));
        expect((await waitFor("condition=MigrationComplete", "1s")).stderr).toContain("timed out waiting for the condition");
        const waiting = waitFor("condition=MigrationComplete", "30s");
        await fixture.remove(deployments("flux", "flux"));
        expect(await waiting).toMatchObject({ code: 0, stdout: "migrationstatus.flux-migration.dev/cluster condition met\n" });
        expect((await read()).status).toBe("Current");
      });

      test("kubectl describe and kubectl events show what was told, as a sentence", async () => {
        await eventually(
          () => kubectl("describe", "migrationstatus", "cluster"),
          ({ stdout }) => {
            const events = stdout.slice(stdout.indexOf("\nEvents:\n"));
            expect(events).toMatch(/Warning +Flux1Detected .* flux-migration-operator +Found fluxd in flux\/flux\.\n/);
            expect(events).toMatch(
              /Normal +MigrationCompleted .* flux-migration-operator +1 toolkit, 2\.9, in flux-system; no trace of Flux 1\.\n/,
            );
          },
        );
        const { stdout } = await kubectl("events", "-n", "default", "--for", "migrationstatus/cluster");
        expect(stdout).toMatch(/MigrationCompleted +MigrationStatus\/cluster /);
      });

      test("the plugin of k9s asks for a pass", async () => {
        await fixture.start();
        const [, line = ""] = /^ +- (kubectl .* annotate .*)$/m.exec(readFileSync("docs/integrations.md", "utf8")) ?? [];
        // What k9s puts in itself: where it is connected to, and the row.
        const command = line.replaceAll("$CONTEXT", "admin@control-plane").replaceAll("$NAME", "cluster");
        const environment = { PATH: `${dirname(program)}:${process.env.PATH}`, HOME: get().folder, KUBECONFIG: get().kubeconfig };
        await promisify(execFile)("sh", ["-c", command], { env: environment });
        const asked = Date.now() / 1000;
        await fixture.statusWhere(({ lastHandledReconcileAt }) =>
          expect(Math.abs(Number(lastHandledReconcileAt) - asked)).toBeLessThan(60),
        );
      });

      test("a changed spec reads InProgress until it is answered, and never Current before", async () => {
        const running = await fixture.startReady();
        await running.stop();
        await fixture.merge(SINGLETON, { spec: { ignore: [{ namespace: "elsewhere", reason: "not ours" }] } });
        expect((await read()).status).toBe("InProgress");
        expect((await waitFor("condition=Ready", "1s")).code).toBe(1);
        await fixture.start();
        expect((await waitFor("condition=Ready", "20s")).code).toBe(0);
        expect((await read()).status).toBe("Current");
      });

      test("a timetable that is not there ends a wait at once, and the condition names it", async () => {
        await fixture.start();
        await fixture.merge(SINGLETON, { spec: { timetableRef: { name: "ours" } } });
        await eventually(read, ({ status }) => expect(status).toBe("Failed"));
        expect((await read()).message).toContain("MigrationTimetable/ours, which spec.timetableRef names, does not exist");
        expect((await waitFor("condition=Stalled", "5s")).code).toBe(0);
        await fixture.apply(timetable("ours", { edition: "2022-09-20" }));
        await eventually(
          () => read(`${TIMETABLES}/ours`),
          ({ status }) => expect(status).toBe("Current"),
        );
        await eventually(read, ({ status }) => expect(status).toBe("Current"));
        await fixture.merge(SINGLETON, { spec: { timetableRef: null } });
      });

      test("a second MigrationStatus fails at once", async () => {
        await fixture.start();
        await fixture.apply({ apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "mine" }, spec: {} });
        await eventually(
          () => read(`${STATUSES}/mine`),
          ({ status }) => expect(status).toBe("Failed"),
        );
        const { stdout } = await kubectl("get", "migrationstatus", "mine");
        expect(stdout.split("\n")[1]).toMatch(/^mine +Unknown +Unknown .* False /);
        await fixture.remove(`${STATUSES}/mine`);
      });
    });
  });
});

describeOnControlPlane("objects that nobody has judged", (get) => {
  const fixture = new OperatorFixture(get);
  beforeAll(() => fixture.installCrds());

  test("read InProgress until they are judged", async () => {
    const cluster = { apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "cluster" }, spec: {} };
    await eventually(
      async () => [
        (await get().request("POST", STATUSES, cluster)).status,
        (await get().request("POST", TIMETABLES, timetable("ours", { edition: "2022-09-20" }))).status,
      ],
      (codes) => expect(codes).toEqual([409, 409]),
    );
    expect(kstatus((await get().request("GET", SINGLETON)).body).status).toBe("InProgress");
    expect(kstatus((await get().request("GET", `${TIMETABLES}/ours`)).body).status).toBe("InProgress");
    await fixture.apply(fluxd());
    await fixture.startReady();
    await eventually(
      async () => kstatus((await get().request("GET", SINGLETON)).body).status,
      (status) => expect(status).toBe("Current"),
    );
    await eventually(
      async () => kstatus((await get().request("GET", `${TIMETABLES}/ours`)).body).status,
      (status) => expect(status).toBe("Current"),
    );
    await eventually(
      () => fixture.events(),
      (events) => expect(events).toEqual(["Warning Flux1Detected: Found fluxd in flux/flux."]),
    );
  });

  test("a suspended object is answered, and nothing else of it changes", async () => {
    await fixture.startReady();
    await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.status).toBe("True"));
    const before = await fixture.status();
    await fixture.merge(SINGLETON, { spec: { suspend: true } });
    await eventually(
      async () => (await fixture.status())?.observedGeneration,
      (seen) => expect(seen).toBe((before?.observedGeneration ?? 0) + 1),
    );
    expect(kstatus((await get().request("GET", SINGLETON)).body).status).toBe("Current");
    await fixture.apply(...toolkit("v2.9.4"));
    expect({ ...(await fixture.status()), observedGeneration: undefined }).toEqual({ ...before, observedGeneration: undefined });
    await fixture.merge(SINGLETON, { spec: { suspend: false } });
    await fixture.statusWhere(({ summary }) => expect(summary?.toolkit).toBe("2.9"));
  });

  test("one that is suspended from its first day is answered too", async () => {
    await fixture.remove(SINGLETON);
    await fixture.apply({
      apiVersion: "flux-migration.dev/v1alpha1",
      kind: "MigrationStatus",
      metadata: { name: "cluster" },
      spec: { suspend: true },
    });
    await fixture.start();
    await eventually(
      async () => kstatus((await get().request("GET", SINGLETON)).body).status,
      (status) => expect(status).toBe("Current"),
    );
  });
});
