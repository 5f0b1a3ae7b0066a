/**
 * Upgrade of the operator itself, and back, on a real API server. The manifests of the release before stand in previous-release/; its
 * program is the present one that calls itself 0.0.9, so what this shows of two programs is how they give way to each other by version.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import { VERSION } from "../../src/cli/version.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { CRDS, deployments, timetable } from "../integration/operator/manifests.ts";
import { conditionOf, eventually, type RunningOperator, SINGLETON, TIMETABLES } from "../integration/operator/operator-fixture.ts";
import { describeWithTools } from "../tools/suite.ts";
import { fluxd, helmOperator, toolkit } from "../unit/assess/subject-builder.ts";
import { kubectlOf } from "./kubectl.ts";
import { AccountFixture } from "./operator-account.ts";

const OLDER = "0.0.9";

/** Many times what a pass takes. */
const PASS_MS = 500;

const OURS = ["migrationstatuses", "migrationtimetables"].map((plural) => `${CRDS}/${plural}.flux-migration.dev`);

/** What people wrote, and what the operator remembers: an upgrade must lose none of it. */
const Kept = z.object({
  metadata: z.object({ uid: z.string(), creationTimestamp: z.string() }),
  spec: z.unknown(),
  status: z.object({
    history: z.array(z.unknown()).optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string(), lastTransitionTime: z.string() })),
  }),
});
const Crd = z.object({ status: z.object({ storedVersions: z.array(z.string()) }) });

const SPEC = {
  timetableRef: { name: "ours" },
  ignore: [{ namespace: "sandbox", name: "flux", reason: "a demo of Flux 1" }],
};

await describeWithTools(["kubectl"], "upgrade", (tools) => {
  describeOnControlPlane("of the operator itself", (get) => {
    const kubectl = kubectlOf(tools.kubectl, get);
    const fixture = new AccountFixture(get);
    let before: unknown;

    const kept = async () =>
      await Promise.all([SINGLETON, `${TIMETABLES}/ours`].map(async (path) => Kept.parse((await get().request("GET", path)).body)));
    const writtenBy = async (version: string) => await fixture.statusWhere(({ operator }) => expect(operator?.version).toBe(version));
    const writes = ({ said }: RunningOperator) => said().filter((sentence) => sentence === "wrote the status").length;
    const givesWay = async ({ said }: RunningOperator) =>
      await eventually(said, (sentences) =>
        expect(sentences).toContain(
          `a newer operator (${VERSION}) wrote the status: this one (${OLDER}) writes no more; how to go back to it: docs/upgrade.md`,
        ),
      );
    const storedVersions = async () =>
      await Promise.all(OURS.map(async (path) => Crd.parse((await get().request("GET", path)).body).status.storedVersions));

    beforeAll(async () => {
      await kubectl("apply", "-f", "test/deploy/previous-release");
      await kubectl("wait", "--for=condition=Established", "crd", "--all");
      await fixture.apply(
        // Without dates: the present program tells them in its status, in a field that the older CRDs do not have.
        timetable("ours", { edition: "2021-06-28" }),
        { apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "cluster" }, spec: SPEC },
        fluxd({ namespace: "sandbox" }),
        fluxd(),
        ...toolkit("v2.9.4"),
      );
      const older = await fixture.startReady({ user: "operator", version: OLDER });
      await writtenBy(OLDER);
      await fixture.remove(deployments("flux", "flux"));
      await fixture.apply(helmOperator());
      const status = await fixture.statusWhere(({ summary }) => expect([summary?.fluxd, summary?.helmOperator]).toEqual(["None", "1.4.4"]));
      expect(status.history?.length).toBeGreaterThanOrEqual(2);
      await older.stop();
      before = await kept();
    });

    test("the newer one takes over while the older one runs, and nothing is lost", async () => {
      const older = await fixture.startReady({ user: "operator", version: OLDER });
      await kubectl("apply", "-f", "deploy/install.yaml");
      // A day later: times that were made anew would show.
      await fixture.startReady({ user: "operator", version: VERSION, at: "2026-11-24T08:00:00Z" });
      await writtenBy(VERSION);
      expect(await kept()).toEqual(before);
      await givesWay(older);
      const written = writes(older);
      await fixture.apply(fluxd());
      await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toBe("1.25.4"));
      expect(writes(older)).toBe(written);
      await writtenBy(VERSION);
      expect(await storedVersions()).toEqual([["v1alpha1"], ["v1alpha1"]]);
    });

    test("back: the older one leaves the status as it is and says so, until the newer one's name is taken out of it", async () => {
      before = await kept();
      const specs = (await kept()).map(({ spec }) => spec);
      await kubectl("apply", "-f", "test/deploy/previous-release");
      expect(await storedVersions()).toEqual([["v1alpha1"], ["v1alpha1"]]);
      const older = await fixture.startReady({ user: "operator", version: OLDER });
      await givesWay(older);
      await fixture.remove(deployments("flux", "flux"));
      await fixture.requestPass("2026-11-23T09:00:00Z");
      await sleep(PASS_MS);
      expect(await kept()).toEqual(before);
      expect(writes(older)).toBe(0);
      const patch = '{"status":{"operator":null}}';
      await kubectl("patch", "migrationstatus", "cluster", "--subresource=status", "--type=merge", "--patch", patch);
      const status = await writtenBy(OLDER);
      expect((await kept()).map(({ spec }) => spec)).toEqual(specs);
      expect(conditionOf(status, "Ready")?.status).toBe("True");
    });
  });
});
