/** A cluster's whole migration as a person sees it, and who wrote what on the way. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import { applyStatus } from "../../../src/kube/apply.ts";
import { crdFile } from "../../../src/operator/install-crds.ts";
import { STATUSES as STATUS_RESOURCE } from "../../../src/operator/own-kinds.ts";
import { setReplicas } from "../../control-plane/apply.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { type ClusterName, rows, sixClusters } from "../../unit/assess/six-clusters.ts";
import { fluxd, helmOperator, statusOf, toolkit } from "../../unit/assess/subject-builder.ts";
import { CRDS, crdManifest, deployments, HELM_RELEASES, helmRelease } from "./manifests.ts";
import { conditionOf, eventually, OperatorFixture, SINGLETON, STATUSES, since } from "./operator-fixture.ts";

const run = promisify(execFile);

const Table = z.object({
  columnDefinitions: z.array(z.looseObject({ name: z.string(), priority: z.int() })),
  rows: z.array(z.looseObject({ cells: z.array(z.unknown()) })),
});

const NOTHING = "None None None None None NotInstalled NoAction True";

describeOnControlPlane("the life of a migration", (get) => {
  const fixture = new OperatorFixture(get);
  beforeAll(() => fixture.installCrds());

  test("a cluster without Flux has a row, and nothing to migrate", async () => {
    await fixture.startReady();
    const status = await fixture.row(NOTHING);
    expect(conditionOf(status, "MigrationComplete")).toMatchObject({ status: "True", reason: "NothingToMigrate" });
    expect(status).toMatchObject({ cluster: { name: "test", version: get().version }, timetable: { edition: "2022-09-20", row: 5 } });
  });

  test("a start asks for the version twice at most, however many kinds answer one after the other", async () => {
    const before = new Date();
    await fixture.startReady();
    const versions = await fixture.requests((event) => since(before)(event) && event.uri === "/version");
    expect([1, 2]).toContain(versions.length);
  });

  test("the last workload of a cluster goes, and the status with it", async () => {
    await fixture.start();
    await fixture.apply(fluxd());
    await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
    await fixture.remove(deployments("flux", "flux"));
    const status = await fixture.row(NOTHING);
    expect(status.inventory).toEqual({ components: [] });
    await fixture.remove(SINGLETON, "/api/v1/namespaces/default/events");
  });

  test("install, upgrade, add the toolkit, stop, remove: the row follows, each Event is told once", async () => {
    await fixture.start();
    await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.24.0" }));
    await fixture.row("1.24.0 None None Archived None NotStarted MigrateNow True");
    await fixture.apply(helmOperator(), crdManifest(HELM_RELEASES, "HelmRelease"), helmRelease("left"));
    await fixture.row("1.24.0 1.4.4 None Archived None NotStarted MigrateNow True");
    await fixture.apply(fluxd());
    await fixture.row("1.25.4 1.4.4 None Archived None NotStarted MigrateNow True");
    await fixture.apply(...toolkit("v2.9.4"));
    const beside = await fixture.row("1.25.4 1.4.4 2.9 Archived Current InProgress FinishMigration True");
    expect(beside.summary?.progress).toBe("1/5");
    await setReplicas(get(), "flux", "flux", 0);
    await fixture.statusWhere(({ summary }) => expect(summary?.progress).toBe("2/5"));
    await fixture.remove(deployments("flux", "flux"));
    await fixture.statusWhere(({ summary }) => expect(summary?.progress).toBe("3/5"));
    await fixture.remove(deployments("flux", "helm-operator"));
    await fixture.row("None None 2.9 None Current LeftoversRemain RemoveLeftovers True");
    await fixture.statusWhere(({ summary }) => expect(summary?.message).toContain("1 CRD with 1 object"));
    await fixture.remove(`${CRDS}/${HELM_RELEASES}`);
    const done = await fixture.row("None None 2.9 None Current Complete NoAction True");
    expect(done.summary).toMatchObject({ progress: "5/5", remaining: [] });
    await eventually(
      () => fixture.events(),
      (events) =>
        expect(events).toEqual([
          "Normal MigrationCompleted: 1 toolkit, 2.9, in flux-system; no trace of Flux 1.",
          "Warning Flux1Detected: Found fluxd in flux/flux.",
          "Warning Flux1Detected: Found helm-operator in flux/helm-operator.",
        ]),
    );
    expect(done.history?.map(({ reason }) => reason)).toEqual(["MigrationCompleted", "Flux1Detected", "Flux1Detected"]);
  });

  test("a settled cluster is left in peace: no write at all", async () => {
    await fixture.startReady();
    await fixture.row("None None 2.9 None Current Complete NoAction True");
    await sleep(500);
    const start = new Date();
    await sleep(5_000);
    expect(await fixture.writes(since(start))).toEqual([]);
  });

  test("the singleton is made again when it is deleted, and with it its status", async () => {
    await fixture.start();
    await fixture.remove(SINGLETON);
    await fixture.row("None None 2.9 None Current Complete NoAction True");
  });

  test("where somebody else makes the singleton, none is made while it is away, and the one that comes is kept", async () => {
    const first = await fixture.start({ awaitStatus: true });
    await fixture.row("None None 2.9 None Current Complete NoAction True");
    await fixture.remove(SINGLETON);
    const why = "there is no MigrationStatus/cluster, and this operator makes none (--await-status)";
    await eventually(first.said, (lines) => expect(lines).toContain(why));
    await first.stop();
    // Who brings the singleton may wait until the operator is ready.
    const { said } = await fixture.startReady({ awaitStatus: true });
    expect(said()).toContain(why);
    expect((await get().request("GET", SINGLETON)).status).toBe(404);
    await fixture.apply({ apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "cluster" }, spec: {} });
    await fixture.row("None None 2.9 None Current Complete NoAction True");
  });

  test("any other name is told NotSingleton, without a blank cell", async () => {
    await fixture.start();
    await fixture.apply({ apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "mine" }, spec: {} });
    const status = await fixture.statusWhere((found) => expect(conditionOf(found, "Stalled")?.reason).toBe("NotSingleton"), "mine");
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "NotSingleton" });
    await fixture.remove(`${STATUSES}/mine`);
  });

  test("suspend stops all writes; resume catches up", async () => {
    const { said } = await fixture.start();
    await fixture.row("None None 2.9 None Current Complete NoAction True");
    await fixture.merge(SINGLETON, { spec: { suspend: true } });
    await eventually(said, (lines) => expect(lines).toContain("suspended: nothing is written"));
    const start = new Date();
    await fixture.apply(fluxd());
    await sleep(300);
    expect(await fixture.writes(since(start))).toEqual([]);
    await fixture.merge(SINGLETON, { spec: { suspend: false } });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await fixture.remove(deployments("flux", "flux"));
  });

  test("requestedAt is answered with lastHandledReconcileAt", async () => {
    await fixture.start();
    await fixture.requestPass("2026-11-23T09:00:00Z");
    await fixture.statusWhere((status) => expect(status.lastHandledReconcileAt).toBe("2026-11-23T09:00:00Z"));
  });

  const clusters = Object.keys(rows).filter((name): name is ClusterName => name in rows);
  test.each(clusters)("cluster %s: the server prints its row whole", async (name) => {
    const client = await fixture.client();
    const { metadata } = z
      .object({ metadata: z.object({ resourceVersion: z.string() }) })
      .parse((await get().request("GET", SINGLETON)).body);
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
    const table = Table.parse(await client.json({ path: SINGLETON, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }));
    client.close();
    const cells = new Map(
      table.columnDefinitions.map((column, index) => [column.name.toUpperCase(), String(table.rows[0]?.cells[index] ?? "")]),
    );
    expect([...cells].filter(([, cell]) => cell === "" || cell.includes(" "))).toEqual([]);
    const wide = [...cells].filter(([column]) => column !== "NAME" && column !== "AGE").map(([, cell]) => cell);
    expect(wide.join(" ")).toBe(rows[name]);
  });

  test("plain kubectl apply takes the CRDs, and kubectl explain reads well", async () => {
    const kubectl = async (...args: string[]) => (await run("kubectl", ["--kubeconfig", get().kubeconfig, ...args])).stdout;
    if (!(await run("kubectl", ["version", "--client"]).catch(() => undefined))) {
      process.stderr.write("SKIPPED, as there is no kubectl: plain kubectl apply of the CRDs\n");
      return;
    }
    await fixture.remove(`${CRDS}/migrationstatuses.flux-migration.dev`, `${CRDS}/migrationtimetables.flux-migration.dev`);
    await eventually(
      () => kubectl("apply", "-f", crdFile(get().minor)).catch(String),
      (said) => expect(said).toContain("migrationstatuses.flux-migration.dev created"),
    );
    const described = await eventually(
      () => kubectl("explain", "migrationstatus.status.inventory.components").catch(String),
      // Without /openapi/v3, which comes with 1.24, kubectl writes it the old way.
      (said) => expect(said).toMatch(/(FIELD|RESOURCE): components/),
    );
    expect(described).toMatch(/phaseSince\s+<string>\s+\S+/);
    expect(described).toMatch(/DESCRIPTION:\s+\S+/);
  });
});
