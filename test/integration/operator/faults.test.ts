/** What goes wrong around an operator: servers that go away, history that is lost, objects that nobody can read, somebody else's writes. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd, helmOperator, toolkit } from "../../unit/assess/subject-builder.ts";
import { daemonSet, deployment } from "../../unit/detect/workload-builder.ts";
import { CRDS, crdManifest, deployments, HELM_RELEASES, helmRelease } from "./manifests.ts";
import { conditionOf, eventually, OperatorFixture, type RunningOperator, rowOf, SINGLETON, STATUSES, since } from "./operator-fixture.ts";

const BOTH = "1.25.4 None 2.9 Archived Current InProgress FinishMigration True";

describeOnControlPlane("an operator in trouble", (get) => {
  const fixture = new OperatorFixture(get);
  const said = (running: RunningOperator, sentence: string) => running.said().filter((line) => line === sentence).length;

  test("our CRD is not installed yet: it says so once, waits, and works as soon as it is", async () => {
    const running = await fixture.start();
    const sentence = "the MigrationStatus CRD is not installed: kubectl apply -f crds/crds.yaml (crds-legacy.yaml below Kubernetes 1.25)";
    await eventually(
      () => said(running, sentence),
      (times) => expect(times).toBe(1),
    );
    expect(running.operator.ready()).toBe(false);
    await sleep(1_000);
    await fixture.installCrds();
    await fixture.row("None None None None None NotInstalled NoAction True");
    expect(said(running, sentence)).toBe(1);
    expect(running.operator.ready()).toBe(true);
  });

  test("what changed while the operator was down is in the status once it is back", async () => {
    const first = await fixture.start();
    await fixture.apply(fluxd(), helmOperator());
    await fixture.row("1.25.4 1.4.4 None Archived None NotStarted MigrateNow True");
    await first.stop();
    await fixture.remove(deployments("flux", "helm-operator"));
    await fixture.apply(...toolkit("v2.9.4"));
    await fixture.start();
    await fixture.row(BOTH);
  });

  /** Each row that an operator ever judged: absence must not show, not even for a moment. */
  const watched = (running: RunningOperator) => running.judged.map(rowOf);

  test("the API server stops and starts: the status is right afterwards, and nothing was ever said to be gone", async () => {
    const running = await fixture.start();
    await fixture.row(BOTH);
    await get().stopApiServer();
    await sleep(1_000);
    const start = new Date();
    await get().startApiServer();
    await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.25.3" }));
    await fixture.row(BOTH.replace("1.25.4", "1.25.3"));
    expect(running.operator.ready()).toBe(true);
    expect(new Set(watched(running))).toEqual(new Set([BOTH, BOTH.replace("1.25.4", "1.25.3")]));
    // Recovery is one write for what changed, and one at most for what the server says of itself.
    const writes = await fixture.writes(since(start));
    expect(writes.filter((write) => write.endsWith("200")).length).toBeLessThanOrEqual(2);
  });

  test("410 Gone after a compaction: listed again, without a set that lacks anything", async () => {
    const running = await fixture.start();
    await fixture.row(BOTH.replace("1.25.4", "1.25.3"));
    await get().stopApiServer();
    await get().startApiServer();
    for (const version of ["1.25.2", "1.25.4"]) await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:${version}` }));
    await get().compact();
    await get().stopApiServer(); // with it goes its memory of recent events
    await get().startApiServer();
    await fixture.row(BOTH);
    await fixture.requestPass("after-compaction");
    await fixture.statusWhere((status) => expect(status.lastHandledReconcileAt).toBe("after-compaction"));
    for (const row of watched(running)) expect(row).toMatch(/^1\.25\.\d None 2\.9 /);
  });

  test("a workload whose image nobody can read is named, at start and later, and hides no other", async () => {
    const broken = deployment("odd", "broken", { image: "docker.io/fluxcd/flux:in valid" });
    const running = await fixture.start();
    await fixture.row(BOTH);
    await fixture.apply(broken);
    const told = (status: MigrationStatusStatus) => {
      expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "ObjectInvalid" });
      expect(status.inventory?.unreadable).toMatchObject([{ resource: "deployments.apps", verb: "parse", reason: "InvalidObject" }]);
      expect(status.inventory?.unreadable?.[0]).toMatchObject({ object: "odd/broken" });
      expect(status.inventory?.components?.length).toBe(1 + toolkit("v2.9.4").length);
    };
    await fixture.statusWhere(told);
    expect(running.lines.find(({ sentence }) => sentence === "a workload cannot be understood")?.fields).toMatchObject({
      object: "odd/broken",
    });
    await running.stop();
    await fixture.remove(SINGLETON);
    await fixture.start();
    const status = await fixture.statusWhere(told);
    expect(rowOf(status)).toBe(BOTH.replace("True", "False"));
    await fixture.remove(deployments("odd", "broken"));
    await fixture.row(BOTH);
  });

  test("a hostile workload steers nothing, and others are seen beside it", async () => {
    await fixture.start();
    await fixture.apply(
      daemonSet("odd", "hostile", { image: "docker.io/fluxcd/flux:1.0.0\u001b[31m\u2028<script>", labels: { __proto__x: "1" } }),
    );
    const status = await fixture.statusWhere((found) => expect(conditionOf(found, "Ready")?.reason).toBe("ObjectInvalid"));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(JSON.stringify(status)).not.toMatch(/\u001b|\\u001b|\u2028/);
    await fixture.remove("/apis/apps/v1/namespaces/odd/daemonsets/hostile");
    await fixture.row(BOTH);
  });

  test("a CRD of Flux 1 is removed and installed again: its objects are followed each time", async () => {
    await fixture.start();
    const objects = (status: MigrationStatusStatus) => status.inventory?.apis?.find(({ name }) => name === HELM_RELEASES)?.objects;
    for (const name of ["first", "second"]) {
      await fixture.apply(crdManifest(HELM_RELEASES, "HelmRelease"), helmRelease(name));
      await fixture.statusWhere((status) => expect(objects(status)).toBe(1));
      await fixture.remove(`${CRDS}/${HELM_RELEASES}`);
      await fixture.statusWhere((status) => expect(status.inventory?.apis).toEqual([]));
    }
  });

  test("our own CRD is removed and installed again: the status comes back by itself", async () => {
    await fixture.start();
    await fixture.row(BOTH);
    await fixture.remove(`${CRDS}/migrationstatuses.flux-migration.dev`);
    await eventually(
      async () => (await get().request("GET", STATUSES)).status,
      (status) => expect(status).toBe(404),
    );
    await fixture.installCrds();
    await fixture.row(BOTH);
  });

  test("a status that somebody else changes is put right once, without a fight", async () => {
    await fixture.start();
    const right = await fixture.row(BOTH);
    const start = new Date();
    await fixture.merge(`${SINGLETON}/status`, { status: { summary: { ...right.summary, migration: "Complete" }, history: null } });
    await fixture.row(BOTH);
    await sleep(500);
    expect(await fixture.writes(since(start))).toEqual(["patch migrationstatuses/status cluster 200"]);
  });

  test("a burst of changes is few writes, and the last state wins", async () => {
    await fixture.start({ writeIntervalMs: 500 });
    await fixture.row(BOTH);
    await sleep(600);
    const start = new Date();
    for (let patch = 0; patch < 40; patch += 1) await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.${patch}.0` }));
    await fixture.apply(fluxd());
    const seconds = (Date.now() - start.getTime()) / 1000;
    await fixture.row(BOTH);
    await sleep(600);
    const statuses = (await fixture.writes(since(start))).filter((write) => write.startsWith("patch"));
    expect(statuses.length).toBeLessThanOrEqual(2 * seconds + 3);
  });

  test("a newer operator's status is left alone, and that is said", async () => {
    const newer = await fixture.start({ version: "0.2.0" });
    await fixture.statusWhere((status) => expect(status.operator?.version).toBe("0.2.0"));
    await newer.stop();
    const older = await fixture.start({ version: "0.1.0" });
    await eventually(
      () => older.said(),
      (lines) => expect(lines).toContain("a newer operator (0.2.0) wrote the status: this one (0.1.0) writes no more"),
    );
    const start = new Date();
    await fixture.remove(deployments("flux", "flux"));
    await sleep(500);
    expect(await fixture.writes(since(start))).toEqual([]);
    expect((await fixture.status())?.operator?.version).toBe("0.2.0");
  });
});
