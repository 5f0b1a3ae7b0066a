/** The rights that every form of the installation grants: enough for a whole life of the operator, none too many, and nothing beside them. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { LEASE_PERMISSIONS, PERMISSIONS } from "../../src/operator/permissions.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";
import { timetable } from "../integration/operator/manifests.ts";
import { conditionOf, eventually, SINGLETON, STATUSES, since, TIMETABLES } from "../integration/operator/operator-fixture.ts";
import { fluxd, toolkit } from "../unit/assess/subject-builder.ts";
import { FORBIDDEN } from "./forbidden-calls.ts";
import { AccountFixture, accountClient } from "./operator-account.ts";
import { covers, fluxKinds, PATH_RULES, rightsOf, rightText } from "./rights.ts";

const Rule = z.union([
  z.strictObject({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
    verbs: z.array(z.string()),
  }),
  z.strictObject({ nonResourceURLs: z.array(z.string()), verbs: z.array(z.string()) }),
]);
const Role = z.looseObject({ kind: z.enum(["ClusterRole", "Role"]), metadata: z.looseObject({ name: z.string() }), rules: z.array(Rule) });

/** What Kubernetes lets everybody read: the version, and which kinds there are. A hardened cluster takes it away. */
const FOR_EVERYBODY = ["system:public-info-viewer", "system:discovery"];
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const Aggregating = z.looseObject({
  aggregationRule: z.object({ clusterRoleSelectors: z.array(z.object({ matchLabels: z.record(z.string(), z.string()) })) }),
});

/** The rules of the operator's own roles in a file. */
async function operatorRules(file: string) {
  const roles = loadAll(await readFile(file, "utf8")).flatMap((document) => Role.safeParse(document).data ?? []);
  return roles.filter(({ metadata }) => metadata.name === "flux-migration-operator").flatMap(({ rules }) => rules);
}

test.each([
  { file: "deploy/base/rbac.yaml", permissions: PERMISSIONS, paths: PATH_RULES },
  { file: "deploy/install.yaml", permissions: PERMISSIONS, paths: PATH_RULES },
  { file: "deploy/install-legacy.yaml", permissions: PERMISSIONS, paths: PATH_RULES },
  { file: "deploy/components/ha/rbac.yaml", permissions: LEASE_PERMISSIONS, paths: [] },
])("$file grants what src/operator/permissions.ts lists, without a wildcard", async ({ file, permissions, paths }) => {
  const rules = await operatorRules(file);
  expect(rules).toEqual([
    ...permissions.map(({ group, resources, resourceNames, verbs }) => ({
      apiGroups: [group],
      resources,
      ...(resourceNames ? { resourceNames } : {}),
      verbs,
    })),
    ...paths,
  ]);
  expect(JSON.stringify(rules)).not.toMatch(/\*|secrets|pods|nodes|impersonate|escalate|bind/);
});

describeOnControlPlane("the operator's ServiceAccount", (get) => {
  const fixture = new AccountFixture(get);

  beforeAll(async () => {
    expect((await applyManifests(get(), await readFile("deploy/install.yaml", "utf8"))).refused).toEqual([]);
    expect((await applyManifests(get(), await readFile("deploy/components/ha/rbac.yaml", "utf8"))).refused).toEqual([]);
    await fixture.remove(...FOR_EVERYBODY.map((name) => `${BINDINGS}/${name}`));
  });

  // No controller puts roles together here, so this compares by what it would choose them.
  test.each([
    { cluster: "view", ours: ["flux-migration-view"] },
    { cluster: "edit", ours: ["flux-migration-edit", "flux-migration-view"] },
    { cluster: "admin", ours: ["flux-migration-edit", "flux-migration-view"] },
  ])("the cluster's role $cluster takes $ours in", async ({ cluster, ours }) => {
    const { aggregationRule } = Aggregating.parse((await get().request("GET", `${ROLES}/${cluster}`)).body);
    const chosen = await Promise.all(
      aggregationRule.clusterRoleSelectors.map(async ({ matchLabels }) => {
        const selector = Object.entries(matchLabels).map((label) => label.join("="));
        const wanted = ["app.kubernetes.io/name=flux-migration-operator", ...selector].join(",");
        const { body } = await get().request("GET", `${ROLES}?labelSelector=${encodeURIComponent(wanted)}`);
        return z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) }).parse(body).items;
      }),
    );
    expect(new Set(chosen.flat().map(({ metadata }) => metadata.name))).toEqual(new Set(ours));
  });

  test("who may edit writes specs; statuses are the operator's", async () => {
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "editors" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "flux-migration-edit" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "nobody" }],
    };
    await fixture.apply(binding, {
      apiVersion: "flux-migration.dev/v1alpha1",
      kind: "MigrationStatus",
      metadata: { name: "cluster" },
      spec: {},
    });
    const editor = await fixture.client("nobody");
    const patch = (path: string, body: object) => editor.json({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
    await eventually(
      () => patch(SINGLETON, { spec: { suspend: true } }).catch(String),
      (object) => expect(object).toMatchObject({ spec: { suspend: true } }),
    );
    await expect(patch(`${SINGLETON}/status`, { status: {} })).rejects.toMatchObject({ code: 403 });
    await expect(editor.json({ path: "/api/v1/secrets" })).rejects.toMatchObject({ code: 403 });
    editor.close();
    await fixture.remove(SINGLETON);
  });

  test("the token is the account's own", async () => {
    const account = await accountClient(get());
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const review = await account.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body);
    account.close();
    const userInfo = { username: OPERATOR_USER, extra: { "authentication.kubernetes.io/credential-id": [expect.anything()] } };
    expect(review.body).toMatchObject({ status: { userInfo } });
  });

  test("in a whole life no request is refused, no right is unused, and none is used beside them", async () => {
    const start = new Date();
    await fixture.apply(...fluxKinds(), fluxd(), ...toolkit("v2.9.4"), timetable("wrong", { edition: "1999-01-01" }));
    await fixture.start({ user: "operator" });
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await fixture.apply({ apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "mine" }, spec: {} });
    await fixture.statusWhere((status) => expect(conditionOf(status, "Stalled")?.reason).toBe("NotSingleton"), "mine");
    await fixture.requestPass("2026-11-23T09:00:00Z");
    await fixture.statusWhere((status) => expect(status.lastHandledReconcileAt).toBe("2026-11-23T09:00:00Z"));
    const status = await fixture.statusWhere(({ inventory }) =>
      expect(inventory?.apis?.filter(({ objects }) => objects === 0)).toHaveLength(fluxKinds().length),
    );
    expect(status.cluster).toMatchObject({ uid: expect.stringMatching(/^[0-9a-f-]{36}$/), version: expect.stringMatching(/^v1\./) });
    await eventually(
      async () => [await fixture.events(), (await get().request("GET", `${TIMETABLES}/wrong`)).body],
      (shown) => expect(shown).toMatchObject([[expect.anything()], { status: { conditions: expect.anything() } }]),
    );
    const rights = rightsOf(PERMISSIONS);
    const all = await fixture.requests(since(start));
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set([OPERATOR_USER]));
    expect(all.filter(({ code }) => code === 403 || code === 401)).toEqual([]);
    const requests = all.filter(({ resource }) => resource !== "");
    expect(requests.filter((request) => !rights.some((right) => covers(right, request))).map(({ verb, uri }) => `${verb} ${uri}`)).toEqual(
      [],
    );
    expect(rights.filter((right) => !requests.some((request) => covers(right, request))).map(rightText)).toEqual([]);
    await fixture.remove(`${TIMETABLES}/wrong`, `${STATUSES}/mine`);
  });

  test("it writes its own kinds and Events, and nothing else", async () => {
    const writes = await fixture.writes(({ user, resource }) => user === OPERATOR_USER && !resource.startsWith("selfsubject"));
    const written = new Set(writes.map((write) => write.split(" ").slice(0, 2).join(" ")));
    expect([...written].toSorted()).toEqual([
      "create events",
      "create migrationstatuses",
      "patch migrationstatuses/status",
      "patch migrationtimetables/status",
    ]);
  });

  test.each(FORBIDDEN)("it may not $what; the administrator may", async ({ method, path, body, headers }) => {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const account = await accountClient(get());
    const refused = await account.request(method, path, body, contentType, headers);
    account.close();
    expect(refused).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
    const rehearsed = method === "GET" ? path : `${path}${path.includes("?") ? "&" : "?"}dryRun=All`;
    expect((await get().request(method, rehearsed, body, contentType)).status).not.toBe(403);
  });
});
