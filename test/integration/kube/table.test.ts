/** The table source on a real API server: the same set as the full source, at a fraction of the bytes, and whole objects where no Table can be had. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { ReflectorOptions } from "../../../src/kube/reflector.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";
import * as harness from "./harness.ts";

const { deploy, deployment, deploymentsPath, eventually, NEEDLES, remove, setImage, watchOf } = harness;

const FLUXD = "docker.io/fluxcd/flux:1.25.4";
const SOURCE = "ghcr.io/fluxcd/source-controller:v1.9.4";
const TABLE: Partial<ReflectorOptions<string>> = { needles: NEEDLES, table: "Images" };
const UNRELATED = 60;

/** Names of the tests, in two namespaces. */
const CHURNED = ["flux-a", "flux-b", "flux-c", "fluxd", "source-controller", "helm-operator"];

const wantsTable = (url: URL) => url.searchParams.get("includeObject") === "None";

describeOnControlPlane("the table source", (get) => {
  let cp: ControlPlane;
  let client: KubeClient;
  let proxy: FaultyProxy;
  let through: KubeClient;
  harness.noUnhandledRejections();

  beforeAll(async () => {
    cp = get();
    client = await harness.clientFor(cp);
    proxy = await startFaultyProxy(cp);
    through = await harness.clientThrough(cp, proxy.url);
    await harness.create(cp, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
    for (let count = 0; count < UNRELATED; count += 1) await deploy(cp, `web-${count}`, "nginx:1");
    await deploy(cp, "fluxd", FLUXD);
  });
  /** What a test left, and the one that each begins with. */
  const tidyUp = async () => {
    for (const namespace of ["default", "other"])
      for (const name of CHURNED) await cp.request("DELETE", `${deploymentsPath(namespace)}/${name}`);
    await deploy(cp, "fluxd", FLUXD);
  };

  afterEach(async () => {
    await harness.stopAll();
    await tidyUp();
    proxy.fault = () => undefined;
    proxy.requests.length = 0;
  });
  afterAll(async () => {
    client.close();
    through.close();
    await proxy.close();
  });

  test("reads names and images, and whole only what can be ours", async () => {
    const watched = watchOf(client, TABLE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    expect(watched.reflector.metrics).toMatchObject({ source: "table", reads: 2 });
    const full = watchOf(client, { needles: NEEDLES });
    await eventually(full.items, [`default/fluxd ${FLUXD}`]);
    // One object read whole counts in both; each unrelated one costs a row.
    expect(watched.reflector.metrics.bytes).toBeLessThan(full.reflector.metrics.bytes / 3);
    expect(watched.shown).toEqual([{ state: "Synced", items: [`default/fluxd ${FLUXD}`] }]);
  });

  test("where nothing is ours, compares one row with its object, and the next where that tells nothing", async () => {
    await remove(cp, `${deploymentsPath()}/fluxd`);
    const proven = watchOf(client, TABLE);
    await eventually(() => proven.shown.at(-1)?.state, "Synced");
    expect(proven.reflector.metrics).toMatchObject({ source: "table", reads: 2 });
    // Two objects of each name: which of them the row was, nobody can tell.
    const twins = Array.from({ length: UNRELATED }, (_, count) => `web-${count}`);
    for (const name of twins) await deploy(cp, name, "nginx:9", "other");
    const open = watchOf(client, TABLE);
    await eventually(() => open.shown.at(-1)?.state, "Synced");
    expect(open.reflector.metrics).toMatchObject({ source: "table", reads: 4 });
    for (const name of twins) await remove(cp, `${deploymentsPath("other")}/${name}`);
  });

  test("follows what comes, stops being Flux, becomes it again, and goes; in each namespace of a name", async () => {
    const watched = watchOf(client, TABLE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    await deploy(cp, "source-controller", SOURCE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`, `default/source-controller ${SOURCE}`]);
    await setImage(cp, "source-controller", "nginx:2"); // nothing in this row can be ours
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    await setImage(cp, "source-controller", SOURCE);
    await deploy(cp, "source-controller", SOURCE, "other");
    await deploy(cp, "fluxd", "nginx:1", "other");
    await eventually(watched.items, [`default/fluxd ${FLUXD}`, `default/source-controller ${SOURCE}`, `other/source-controller ${SOURCE}`]);
    await remove(cp, `${deploymentsPath()}/source-controller`);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`, `other/source-controller ${SOURCE}`]);
    for (const path of ["source-controller", "fluxd"]) await remove(cp, `${deploymentsPath("other")}/${path}`);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    await sleep(200); // the name that went is still read once more
    const { bytes, reads } = watched.reflector.metrics;
    for (const image of ["nginx:3", "nginx:4"]) await setImage(cp, "web-0", image);
    await eventually(() => watched.reflector.metrics.bytes > bytes, true);
    await sleep(100);
    expect(watched.reflector.metrics.reads).toBe(reads); // nothing was read whole
    expect(watched.reflector.metrics.source).toBe("table");
  });

  test("keeps the same set as the full source, whatever changes and however often the connection is cut", async () => {
    const table = watchOf(through, TABLE);
    const full = watchOf(client, { needles: NEEDLES });
    const images = [FLUXD, SOURCE, "nginx:1", "busybox"];
    let seed = 20261123;
    const pick = <T>(from: readonly T[]): T => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const picked = from[Math.floor((seed / 2147483648) * from.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    };
    for (let step = 0; step < 250; step += 1) {
      const path = `${deploymentsPath(pick(["default", "other"]))}`;
      const name = pick(CHURNED);
      const namespace = path.split("/")[5] ?? "default";
      const image = pick(images);
      const patch = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: image }];
      await pick([
        () => cp.request("POST", path, deployment(name, image, namespace)),
        () => cp.request("DELETE", `${path}/${name}`),
        () => cp.request("PATCH", `${path}/${name}`, patch, "application/json-patch+json"),
        () => cp.request("PATCH", `${path}/${name}`, patch, "application/json-patch+json"),
      ])();
      if (step % 40 === 39) proxy.cut();
      if (step % 50 !== 49) continue;
      const fresh = (await freshSet(cp)).toSorted();
      await eventually(table.items, fresh);
      await eventually(full.items, fresh);
    }
    expect(table.reflector.metrics.source).toBe("table");
    expect(table.reflector.metrics.restarts.Cut ?? 0).toBeGreaterThan(1);
  });

  test("reads a workload that flaps no more often than the limit, and ends with its last state", async () => {
    const watched = watchOf(client, TABLE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    const { reads } = watched.reflector.metrics;
    const start = performance.now();
    for (let change = 0; change < 300; change += 1) await setImage(cp, "fluxd", `docker.io/fluxcd/flux:1.${change}.0`);
    const seconds = (performance.now() - start) / 1000;
    await eventually(watched.items, ["default/fluxd docker.io/fluxcd/flux:1.299.0"]);
    expect(watched.reflector.metrics.reads - reads).toBeLessThan(40 + 20 * (seconds + 2));
    expect(watched.reflector.metrics.source).toBe("table");
  });

  const faults: { what: string; fault: (url: URL) => Fault | undefined; why: RegExp }[] = [
    { what: "a server that knows no Tables", fault: (url) => (wantsTable(url) ? { answer: { status: 406 } } : undefined), why: /406/ },
    {
      what: "an object that breaks the Table of all",
      fault: (url) => (wantsTable(url) ? { answer: { status: 500 } } : undefined),
      why: /500/,
    },
    {
      what: "a proxy that leaves the column out",
      fault: (url) => (wantsTable(url) ? { garble: (text) => text.replace('"name":"Images"', '"name":"Pictures"') } : undefined),
      why: /the Table has no column Images; it has Name, Ready/,
    },
    {
      what: "a column that means something else",
      fault: (url) => (wantsTable(url) ? { garble: (text) => text.replaceAll("docker.io/fluxcd/", "mirror.local/fluxcd/") } : undefined),
      why: /the column Images does not hold what it should/,
    },
    {
      // With nothing to read whole, it would never be noticed: so a few rows are compared that are not ours.
      what: "a column in which nothing is ours",
      fault: (url) =>
        wantsTable(url) ? { garble: (text) => text.replaceAll(/nginx:1|docker\.io\/fluxcd\/flux:[\d.]+/g, "hidden:1") } : undefined,
      why: /the column Images does not hold what it should/,
    },
    {
      what: "a proxy that answers with a list of objects",
      fault: (url) =>
        wantsTable(url)
          ? { garble: (text) => text.replace('"kind":"Table"', '"kind":"DeploymentList"').replace('"rows":', '"items":') }
          : undefined,
      why: /answered with a list|no Table/,
    },
  ];

  test.each(faults)("falls back to whole objects for $what, says so once, and keeps the same set", async ({ fault, why }) => {
    proxy.fault = (_, url) => fault(url);
    const watched = watchOf(through, TABLE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    expect(watched.reflector.metrics.source).toBe("full");
    const said = watched.lines.filter(({ sentence }) => sentence === "objects are read whole from now on");
    expect(said).toHaveLength(1);
    expect(String(said[0]?.fields.why)).toMatch(why);
    await deploy(cp, "helm-operator", "docker.io/fluxcd/helm-operator:1.4.4");
    await eventually(() => watched.items().length, 2);
    await remove(cp, `${deploymentsPath()}/helm-operator`);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
  });

  test("a Table that breaks while it is watched is no reason to lose anything", async () => {
    const watched = watchOf(through, TABLE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    expect(watched.reflector.metrics.source).toBe("table");
    proxy.fault = (_, url) =>
      wantsTable(url) && url.searchParams.has("watch") ? { garble: (text) => text.replaceAll('"cells":', '"sells":') } : undefined;
    proxy.cut();
    await deploy(cp, "helm-operator", "docker.io/fluxcd/helm-operator:1.4.4");
    await eventually(() => watched.items().length, 2);
    expect(watched.reflector.metrics.source).toBe("full");
    for (const { items } of watched.shown) expect(items).toContain(`default/fluxd ${FLUXD}`);
    await remove(cp, `${deploymentsPath()}/helm-operator`);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
  });

  test("trouble with the server is no reason to read more: an outage leaves the source as it is", async () => {
    const watched = watchOf(through, TABLE);
    await eventually(watched.items, [`default/fluxd ${FLUXD}`]);
    proxy.fault = () => ({ answer: { status: 500 } });
    watched.reflector.relist();
    await eventually(() => (watched.reflector.metrics.restarts.ServerError ?? 0) > 1, true);
    proxy.fault = () => undefined;
    await deploy(cp, "helm-operator", "docker.io/fluxcd/helm-operator:1.4.4");
    await eventually(() => watched.items().length, 2);
    expect(watched.reflector.metrics.source).toBe("table");
    await remove(cp, `${deploymentsPath()}/helm-operator`);
  });

  test("more names than are worth reading one by one are read whole at once", async () => {
    for (let count = 0; count < 210; count += 1) await deploy(cp, `flux-${count}`, FLUXD, "other");
    const watched = watchOf(client, TABLE);
    await eventually(() => watched.items().length, 211);
    expect(watched.reflector.metrics.source).toBe("full");
  });
});

/** What a plain list holds, judged as the reflectors judge. */
async function freshSet(cp: ControlPlane): Promise<string[]> {
  const { body } = await cp.request("GET", "/apis/apps/v1/deployments");
  const items = typeof body === "object" && body !== null && "items" in body && Array.isArray(body.items) ? body.items : [];
  return items.flatMap((item: unknown) => harness.fluxImageOf(item) ?? []);
}
