/** What the operator does when a right that it ships with goes and comes. That each is needed, and what they are: test/deploy/rbac*.test.ts. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "@jest/globals";
import type { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import { PERMISSIONS } from "../../../src/operator/permissions.ts";
import type { PassOutcome } from "../../../src/operator/watched.ts";
import { applyManifests } from "../../control-plane/apply.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { OPERATOR_USER } from "../../control-plane/users.ts";
import { rightsOf, rightText, rulesOf, untilAllowed } from "../../deploy/rights.ts";
import { fluxd, toolkit } from "../../unit/assess/subject-builder.ts";
import { crdManifest, deployments, timetable } from "./manifests.ts";
import { conditionOf, eventually, OperatorFixture, SINGLETON, since } from "./operator-fixture.ts";

const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/flux-migration-operator";

/** A watch that runs outlives the right to it; the next one does not. */
const SHORT_WATCHES = { watchTimeoutMs: { least: 1_000, most: 1_000 } };

/** A write is refused for ten seconds before that counts as a failure. */
const LONG_REFUSED_MS = 30_000;

describeOnControlPlane("rights", (get) => {
  const fixture = new OperatorFixture(get);
  const rights = rightsOf(PERMISSIONS);

  /** All rights but some, by what rightText says of them. */
  const setRightsBut = async (...missing: readonly string[]) => {
    const granted = rights.filter((right) => !missing.includes(rightText(right)));
    expect(granted).toHaveLength(rights.length - missing.length);
    await fixture.merge(ROLE, { rules: rulesOf(granted) });
    for (const right of rights) if (!granted.includes(right)) await untilAllowed(get(), right, false);
  };

  beforeAll(async () => {
    await fixture.installCrds();
    const rbac = await readFile("deploy/base/rbac.yaml", "utf8");
    expect((await applyManifests(get(), rbac)).refused).toEqual([]);
    await fixture.apply(fluxd(), ...toolkit("v2.9.4"));
  });

  test("daemonsets that may no longer be listed: what is missing and for whom is said, and heals by itself", async () => {
    const { lines } = await fixture.start({ user: "operator", reflector: SHORT_WATCHES });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await setRightsBut("list daemonsets.apps", "watch daemonsets.apps");
    const denied = await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.reason).toBe("AccessDenied"));
    expect(conditionOf(denied, "Ready")?.message).toContain(`is forbidden (403) for ${OPERATOR_USER}`);
    expect(conditionOf(denied, "Ready")?.message).toContain("daemonsets.apps: ");
    expect(conditionOf(denied, "Reconciling")).toMatchObject({ status: "True", reason: "ProgressingWithRetry" });
    // The seen fluxd stays, and its absence elsewhere is not claimed.
    expect(conditionOf(denied, "Flux1Present")).toMatchObject({ status: "True", reason: "FluxdPresent" });
    expect(denied.inventory?.unreadable).toMatchObject([{ resource: "daemonsets.apps", reason: "Forbidden" }]);
    await fixture.remove(deployments("flux", "flux"));
    const blind = await fixture.statusWhere((status) => expect(status.summary?.action).toBe("GrantAccess"));
    expect(blind.summary).toMatchObject({ fluxd: "Unknown", migration: "Unknown", severity: "Warning" });
    expect(conditionOf(blind, "ActionRequired")).toMatchObject({ status: "True", reason: "GrantAccess" });
    expect(conditionOf(blind, "Flux1Present")).toMatchObject({ status: "Unknown", reason: "AccessDenied" });
    const start = new Date();
    await setRightsBut();
    const healed = await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.status).toBe("True"));
    expect(healed.inventory?.unreadable ?? []).toEqual([]);
    await eventually(
      () => fixture.events(),
      (events) =>
        expect(events.map((event) => event.split(":")[0])).toEqual(
          expect.arrayContaining(["Normal AccessRestored", "Warning AccessDenied"]),
        ),
    );
    const told = (await fixture.events()).filter((event) => event.includes("AccessDenied") || event.includes("AccessRestored"));
    expect(told).toHaveLength(2);
    // One line when it went, one when it came back: a missing right must not fill the log.
    expect(lines.filter(({ fields, level }) => level === "warn" && fields.resource === "daemonsets.apps").length).toBeLessThanOrEqual(2);
    expect((await fixture.writes(since(start))).length).toBeLessThan(6);
  });

  test("a right that goes while the watch stays open: said within a minute, of that kind alone, and healed", async () => {
    // A watch as long as in a cluster; the small list that asks comes sooner here than every 45 s.
    const { operator } = await fixture.start({ user: "operator", reflector: { checkMs: { least: 300, most: 400 } } });
    await fixture.row("None None 2.9 None Current Complete NoAction True");
    await eventually(
      () => operator.reflectors().every(({ metrics }) => metrics.watches > 0),
      (watching) => expect(watching).toBe(true),
    );
    const watches = () => operator.reflectors().map(({ resource, metrics }) => [resource, metrics.watches]);
    const before = watches();
    await sleep(1_500);
    expect(watches()).toEqual(before);
    await setRightsBut("list statefulsets.apps", "watch statefulsets.apps");
    const denied = await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.reason).toBe("AccessDenied"));
    expect(conditionOf(denied, "Ready")?.message).toContain(`statefulsets.apps: list is forbidden (403) for ${OPERATOR_USER}`);
    expect(denied.inventory?.unreadable).toMatchObject([{ resource: "statefulsets.apps", verb: "list", reason: "Forbidden" }]);
    expect(watches()).toEqual(before);
    await fixture.apply(fluxd());
    await fixture.statusWhere((status) => expect(status.summary?.fluxd).toBe("1.25.4"));
    await setRightsBut();
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await fixture.remove(deployments("flux", "flux"));
    await fixture.row("None None 2.9 None Current Complete NoAction True");
  });

  test("statuses that may no longer be written: it says so, lives on, and catches up", async () => {
    const { lines, operator } = await fixture.startReady({ user: "operator" });
    await fixture.row("None None 2.9 None Current Complete NoAction True");
    await setRightsBut("patch migrationstatuses/status.flux-migration.dev");
    await fixture.apply(fluxd());
    const refused = await eventually(
      () => lines.find(({ sentence }) => sentence === "the pass failed and will be tried again"),
      (line) => expect(line).toBeDefined(),
    );
    expect(String(refused?.fields.error)).toContain("migrationstatuses");
    expect(operator.ready()).toBe(true);
    await setRightsBut();
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
  });

  test("statuses that may no longer be read: the status says so as long as nobody else touches it, then passes fail, and all is well again", async () => {
    const stood: (MigrationStatusStatus | undefined)[] = [];
    const outcomes: PassOutcome[] = [];
    const observer = {
      stands: (status?: MigrationStatusStatus) => void stood.push(status),
      passed: (outcome: PassOutcome) => void outcomes.push(outcome),
    };
    const { said } = await fixture.startReady({ user: "operator", observer, reflector: { checkMs: { least: 300, most: 400 } } });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await setRightsBut("list migrationstatuses.flux-migration.dev", "watch migrationstatuses.flux-migration.dev");
    const denied = await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.reason).toBe("AccessDenied"));
    const why = `migrationstatuses.flux-migration.dev: list is forbidden (403) for ${OPERATOR_USER}`;
    expect(conditionOf(denied, "Ready")?.message).toContain(why);
    expect(conditionOf(denied, "Flux1Present")?.status).toBe("True");
    expect(said()).toContain(`the MigrationStatus cannot be read: ${why}`);
    await fixture.remove(deployments("flux", "flux"));
    await fixture.statusWhere((status) => expect(conditionOf(status, "Flux1Present")?.status).toBe("False"));
    // From here on the operator does not know at which version the object is.
    await fixture.merge(SINGLETON, { metadata: { labels: { touched: "yes" } } });
    await fixture.apply(fluxd());
    await eventually(
      () => outcomes.at(-1),
      (outcome) => expect(outcome).toBe("Failed"),
      LONG_REFUSED_MS,
    );
    expect(stood.at(-1)).toBeUndefined();
    expect(said()).toContain("the pass failed and will be tried again");
    await setRightsBut();
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
  });

  test("a kind that may not be counted, as one of a newer Flux: its number is missing and nothing else, and a request looks again", async () => {
    const kustomizations = "kustomizations.kustomize.toolkit.fluxcd.io";
    await setRightsBut(`list ${kustomizations}`);
    const { lines } = await fixture.startReady({ user: "operator" });
    await fixture.apply(crdManifest(kustomizations, "Kustomization"), crdManifest("oracles.source.toolkit.fluxcd.io", "Oracle"));
    const counted = ({ inventory, conditions, summary }: MigrationStatusStatus) => [
      ...(inventory?.apis ?? []).map(({ name, objects = "not counted" }) => `${name} ${objects}`),
      `${conditionOf({ conditions }, "Ready")?.reason} ${summary?.action}`,
    ];
    const without = [`${kustomizations} not counted`, "oracles.source.toolkit.fluxcd.io not counted", "Assessed FinishMigration"];
    await fixture.statusWhere((status) => expect(counted(status)).toEqual(without));
    const said = () => lines.filter(({ sentence, level }) => level === "warn" && sentence.includes("could not be counted"));
    await eventually(said, (warnings) => expect(warnings).toHaveLength(2));
    await fixture.requestPass("once");
    await fixture.statusWhere((status) => expect(status.lastHandledReconcileAt).toBe("once"));
    expect(said()).toHaveLength(2);
    await setRightsBut();
    await fixture.requestPass("twice");
    await fixture.statusWhere((status) => expect(counted(status)).toEqual([`${kustomizations} 0`, ...without.slice(1)]));
  });

  test("a cluster whose uid may not be read: said once, not at each look", async () => {
    await setRightsBut("get namespaces kube-system");
    const { lines } = await fixture.startReady({ user: "operator" });
    await fixture.requestPass("without uid");
    const status = await fixture.statusWhere((found) => expect(found.lastHandledReconcileAt).toBe("without uid"));
    expect(status.cluster?.uid).toBe("Unknown");
    expect(lines.filter(({ sentence }) => sentence.startsWith("the cluster's uid cannot be read"))).toHaveLength(1);
    await setRightsBut();
  });

  test("MigrationTimetables that nobody refers to need no right; one that is referred to does, and stalls without", async () => {
    await setRightsBut("list migrationtimetables.flux-migration.dev");
    await fixture.remove(SINGLETON);
    await fixture.startReady({ user: "operator" });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await fixture.apply(timetable("mine", { edition: "2021-06-28" }));
    await fixture.merge(SINGLETON, { spec: { timetableRef: { name: "mine" } } });
    const stalled = await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.status).toBe("True"));
    expect(conditionOf(stalled, "Stalled")?.message).toContain("migrationtimetables.flux-migration.dev: list is forbidden (403)");
    expect(stalled.timetable?.edition).toBe("2022-09-20");
    await setRightsBut();
    const healed = await fixture.statusWhere((status) => expect(status.timetable?.edition).toBe("2021-06-28"));
    expect(conditionOf(healed, "Ready")?.status).toBe("True");
  });
});
