/** The operator with the rights that it ships with, no more, and what it does when one of them goes and comes. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import * as z from "zod";
import { applyManifests } from "../../control-plane/apply.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { OPERATOR_USER } from "../../control-plane/users.ts";
import { fluxd, toolkit } from "../../unit/assess/subject-builder.ts";
import { CRDS, crdManifest, deployments, HELM_RELEASES, timetable } from "./manifests.ts";
import { conditionOf, eventually, OperatorFixture, SINGLETON, since, TIMETABLES } from "./operator-fixture.ts";

const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/flux-migration-operator";
const Rule = z.looseObject({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) });
const Role = z.looseObject({ kind: z.literal("ClusterRole"), rules: z.array(Rule) });

/** A watch that runs outlives the right to it; the next one does not. */
const SHORT_WATCHES = { watchTimeoutMs: { least: 1_000, most: 1_000 } };

describeOnControlPlane("rights", (get) => {
  const fixture = new OperatorFixture(get);
  let rules: z.infer<typeof Rule>[] = [];
  const setRules = (wanted: z.infer<typeof Rule>[]) => fixture.merge(ROLE, { rules: wanted });

  /** The shipped rules without one verb on one resource. */
  const without = (verb: string, resource: string) =>
    rules.flatMap((rule) => {
      if (!rule.resources.includes(resource)) return [rule];
      const others = { ...rule, resources: rule.resources.filter((name) => name !== resource) };
      const narrowed = { ...rule, resources: [resource], verbs: rule.verbs.filter((name) => name !== verb) };
      return [others, narrowed].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0);
    });

  /** RBAC reads its own objects through a watch, so a change of rights takes a moment. */
  const allowed = async (verb: string, named: string, wanted: boolean) => {
    const [resource, subresource = ""] = named.split("/");
    const group = rules.find((rule) => rule.resources.includes(named))?.apiGroups[0];
    const client = await fixture.client("operator");
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const body = { spec: { resourceAttributes: { verb, group, resource, subresource } } };
    await eventually(
      () => client.json({ method: "POST", path, body }),
      (review) => expect(review).toMatchObject({ status: { allowed: wanted } }),
    );
    client.close();
  };

  beforeAll(async () => {
    await fixture.installCrds();
    const text = await readFile("deploy/base/rbac.yaml", "utf8");
    expect((await applyManifests(get(), text)).refused).toEqual([]);
    rules = loadAll(text).flatMap((document) => Role.safeParse(document).data?.rules ?? []);
    expect(rules.length).toBeGreaterThan(5);
    await fixture.apply(fluxd(), ...toolkit("v2.9.4"));
    await allowed("list", "daemonsets", true);
  });

  test("the shipped role is enough for a whole life, and not one request is refused", async () => {
    const start = new Date();
    await fixture.start({ user: "operator" });
    await fixture.apply(
      crdManifest(HELM_RELEASES, "HelmRelease"),
      crdManifest("helmreleases.flux.weave.works", "HelmRelease", "v1beta1"),
      crdManifest("fluxhelmreleases.helm.integrations.flux.weave.works", "FluxHelmRelease", "v1alpha2"),
      crdManifest("kustomizations.kustomize.toolkit.fluxcd.io", "Kustomization"),
      crdManifest("imagepolicies.image.toolkit.fluxcd.io", "ImagePolicy", "v1beta2"),
      timetable("wrong", { edition: "1999-01-01" }),
      { apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "mine" }, spec: {} },
    );
    await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.reason).toBe("NotSingleton"), "mine");
    await fixture.statusWhere(({ inventory }) => expect(inventory?.apis?.map(({ objects }) => objects)).toEqual([0, 0, 0, 0, 0]));
    const status = await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    expect(status.cluster?.uid).toMatch(/^[0-9a-f-]{36}$/);
    await eventually(
      () => fixture.events(),
      (events) => expect(events).toHaveLength(1),
    );
    const requests = await fixture.requests(since(start));
    expect(new Set(requests.map(({ user }) => user))).toEqual(new Set([OPERATOR_USER]));
    expect(requests.filter(({ code }) => code === 403 || code === 401)).toEqual([]);
    await fixture.remove(`${TIMETABLES}/wrong`, "/apis/flux-migration.dev/v1alpha1/migrationstatuses/mine");
  });

  test("it never writes to what is not its own", async () => {
    const writes = await fixture.writes(({ user, resource }) => user === OPERATOR_USER && resource !== "selfsubjectaccessreviews");
    const written = new Set(writes.map((write) => write.split(" ").slice(0, 2).join(" ")));
    expect([...written].toSorted()).toEqual([
      "create events",
      "create migrationstatuses",
      "patch migrationstatuses/status",
      "patch migrationtimetables/status",
    ]);
  });

  test("daemonsets that may no longer be listed: what is missing and for whom is said, and heals by itself", async () => {
    const { lines } = await fixture.start({ user: "operator", reflector: SHORT_WATCHES });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await setRules(
      without("list", "daemonsets").map((rule) => (rule.resources.includes("daemonsets") ? { ...rule, verbs: ["get"] } : rule)),
    );
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
    await setRules(rules);
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

  test("statuses that may no longer be written: it says so, lives on, and catches up", async () => {
    const { lines, operator } = await fixture.startReady({ user: "operator" });
    await fixture.row("None None 2.9 None Current LeftoversRemain RemoveLeftovers True");
    await setRules(without("patch", "migrationstatuses/status"));
    await allowed("patch", "migrationstatuses/status", false);
    await fixture.apply(fluxd());
    const refused = await eventually(
      () => lines.find(({ sentence }) => sentence === "the pass failed and will be tried again"),
      (line) => expect(line).toBeDefined(),
    );
    expect(String(refused?.fields.error)).toContain("migrationstatuses");
    expect(operator.ready()).toBe(true);
    await setRules(rules);
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
  });

  test.each([
    { verb: "list", resource: "namespaces", named: "namespaces: list" },
    { verb: "list", resource: "customresourcedefinitions", named: "customresourcedefinitions.apiextensions.k8s.io: list" },
    { verb: "watch", resource: "statefulsets", named: "statefulsets.apps: watch" },
    { verb: "list", resource: "kustomizations", named: "kustomizations.kustomize.toolkit.fluxcd.io: list" },
  ])("a start without $verb on $resource names it, and heals when it is granted", async ({ verb, resource, named }) => {
    await setRules(without(verb, resource));
    await allowed(verb, resource, false);
    await fixture.start({ user: "operator" });
    const denied = await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.reason).toBe("AccessDenied"));
    expect(conditionOf(denied, "Ready")?.message).toContain(named);
    expect(conditionOf(denied, "Ready")?.message).toContain(OPERATOR_USER);
    await setRules(rules);
    await fixture.requestPass(new Date().toISOString());
    await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.status).toBe("True"));
  });

  test("MigrationTimetables that nobody refers to need no right; one that is referred to does, and stalls without", async () => {
    await setRules(without("list", "migrationtimetables"));
    await allowed("list", "migrationtimetables", false);
    await fixture.remove(SINGLETON);
    await fixture.startReady({ user: "operator" });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await fixture.apply(timetable("mine", { edition: "2021-06-28" }));
    await fixture.merge(SINGLETON, { spec: { timetableRef: { name: "mine" } } });
    const stalled = await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.status).toBe("True"));
    expect(conditionOf(stalled, "Stalled")?.message).toContain("migrationtimetables.flux-migration.dev: list is forbidden (403)");
    expect(stalled.timetable?.edition).toBe("2022-09-20");
    await setRules(rules);
    const healed = await fixture.statusWhere((status) => expect(status.timetable?.edition).toBe("2021-06-28"));
    expect(conditionOf(healed, "Ready")?.status).toBe("True");
  });

  test("the role holds no wildcard and no secret", async () => {
    const text = await readFile("deploy/base/rbac.yaml", "utf8");
    expect(JSON.stringify(rules)).not.toMatch(/"\*"|secrets|impersonate|escalate|bind/);
    expect(load(text.split("---")[0] ?? "")).toMatchObject({ kind: "Namespace" });
    expect((await get().request("GET", `${CRDS}/${HELM_RELEASES}`)).status).toBe(200);
  });
});
