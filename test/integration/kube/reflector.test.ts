/** The reflector on a real API server: what it keeps, what it shows while things break, and how it heals. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { OPERATOR_USER } from "../../control-plane/users.ts";
import * as harness from "./harness.ts";

const { deploy, deploymentsPath, eventually, NEEDLES, nameOf, QUICK, remove, setImage, watchOf } = harness;

const FLUXD = "docker.io/fluxcd/flux:1.25.4";
const SOURCE = "ghcr.io/fluxcd/source-controller:v1.9.4";

const WIDGETS = { group: "example.com", version: "v1", plural: "widgets" };
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Cluster",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [{ name: "v1", served: true, storage: true, schema }],
  },
};
const widget = (name: string) => ({ apiVersion: "example.com/v1", kind: "Widget", metadata: { name } });

describeOnControlPlane("a reflector", (get) => {
  let cp: ControlPlane;
  let client: KubeClient;
  harness.noUnhandledRejections();
  beforeAll(async () => {
    cp = get();
    client = await harness.clientFor(cp);
    for (let count = 0; count < 5; count += 1) await deploy(cp, `web-${count}`, "nginx:1");
    await deploy(cp, "fluxd", FLUXD);
  });
  afterEach(harness.stopAll);
  afterAll(() => client.close());

  test("keeps what is ours, follows its changes, and parses nothing else", async () => {
    const watched = watchOf(client, { needles: NEEDLES });
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    expect(watched.shown).toEqual([{ state: "Synced", items: [`default/fluxd ${FLUXD}`] }]);
    expect(watched.reflector.metrics).toMatchObject({ reads: 1, parsed: 1, passedOver: 5 });

    await deploy(cp, "source-controller", SOURCE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`, `default/source-controller ${SOURCE}`]);
    await setImage(cp, "source-controller", "nginx:2"); // no needle is left in this frame
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    await setImage(cp, "source-controller", SOURCE);
    await eventually(() => watched.items().length, 2);
    await remove(cp, `${deploymentsPath()}/source-controller`);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);

    const { parsed, passedOver } = watched.reflector.metrics;
    await setImage(cp, "web-0", "nginx:3");
    await setImage(cp, "web-1", "nginx:3");
    await eventually(() => watched.reflector.metrics.passedOver, passedOver + 2);
    expect(watched.reflector.metrics.parsed).toBe(parsed);
    expect(watched.shown).toHaveLength(5);
  });

  test("shows nothing new where nothing of ours changed", async () => {
    const watched = watchOf(client, { needles: NEEDLES });
    await eventually(() => watched.reflector.state().at, "Synced");
    const before = watched.reflector.items();
    const label = { metadata: { labels: { colour: "green" } } };
    const { parsed } = watched.reflector.metrics;
    await cp.request("PATCH", `${deploymentsPath()}/fluxd`, label, "application/merge-patch+json");
    await eventually(() => watched.reflector.metrics.parsed, parsed + 1);
    watched.reflector.relist();
    await eventually(() => watched.reflector.metrics.reads, 2);
    await sleep(100);
    expect(watched.shown).toHaveLength(1);
    expect(watched.reflector.items()).toBe(before);
  });

  test("reads the latest list in pages", async () => {
    const watched = watchOf(client, { needles: NEEDLES, timings: { ...QUICK, pageObjects: 2 } });
    await eventually(() => watched.reflector.state().at, "Synced");
    watched.reflector.relist();
    await eventually(() => watched.reflector.metrics.reads, 4); // the first in one piece out of the server's cache, six objects by twos
    expect(watched.items()).toEqual([`default/fluxd ${FLUXD}`]);
    expect(watched.shown).toHaveLength(1);
  });

  test("gives an object from a list and from a watch the same form", async () => {
    const kinds = (object: unknown) =>
      JSON.stringify([nameOf(object), object && typeof object === "object" && "kind" in object && object.kind]);
    const watched = watchOf(client, {
      resource: harness.NAMESPACES,
      keep: (object) => (nameOf(object).startsWith("kube-p") ? kinds(object) : undefined),
    });
    await eventually(watched.items, ['["kube-public","Namespace"]']);
    await harness.create(cp, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-private" } });
    await eventually(watched.items, ['["kube-private","Namespace"]', '["kube-public","Namespace"]']);
  });

  test("asks for metadata alone where that is enough", async () => {
    const seen: unknown[] = [];
    const keep = (object: unknown) => {
      seen.push(object);
      return nameOf(object);
    };
    const watched = watchOf(client, { form: "Metadata", keep, needles: undefined });
    await eventually(() => watched.items().includes("default/fluxd"), true);
    await deploy(cp, "briefly", "nginx:1");
    await eventually(() => watched.items().includes("default/briefly"), true);
    await remove(cp, `${deploymentsPath()}/briefly`);
    await eventually(() => watched.items().includes("default/briefly"), false);
    expect(JSON.stringify(seen)).not.toContain('"spec"');
  });

  test("reads single objects by a field selector, and sees them go", async () => {
    const watched = watchOf(client, { fieldSelector: "metadata.name=web-4", keep: nameOf });
    await eventually(watched.items, ["default/web-4"]);
    await remove(cp, `${deploymentsPath()}/web-4`);
    await eventually(watched.items, []);
  });

  test("leaves out one object that cannot be judged, names it, and keeps all others", async () => {
    const keep = (object: unknown) => {
      if (nameOf(object) === "default/web-2") throw new Error("no such field");
      return nameOf(object);
    };
    const watched = watchOf(client, { keep });
    await eventually(watched.items, ["default/fluxd", "default/web-0", "default/web-1", "default/web-3"]);
    expect(watched.lines).toContainEqual({
      level: "error",
      sentence: "an object cannot be judged and is left out",
      fields: { resource: "deployments.apps", namespace: "default", name: "web-2", error: "no such field" },
    });
  });

  test("without the right to list says who lacks what, keeps nothing from others, and heals by itself", async () => {
    const operator = await harness.clientFor(cp, "operator");
    const resource = { group: "apps", version: "v1", plural: "daemonsets" };
    const watched = watchOf(operator, { resource, keep: nameOf });
    await eventually(() => watched.reflector.state(), {
      at: "Unreadable",
      verb: "list",
      reason: "Forbidden",
      message: `daemonsets.apps: list is forbidden (403) for ${OPERATOR_USER}`,
    });
    const role = (verbs: string[]) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "daemonsets" },
      rules: [{ apiGroups: ["apps"], resources: ["daemonsets"], verbs }],
    });
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    await harness.create(cp, `${rbac}/clusterroles`, role(["list"]));
    await harness.create(cp, `${rbac}/clusterrolebindings`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "daemonsets" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "daemonsets" },
      subjects: [{ kind: "ServiceAccount", namespace: "flux-migration", name: "flux-migration-operator" }],
    });
    await eventually(() => watched.reflector.state(), {
      at: "Unreadable",
      verb: "watch",
      reason: "Forbidden",
      message: `daemonsets.apps: watch is forbidden (403) for ${OPERATOR_USER}`,
    });
    // What comes now is seen by a list, and is no health: nobody tells of the next.
    const agent = { ...harness.deployment("agent", "docker.io/fluxcd/flux:1.25.4"), kind: "DaemonSet" };
    await harness.create(cp, "/apis/apps/v1/namespaces/default/daemonsets", agent);
    await eventually(watched.items, ["default/agent"]);
    expect(watched.shown.at(-1)?.state).toBe("Unreadable");
    await cp.request("PUT", `${rbac}/clusterroles/daemonsets`, role(["list", "watch"]));
    await eventually(() => watched.reflector.state(), { at: "Synced" });
    expect(watched.lines.filter(({ level }) => level === "info").length).toBeLessThan(6); // news only
    operator.close();
  });

  test("follows a kind whose CRD goes and comes", async () => {
    const watched = watchOf(client, { resource: WIDGETS, keep: nameOf });
    await eventually(() => watched.reflector.state(), { at: "NotInstalled" });
    await harness.create(cp, CRDS, widgets);
    await eventually(async () => (await cp.request("GET", "/apis/example.com/v1/widgets")).status, 200);
    watched.reflector.relist();
    await eventually(() => watched.reflector.state(), { at: "Synced" });
    await harness.create(cp, "/apis/example.com/v1/widgets", widget("first"));
    await eventually(watched.items, ["first"]);
    await remove(cp, `${CRDS}/widgets.example.com`);
    await eventually(() => watched.reflector.state(), { at: "NotInstalled" });
    expect(watched.items()).toEqual([]);
    const { reads, watches } = watched.reflector.metrics;
    await sleep(1000);
    expect(watched.reflector.metrics).toMatchObject({ reads, watches }); // no storm at what is gone
    await harness.create(cp, CRDS, widgets);
    await eventually(async () => (await cp.request("GET", "/apis/example.com/v1/widgets")).status, 200);
    await eventually(async () => (await cp.request("POST", "/apis/example.com/v1/widgets", widget("second"))).status, 201);
    watched.reflector.relist();
    await eventually(watched.items, ["second"], 5000);
    await harness.create(cp, "/apis/example.com/v1/widgets", widget("third"));
    await eventually(watched.items, ["second", "third"], 5000);
    expect(watched.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("never shows an empty set while the API server is away, and goes on from where it was", async () => {
    const watched = watchOf(client, { needles: NEEDLES });
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    await cp.stopApiServer();
    await sleep(500);
    expect(watched.reflector.state()).toEqual({ at: "Synced" });
    await cp.startApiServer();
    await deploy(cp, "helm-operator", "docker.io/fluxcd/helm-operator:1.4.4");
    await eventually(() => watched.items().length, 2);
    for (const { state, items } of watched.shown) {
      expect(state).toBe("Synced");
      expect(items).toContain(`default/fluxd ${FLUXD}`);
    }
    expect(watched.reflector.metrics.restarts.Cut).toBeGreaterThan(0);
    await remove(cp, `${deploymentsPath()}/helm-operator`);
  });

  test("that is stopped leaves no request, no timer and no socket", async () => {
    const own = await harness.clientFor(cp);
    await sleep(50);
    const before = activeHandles();
    const several = [
      watchOf(own),
      watchOf(own, { resource: harness.NAMESPACES, keep: nameOf }),
      watchOf(own, { resource: { ...WIDGETS, group: "gone.example" } }),
    ];
    await eventually(() => several.map(({ reflector }) => reflector.state().at), ["Synced", "Synced", "NotInstalled"]);
    expect(activeHandles().length).toBeGreaterThan(before.length);
    const shown = several.map((watched) => watched.shown.length);
    await Promise.all(several.map(({ reflector }) => reflector.stop()));
    own.close();
    await eventually(() => activeHandles().length <= before.length, true, 3000);
    expect(several.map((watched) => watched.shown.length)).toEqual(shown);
  });
});

function activeHandles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => kind === "TCPSocketWrap" || kind === "Timeout" || kind === "TLSWrap")
    .sort();
}
