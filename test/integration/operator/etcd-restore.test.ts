/**
 * A cluster whose etcd is restored from an older copy while the operator runs: what it saw since then never happened.
 * @newest-only: what is restored is etcd, which is the same for both
 */
import { expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd, helmOperator, toolkit } from "../../unit/assess/subject-builder.ts";
import { deployments } from "./manifests.ts";
import { eventually, OperatorFixture } from "./operator-fixture.ts";

/** Revisions that are lost. */
const LOST = 200;

const BEFORE = "1.25.4 None 2.9 Archived Current InProgress FinishMigration True";

/** Both servers start three times, and the machine may do much else. */
const LIMIT_MS = 300_000;

describeOnControlPlane("etcd restored from a copy", (get) => {
  const fixture = new OperatorFixture(get);

  test.each(["table", "full"] as const)(
    "200 revisions old, read as %s: the status is right again, which is one line in the log, and counted",
    async (source) => {
      await fixture.installCrds();
      await fixture.apply(fluxd(), ...toolkit("v2.9.4"));
      const first = await fixture.startReady({ source });
      await fixture.row(BEFORE);
      await first.stop();
      await get().saveEtcd();

      const running = await fixture.startReady({ source });
      await fixture.remove(deployments("flux", "flux"));
      await fixture.apply(helmOperator());
      for (let revision = 0; revision < LOST; revision += 1)
        await fixture.merge("/api/v1/namespaces/default", { metadata: { labels: { revision: String(revision) } } });
      await fixture.row("None 1.4.4 2.9 Archived Current InProgress FinishMigration True");

      await get().restoreEtcd();
      const status = await fixture.row(BEFORE);
      expect(status.inventory?.components?.map(({ name }) => name)).toContain("fluxd");
      expect(status.inventory?.components?.map(({ name }) => name)).not.toContain("helm-operator");
      expect(running.said().filter((line) => line.includes("resourceVersion went back"))).toHaveLength(1);
      // A kind that nothing happened to has seen no version that was lost.
      await eventually(
        () => new Map(running.operator.reflectors().map(({ resource, metrics }) => [resource, metrics.restarts.Restored ?? 0])),
        (restored) =>
          expect([restored.get("namespaces"), restored.get("deployments.apps"), restored.get("daemonsets.apps")]).toEqual([1, 1, 0]),
      );
      // What is written now goes on from the version that the cluster is at.
      await fixture.apply(helmOperator());
      await fixture.row("1.25.4 1.4.4 2.9 Archived Current InProgress FinishMigration True");
      await running.stop();
      await fixture.remove(deployments("flux", "helm-operator"));
    },
    LIMIT_MS,
  );
});
