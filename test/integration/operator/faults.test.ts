/** What goes wrong around an operator: servers that go away, history that is lost, objects that nobody can read, somebody else's writes. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import type { PassOutcome } from "../../../src/operator/watched.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd, helmOperator, toolkit } from "../../unit/assess/subject-builder.ts";
import { daemonSet, deployment } from "../../unit/detect/workload-builder.ts";
import { type Exchange, type Fault, type FaultyProxy, startFaultyProxy } from "../kube/faulty-proxy.ts";
import { CRDS, crdManifest, deployments, HELM_RELEASES, helmRelease } from "./manifests.ts";
import {
  conditionOf,
  eventually,
  OperatorFixture,
  type RunningOperator,
  rowOf,
  SINGLETON,
  STATUSES,
  type StartOptions,
  since,
} from "./operator-fixture.ts";

const BOTH = "1.25.4 None 2.9 Archived Current InProgress FinishMigration True";

describeOnControlPlane("an operator in trouble", (get) => {
  const fixture = new OperatorFixture(get);
  const said = (running: RunningOperator, sentence: string) => running.said().filter((line) => line === sentence).length;

  test("our CRD is not installed yet: it says so once, waits, and works as soon as it is", async () => {
    const running = await fixture.start();
    const file = "https://github.com/flux-migration/flux-migration-operator/releases/download/v0.1.0/crds.yaml";
    const sentence = `the MigrationStatus CRD is not installed: kubectl apply -f ${file} (crds-legacy.yaml below Kubernetes 1.25)`;
    await eventually(
      () => said(running, sentence),
      (times) => expect(times).toBe(1),
    );
    expect(running.operator.ready()).toBe(false);
    await sleep(1_000);
    await fixture.installCrds();
    await fixture.row("None None None None None NotInstalled NoAction True");
    expect(said(running, sentence)).toBe(1);
    await eventually(
      () => running.operator.ready(),
      (ready) => expect(ready).toBe(true),
    );
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

  test("the API server is away, comes back, and has forgotten the past: 410, a new list, and nothing was ever said to be gone", async () => {
    const running = await fixture.startReady();
    await fixture.row(BOTH);
    // Their versions are behind what every watch has seen last.
    for (const name of ["one", "two"]) {
      await fixture.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } });
    }
    await get().compact();
    await get().stopApiServer(); // with it goes its memory of recent events
    await sleep(500);
    expect(running.operator.ready()).toBe(true);
    const start = new Date();
    await get().startApiServer();
    await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.25.3" }));
    const other = BOTH.replace("1.25.4", "1.25.3");
    await fixture.row(other);
    await fixture.apply(fluxd());
    await fixture.row(BOTH);
    expect(running.lines.map(({ fields }) => fields.cause ?? fields.reason)).toContain("Expired");
    expect(new Set(running.judged.map(rowOf))).toEqual(new Set([BOTH, other]));
    expect(await fixture.writes(since(start))).toEqual(Array(2).fill("patch migrationstatuses/status cluster 200"));
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
    // It could be a Helm Operator, or a toolkit of another release: what is not seen is not called absent.
    expect(rowOf(status)).toBe("1.25.4 Unknown 2.9 Archived Unknown InProgress FinishMigration False");
    await fixture.remove(deployments("odd", "broken"));
    await fixture.row(BOTH);
  });

  test("a hostile workload steers nothing, and others are seen beside it", async () => {
    await fixture.start();
    await fixture.apply(daemonSet("odd", "hostile", { image: "docker.io/fluxcd/flux:1.0.0\u001b[31m\u2028<script>" }));
    const status = await fixture.statusWhere((found) => expect(conditionOf(found, "Ready")?.reason).toBe("ObjectInvalid"));
    const message = conditionOf(status, "Ready")?.message ?? "";
    expect(message).toContain(String.raw`"docker.io/fluxcd/flux:1.0.0\u001b[31m\u2028<script>"`);
    expect(message).not.toMatch(/\p{Cc}|\u2028/u);
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
      await fixture.statusWhere((status) => expect(status.inventory?.apis ?? []).toEqual([]));
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
    // The Event of the start may still be on its way.
    const writes = (await fixture.writes(since(start))).filter((write) => !write.startsWith("create events"));
    expect(writes).toEqual(["patch migrationstatuses/status cluster 200"]);
  });

  test("two operators with different settings give way to each other and say so, and the one that is left is right again", async () => {
    const rivalry = { firstMs: 400, factor: 4, capMs: 60_000, jitter: 0.2, resetMs: 120_000 };
    const held = new Set<string | undefined>();
    const observer = { passed: (_outcome: string, _seconds: number, by?: string) => void held.add(by) };
    const blue = await fixture.start({ clusterName: "blue", rivalry, observer });
    await fixture.statusWhere(({ cluster }) => expect(cluster?.name).toBe("blue"));
    const start = new Date();
    const green = await fixture.start({ clusterName: "green", rivalry });
    const quarrels = ({ lines }: typeof blue) =>
      lines.filter(({ sentence }) => sentence.startsWith("somebody else writes the status as well"));
    await eventually(
      () => [quarrels(blue).length, quarrels(green).length],
      (times) => expect(Math.min(...times)).toBeGreaterThanOrEqual(2),
    );
    expect(held).toEqual(new Set([undefined, "Contested"]));
    expect(quarrels(blue)[0]).toMatchObject({ level: "warn", fields: { theirs: { version: "0.1.0", cluster: "green" } } });
    // Three of each at once, and one after each wait. Without an end there would be one each 20 ms.
    const writes = (await fixture.writes(since(start))).filter((write) => write === "patch migrationstatuses/status cluster 200");
    expect(writes.length).toBeLessThanOrEqual(2 * 3 + quarrels(blue).length + quarrels(green).length + 2);
    await green.stop();
    await fixture.statusWhere(({ cluster }) => expect(cluster?.name).toBe("blue"));
  });

  /** Each watch of the statuses ends at once, so that what was written is seen late. */
  const lateWatch = ({ pathname, searchParams }: URL): Fault | undefined =>
    pathname === STATUSES && searchParams.has("watch") ? { hangUp: "AtOnce" } : undefined;

  /** Has an operator behind a proxy do something that leaves the cluster as any, and sees that it is right in the end and saw no rival. */
  async function withoutQuarrel(
    options: StartOptions,
    act: (parts: {
      proxy: FaultyProxy;
      running: RunningOperator;
      patches: readonly Exchange[];
      answered: () => Promise<void>;
    }) => Promise<void>,
  ) {
    await fixture.apply(fluxd());
    const patches: Exchange[] = [];
    const asked = (exchange: Exchange) =>
      exchange.method === "PATCH" && exchange.url.pathname.endsWith("/status") && patches.push(exchange);
    const proxy = await startFaultyProxy(get(), { asked });
    const running = await fixture.startReady({ ...options, through: proxy.url });
    /** Waits until the operator has the answer to each of its writes, so that a cut takes none from it. */
    const answered = async () => {
      await eventually(
        () => said(running, "wrote the status"),
        (times) => expect(times).toBe(patches.filter(({ status }) => status !== 409).length),
      );
    };
    try {
      await fixture.row(BOTH);
      await act({ proxy, running, patches, answered });
      await fixture.apply(fluxd());
      await fixture.row(BOTH);
      expect(running.said().filter((sentence) => sentence.startsWith("somebody else writes the status"))).toEqual([]);
    } finally {
      await running.stop();
      await proxy.close();
    }
  }

  test("a write whose answer is lost is no stranger's, and neither is what a suspended operator says: nothing is given way to", async () => {
    const retry = { firstMs: 20, factor: 2, capMs: 200, jitter: 1, resetMs: 6_000 };
    await withoutQuarrel({ retry }, async ({ proxy }) => {
      proxy.fault = (method) => (method === "PATCH" ? { hangUp: "CarriedOut" } : undefined);
      for (let patch = 0; patch < 6; patch += 1) {
        await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.2.${patch}` }));
        await fixture.row(BOTH.replace("1.25.4", `1.2.${patch}`));
      }
      proxy.fault = () => undefined;
      await fixture.apply(fluxd());
      await fixture.row(BOTH);
      for (let round = 0; round < 5; round += 1) {
        for (const suspend of [true, null]) {
          await fixture.merge(SINGLETON, { spec: { suspend } });
          await fixture.observed();
        }
        await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.3.${round}` }));
        await fixture.row(BOTH.replace("1.25.4", `1.3.${round}`));
      }
    });
  });

  test("a watch that is late shows no stranger's status: nothing is given way to, and all is right once it has caught up", async () => {
    await withoutQuarrel({}, async ({ proxy, running, answered }) => {
      for (let round = 0; round < 5; round += 1) {
        await answered();
        const conflicts = said(running, "somebody else wrote first");
        proxy.fault = (_, url) => lateWatch(url);
        proxy.cut();
        await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.4.${round}` }));
        await fixture.row(BOTH.replace("1.25.4", `1.4.${round}`));
        await fixture.merge(SINGLETON, { metadata: { annotations: { round: `${round}` } } });
        await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.5.${round}` }));
        await eventually(
          () => said(running, "somebody else wrote first"),
          (times) => expect(times).toBeGreaterThan(conflicts + 1),
        );
        proxy.fault = () => undefined;
        await fixture.row(BOTH.replace("1.25.4", `1.5.${round}`));
      }
    });
  });

  test("an answer is lost while the watch is late: nothing is given way to, however much changes meanwhile", async () => {
    await withoutQuarrel({}, async ({ proxy, running, patches }) => {
      const conflicts = () => said(running, "somebody else wrote first");
      let version = 0;
      for (let round = 0; round < 4; round += 1) {
        const before = conflicts();
        const patched = patches.length;
        const lost = () => patches.slice(patched).some(({ faulty, status }) => faulty && status !== undefined);
        proxy.fault = (method, url) => lateWatch(url) ?? (method === "PATCH" && !lost() ? { hangUp: "CarriedOut" } : undefined);
        proxy.cut();
        await eventually(
          async () => {
            await fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.6.${++version}` }));
            return { round, answers: patches.slice(patched).map(({ status }) => status), lines: running.lines.slice(-20) };
          },
          (seen) => expect({ ...seen, refused: conflicts() - before >= 12 }).toEqual({ ...seen, refused: true }),
        );
        proxy.fault = () => undefined;
        await fixture.row(BOTH.replace("1.25.4", `1.6.${version}`));
      }
    });
  });

  test("tries that are refused are as few as writes, however much changes meanwhile", async () => {
    await withoutQuarrel({ writeIntervalMs: 500 }, async ({ proxy, running, answered }) => {
      const conflicts = () => said(running, "somebody else wrote first");
      await answered();
      proxy.fault = (_, url) => lateWatch(url);
      proxy.cut();
      await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.7.0" }));
      await fixture.row(BOTH.replace("1.25.4", "1.7.0"));
      await fixture.merge(SINGLETON, { metadata: { annotations: { round: "paced" } } });
      const start = performance.now();
      let patch = 0;
      await eventually(
        () => fixture.apply(fluxd({ image: `docker.io/fluxcd/flux:1.7.${++patch}` })),
        () => expect(conflicts()).toBeGreaterThanOrEqual(8),
      );
      // The first may come at once; changes come much faster.
      expect(performance.now() - start).toBeGreaterThan(7 * 500 - 100);
      proxy.fault = () => undefined;
    });
  });

  test("a replica that loses the lead within a pass writes nothing, and tells that apart from one that is held back", async () => {
    const outcomes: PassOutcome[] = [];
    let leads = false;
    const start = new Date();
    await fixture.start({
      clusterName: "purple",
      observer: {
        annotated: () => {
          leads = true;
        },
        passed: (outcome) => void outcomes.push(outcome),
      },
      leading: () => {
        const led = leads;
        leads = false;
        return led;
      },
    });
    await eventually(
      () => outcomes[0],
      (outcome) => expect(outcome).toBe("LostLead"),
    );
    expect(await fixture.writes(since(start))).toEqual([]);
  });

  test("a burst of changes is few writes, and the last state wins", async () => {
    await fixture.apply(fluxd());
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

  test("an Event that was lost with the operator that should have told it is told by the next one, once, and not after an hour", async () => {
    const first = await fixture.startReady();
    await fixture.remove(deployments("flux", "flux"));
    await fixture.row("None None 2.9 None Current Complete NoAction True");
    await fixture.apply(fluxd());
    const told = await fixture.row(BOTH);
    await eventually(
      () => fixture.events(),
      (events) => expect(events.length).toBeGreaterThan(1),
    );
    await first.stop();
    await fixture.remove("/api/v1/namespaces/default/events");
    const late = await fixture.startReady({ at: "2026-11-23T10:00:00Z" });
    await sleep(300);
    expect(await fixture.events()).toEqual([]);
    await late.stop();
    const history = (told.history ?? []).map(({ reason, message }) => `${reason}: ${message}`).toSorted();
    for (const round of [1, 2]) {
      const next = await fixture.startReady();
      await eventually(
        async () => (await fixture.events()).map((event) => event.replace(/^\w+ /, "")).toSorted(),
        (events) => expect([round, events]).toEqual([round, history]),
      );
      await next.stop();
    }
    expect((await fixture.status())?.history).toEqual(told.history);
  });

  test("a newer operator's status is left alone and not shown as what is judged, and that is said", async () => {
    const newer = await fixture.start({ version: "0.2.0" });
    await fixture.statusWhere((status) => expect(status.operator?.version).toBe("0.2.0"));
    await newer.stop();
    const shown: (MigrationStatusStatus | undefined)[] = [];
    const older = await fixture.start({ version: "0.1.0", observer: { stands: (status) => void shown.push(status) } });
    await eventually(
      () => older.said(),
      (lines) =>
        expect(lines).toContain(
          "a newer operator (0.2.0) wrote the status: this one (0.1.0) writes no more; how to go back to it: docs/upgrade.md",
        ),
    );
    const start = new Date();
    await fixture.remove(deployments("flux", "flux"));
    await sleep(500);
    expect(await fixture.writes(since(start))).toEqual([]);
    expect((await fixture.status())?.operator?.version).toBe("0.2.0");
    expect(new Set(shown)).toEqual(new Set([undefined]));
  });
});
