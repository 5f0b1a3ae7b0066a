/** The test control plane itself: whatever else is tested on it can only be as true as this. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { applyManifests, setReplicas } from "../control-plane/apply.ts";
import type { AuditEvent, ControlPlane } from "../control-plane/control-plane.ts";
import { describeOnControlPlane, kubernetes } from "../control-plane/suite.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), "certificate-authority-data": z.base64() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** A request with nothing but what the kubeconfig file says, TLS verification included. */
async function getWith(kubeconfigFile: string, path: string): Promise<{ status: number; body: string }> {
  const { clusters, users } = Kubeconfig.parse(load(await readFile(kubeconfigFile, "utf8")));
  const { server, "certificate-authority-data": authority } = clusters[0].cluster;
  const headers = { authorization: `Bearer ${users[0].user.token}`, "user-agent": "kubeconfig-reader" };
  return await new Promise((resolve, reject) => {
    request(new URL(path, server), { ca: Buffer.from(authority, "base64"), headers, agent: false }, (incoming) => {
      readText(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    })
      .once("error", reject)
      .end();
  });
}

/** An event is written just after its answer was sent. */
async function auditEventOf(controlPlane: ControlPlane, wanted: (event: AuditEvent) => boolean): Promise<AuditEvent | undefined> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const event = (await controlPlane.audit()).find(wanted);
    if (event !== undefined) return event;
    await sleep(50);
  }
  return undefined;
}

const named = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: name } });

const MANIFESTS = `# Before the first document
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: first }
spec: { size: 3 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: fluxd, namespace: flux }
spec:
  replicas: yes and no
---
kind: [unclosed
---
apiVersion: example.com/v1
kind: Gadget
metadata: { name: none }
---
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: fluxd
      namespace: flux
      resourceVersion: "12"
      uid: 5a1d3c1e-0000-0000-0000-000000000000
      managedFields: [{ manager: somebody }]
    spec: &spec
      selector: { matchLabels: { name: fluxd } }
      template:
        metadata: { labels: { name: fluxd } }
        spec: { containers: [{ name: flux, image: "docker.io/fluxcd/flux:1.25.4", stdin: yes }] }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: times }
    data: { day: "2021-06-28" }
---
apiVersion: v1
kind: Namespace
metadata: { name: flux, labels: { team: delivery } }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }
`;

describeOnControlPlane("the test control plane", (get) => {
  test("says its version and serves its administrator", async () => {
    const controlPlane = get();
    expect(controlPlane.version).toMatch(/^v1\.\d+\.\d+/);
    expect(controlPlane.server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const namespace = await controlPlane.request("GET", "/api/v1/namespaces/kube-system");
    expect(namespace).toMatchObject({ status: 200, body: { kind: "Namespace", metadata: { name: "kube-system" } } });
    expect((await getWith(controlPlane.kubeconfig, "/api/v1/secrets")).status).toBe(200);
  });

  test("knows the operator by its ServiceAccount, refuses it without a binding, and writes that into the audit log", async () => {
    const path = "/apis/apps/v1/namespaces/flux/deployments";
    const { status, body } = await getWith(await get().kubeconfigFor("operator"), path);
    expect(status).toBe(403);
    expect(body).toContain("system:serviceaccount:flux-migration:flux-migration-operator");
    const event = await auditEventOf(get(), ({ user, uri }) => user === OPERATOR_USER && uri === path);
    expect(event).toMatchObject({
      stage: "ResponseComplete",
      verb: "list",
      group: "apps",
      resource: "deployments",
      subresource: "",
      namespace: "flux",
      name: "",
      code: 403,
      userAgent: "kubeconfig-reader",
    });
    expect(Math.abs(Date.now() - Number(event?.at))).toBeLessThan(60_000);
  });

  test("grants the operator what a binding grants its ServiceAccount, and nobody nothing", async () => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const rule = { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"] };
    await get().request("POST", `${rbac}/clusterroles`, { metadata: { name: "reader" }, rules: [rule] });
    const subject = { kind: "ServiceAccount", namespace: "flux-migration", name: "flux-migration-operator" };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" };
    const bound = await get().request("POST", `${rbac}/clusterrolebindings`, {
      metadata: { name: "reader" },
      subjects: [subject],
      roleRef,
    });
    expect(bound.status).toBe(201);
    const operator = await get().kubeconfigFor("operator");
    const allowed = async () => (await getWith(operator, "/apis/apps/v1/statefulsets")).status;
    // RBAC reads its own objects through a watch, so a grant takes a moment.
    for (let attempt = 0; attempt < 40 && (await allowed()) !== 200; attempt += 1) await sleep(50);
    expect(await allowed()).toBe(200);
    expect((await getWith(operator, "/apis/apps/v1/deployments")).status).toBe(403);
    expect((await getWith(await get().kubeconfigFor("nobody"), "/apis/apps/v1/statefulsets")).status).toBe(403);
  });

  test("applies what can be applied, CRDs and Namespaces first, and says what is refused and why", async () => {
    const result = await applyManifests(get(), MANIFESTS, { defaultNamespace: "made-for-it" });
    expect(result.applied).toEqual([
      "Namespace flux",
      "CustomResourceDefinition widgets.example.com",
      "Widget made-for-it/first",
      "Deployment flux/fluxd",
      "ConfigMap made-for-it/times",
    ]);
    expect(result.refused).toEqual([
      { what: "file doc 3", why: expect.stringContaining("(15:1)") },
      { what: "Deployment flux/fluxd (file doc 2)", why: expect.stringContaining("replicas") },
      { what: "Gadget none (file doc 4)", why: "the API server knows no kind Gadget in example.com/v1" },
    ]);
    const times = await get().request("GET", "/api/v1/namespaces/made-for-it/configmaps/times");
    expect(times.body).toMatchObject({ data: { day: "2021-06-28" } });
    const widget = await get().request("GET", "/apis/example.com/v1/namespaces/made-for-it/widgets/first");
    expect(widget.body).toMatchObject({ spec: { size: 3 } });
    const namespace = await get().request("GET", "/api/v1/namespaces/flux");
    expect(namespace.body).toMatchObject({ metadata: { labels: { team: "delivery" } } });
    const deployment = await get().request("GET", "/apis/apps/v1/namespaces/flux/deployments/fluxd");
    // YAML 1.1: a YAML 1.2 reader would have sent the text "yes", which the API server refuses.
    expect(deployment.body).toMatchObject({ spec: { template: { spec: { containers: [{ stdin: true }] } } } });
  });

  test.each([
    { kind: "Deployment" as const, fields: ["replicas", "readyReplicas", "availableReplicas"] },
    // availableReplicas of a StatefulSet: since 1.22.
    { kind: "StatefulSet" as const, fields: ["replicas", "readyReplicas", ...(kubernetes === "Newest" ? ["availableReplicas"] : [])] },
    { kind: "DaemonSet" as const, fields: ["desiredNumberScheduled", "numberReady"] },
  ])("setReplicas shows in the status of a $kind", async ({ kind, fields }) => {
    const labels = { app: "scaled" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "example.com/app:1" }] } };
    const workload = { apiVersion: "apps/v1", kind, metadata: { name: "scaled" }, spec: { selector: { matchLabels: labels }, template } };
    expect((await applyManifests(get(), JSON.stringify(workload))).applied).toEqual([`${kind} flux-system/scaled`]);
    await setReplicas(get(), "flux-system", "scaled", 2, kind);
    const { body } = await get().request("GET", `/apis/apps/v1/namespaces/flux-system/${kind.toLowerCase()}s/scaled`);
    expect(body).toMatchObject({ status: Object.fromEntries(fields.map((field) => [field, 2])) });
    if (kind !== "DaemonSet") expect(body).toMatchObject({ spec: { replicas: 2 } });
  });

  test("setReplicas rejects with the API server's reason for a workload that is not there", async () => {
    await expect(setReplicas(get(), "flux-system", "missing", 1)).rejects.toThrow(
      'Deployment flux-system/missing: deployments.apps "missing" not found',
    );
  });

  test("the API server stops and starts again at its address, with its objects and certificates", async () => {
    const configMap = "/api/v1/namespaces/default/configmaps/kept";
    await get().request("POST", "/api/v1/namespaces/default/configmaps", named("kept"));
    await get().stopApiServer();
    await expect(get().request("GET", configMap)).rejects.toThrow("ECONNREFUSED");
    await get().startApiServer();
    expect(await get().request("GET", configMap)).toMatchObject({ status: 200, body: { data: { key: "kept" } } });
    expect((await getWith(get().kubeconfig, configMap)).status).toBe(200);
    const before = await auditEventOf(get(), ({ verb, resource }) => verb === "create" && resource === "clusterroles");
    expect(before?.code).toBe(201);
  });
});

describeOnControlPlane(
  "a control plane without an audit log and without a watch cache",
  (get) => {
    test("says that there is no audit log", async () => {
      await expect(get().audit()).rejects.toThrow("auditLog: false");
    });

    test("compaction ends what was begun before it: the continuation of a list and a watch get 410", async () => {
      const configMaps = "/api/v1/namespaces/default/configmaps";
      for (const name of ["one", "two", "three"]) await get().request("POST", configMaps, named(name));
      const first = await get().request("GET", `${configMaps}?limit=1`);
      const List = z.object({ metadata: z.object({ continue: z.string().min(1), resourceVersion: z.string() }) });
      const { metadata } = List.parse(first.body);
      const rest = `${configMaps}?limit=1&continue=${encodeURIComponent(metadata.continue)}`;
      expect((await get().request("GET", rest)).status).toBe(200);
      // The revision that is present at a compaction stays readable: a watch from just before it still gets all that it missed.
      for (const name of ["four", "five"]) await get().request("POST", configMaps, named(name));
      await get().compact();
      expect((await get().request("GET", rest)).status).toBe(410);
      const watch = await get().request("GET", `${configMaps}?watch=true&timeoutSeconds=5&resourceVersion=${metadata.resourceVersion}`);
      expect(watch.body).toMatchObject({ type: "ERROR", object: { code: 410 } });
    });
  },
  { auditLog: false, apiServerFlags: ["--watch-cache=false"] },
);
