/** A kind that gives no answer, neither a list nor an error: it is waited for, and then the others are judged without it. */
import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd } from "../../unit/assess/subject-builder.ts";
import { type FaultyProxy, startFaultyProxy } from "../kube/faulty-proxy.ts";
import { crdManifest, deployments, HELM_RELEASES } from "./manifests.ts";
import { conditionOf, eventually, OperatorFixture } from "./operator-fixture.ts";

const GRACE_MS = 1_000;

describeOnControlPlane("a kind that gives no answer", (get) => {
  const fixture = new OperatorFixture(get);
  let proxy: FaultyProxy;

  /** The first list of a kind begins and never ends. */
  const holdUp = (plural: string) => {
    proxy.fault = (_method, url) =>
      url.pathname.endsWith(`/${plural}`) && !url.searchParams.has("watch") ? { unanswered: true } : undefined;
  };

  const warned = (lines: readonly { level: string; fields: Record<string, unknown> }[], resource: string) =>
    lines.filter(({ level, fields }) => level === "warn" && fields.resource === resource);

  beforeAll(async () => {
    await fixture.installCrds();
    await fixture.apply(fluxd());
  });

  beforeEach(async () => {
    proxy = await startFaultyProxy(get());
  });

  afterEach(async () => {
    await proxy.close();
  });

  test("from the start: what is seen is told, absence is not, and the log names it", async () => {
    holdUp("statefulsets");
    const { lines } = await fixture.start({ through: proxy.url, unavailableGraceMs: GRACE_MS });
    const status = await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toBe("1.25.4"));
    expect(status.summary).toMatchObject({ helmOperator: "Unknown" });
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "Unavailable" });
    expect(conditionOf(status, "Ready")?.message).toContain("statefulsets.apps: the first list has not ended");
    expect(warned(lines, "statefulsets.apps")).toHaveLength(1);
  });

  test.each(["customresourcedefinitions", "migrationtimetables"])("be it %s", async (plural) => {
    holdUp(plural);
    const { operator } = await fixture.start({ through: proxy.url, unavailableGraceMs: GRACE_MS });
    await fixture.statusWhere(({ conditions }) =>
      expect(conditionOf({ conditions }, "Ready")?.reason).toBe(plural === "migrationtimetables" ? "Assessed" : "Unavailable"),
    );
    await eventually(
      () => operator.ready(),
      (ready) => expect(ready).toBe(true),
    );
  });

  test("from when its CRD comes: the others go on", async () => {
    holdUp("helmreleases");
    const { lines } = await fixture.startReady({ through: proxy.url, unavailableGraceMs: GRACE_MS });
    await fixture.apply(crdManifest(HELM_RELEASES, "HelmRelease"));
    await eventually(
      () => warned(lines, HELM_RELEASES),
      (warnings) => expect(warnings).toHaveLength(1),
    );
    await fixture.remove(deployments("flux", "flux"));
    const status = await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toBe("None"));
    expect(status.summary?.migration).toBe("LeftoversRemain");
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "Unavailable" });
  });
});
