/** Single objects on a real API server: applies and their refusals, reads, counts, Events, and the credentials that all of it needs. */
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { applyObject, applyStatus, createObject, getObject, replaceStatus } from "../../../src/kube/apply.ts";
import { createClient, type KubeClient } from "../../../src/kube/client.ts";
import { countObjects } from "../../../src/kube/count.ts";
import { clusterUid, serverVersion } from "../../../src/kube/discovery.ts";
import { Conflict, StatusError, TooLarge } from "../../../src/kube/errors.ts";
import { createEventRecorder } from "../../../src/kube/events.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { describeOnControlPlane, kubernetes } from "../../control-plane/suite.ts";
import { OPERATOR_USER } from "../../control-plane/users.ts";
import * as harness from "./harness.ts";

const REPORTS = { group: "example.com", version: "v1", plural: "reports" };
const MANAGER = "flux-migration-operator";
const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "reports.example.com" },
  spec: {
    group: "example.com",
    scope: "Cluster",
    names: { plural: "reports", singular: "report", kind: "Report", listKind: "ReportList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

const body = (name: string, status?: unknown) => ({
  apiVersion: "example.com/v1",
  kind: "Report",
  metadata: { name },
  ...(status ? { status } : {}),
});
const version = (object: unknown) =>
  z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) }).parse(object).metadata.resourceVersion;
const status = (object: unknown) => z.looseObject({ status: z.unknown() }).parse(object).status;

const sourceOf = (file: string) => new URL(`../../../src/kube/${file}`, import.meta.url).href;

async function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describeOnControlPlane("single objects", (get) => {
  let cp: ControlPlane;
  let client: KubeClient;
  harness.noUnhandledRejections();
  beforeAll(async () => {
    cp = get();
    client = await harness.clientFor(cp);
    await harness.create(cp, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
    await harness.eventually(async () => (await cp.request("GET", "/apis/example.com/v1/reports")).status, 200);
    await harness.eventually(
      async () => (await createObject(client, { resource: REPORTS, name: "first" }, body("first"), MANAGER).catch(() => ({ at: "" }))).at,
      "AlreadyExists",
    );
  });
  afterAll(() => client.close());

  const apply = (name: string, wanted: unknown, resourceVersion: string) =>
    applyStatus(client, { resource: REPORTS, name, fieldManager: MANAGER, body: body(name, wanted), resourceVersion });
  const read = (name: string) => getObject(client, { resource: REPORTS, name }, (object) => object);
  /** A new object, in which somebody else wrote a status before we apply ours. */
  const appliedOver = async (name: string, theirs: object, ours: object) => {
    await createObject(client, { resource: REPORTS, name }, body(name), MANAGER);
    const path = `/apis/example.com/v1/reports/${name}/status`;
    expect((await cp.request("PATCH", path, { status: theirs }, "application/merge-patch+json")).status).toBe(200);
    const now = await read(name);
    return apply(name, ours, version(now.at === "Found" && now.value));
  };

  test("a status is written over its present version, and over no other", async () => {
    const created = await createObject(client, { resource: REPORTS, name: "fenced" }, body("fenced"), MANAGER);
    const first = version(created.at === "Created" ? created.value : undefined);
    const written = await apply("fenced", { phase: "Archived" }, first);
    expect(written.resourceVersion).not.toBe(first);
    expect(status(written.object)).toEqual({ phase: "Archived" });
    const late = await thrown(apply("fenced", { phase: "Maintenance" }, first));
    expect(late).toBeInstanceOf(Conflict);
    expect(late instanceof Conflict && late.cause).toBeInstanceOf(StatusError);
    expect(await read("fenced")).toMatchObject({ at: "Found", value: { status: { phase: "Archived" } } });
    expect((await apply("fenced", { phase: "Archived" }, written.resourceVersion)).resourceVersion).toBe(written.resourceVersion); // no difference, no write
  });

  test("a status that somebody else took is taken back", async () => {
    const taken = await appliedOver("taken", { phase: "Mine" }, { phase: "Archived" });
    expect(status(taken.object)).toEqual({ phase: "Archived" });
  });

  test("what an apply leaves to who owns it goes where the status is replaced whole, and over no other version", async () => {
    const applied = await appliedOver("replaced", { theirs: "x" }, { phase: "Archived" });
    expect(status(applied.object)).toEqual({ phase: "Archived", theirs: "x" });
    const replace = (resourceVersion: string) =>
      replaceStatus(client, { resource: REPORTS, name: "replaced", fieldManager: MANAGER, resourceVersion, status: { phase: "Archived" } });
    const replaced = await replace(applied.resourceVersion);
    expect(status(replaced.object)).toEqual({ phase: "Archived" });
    expect(await thrown(replace(applied.resourceVersion))).toBeInstanceOf(Conflict);
    // The server of the floor writes the second into managedFields, also where nothing else differs.
    if (kubernetes === "Newest") expect((await replace(replaced.resourceVersion)).resourceVersion).toBe(replaced.resourceVersion);
  });

  test("what the server cannot store is told apart from what can be tried again", async () => {
    await createObject(client, { resource: REPORTS, name: "large" }, body("large"), MANAGER);
    const found = await read("large");
    const at = version(found.at === "Found" && found.value);
    for (const bytes of [1_700_000, 4_000_000]) {
      expect(await thrown(apply("large", { text: "x".repeat(bytes) }, at))).toBeInstanceOf(TooLarge);
    }
  });

  test("an object is applied, created once, and found or absent", async () => {
    const applied = await applyObject(client, { resource: REPORTS, name: "second", fieldManager: MANAGER, body: body("second") });
    expect(applied.resourceVersion).toMatch(/^\d+$/);
    expect(await createObject(client, { resource: REPORTS, name: "second" }, body("second"), MANAGER)).toEqual({ at: "AlreadyExists" });
    expect(await read("third")).toEqual({ at: "Absent" });
    expect(await getObject(client, { resource: { ...REPORTS, plural: "nothings" }, name: "x" }, (object) => object)).toEqual({
      at: "Absent",
    });
    const unread = await getObject(client, { resource: REPORTS, name: "second" }, () => {
      throw new Error("no such form");
    });
    expect(unread).toEqual({ at: "Unreadable", why: "no such form" });
  });

  test("who may not look is told so, and does not take it for absence", async () => {
    const operator = await harness.clientFor(cp, "operator");
    const why = expect.stringContaining(OPERATOR_USER);
    expect(await getObject(operator, { resource: REPORTS, name: "first" }, (object) => object)).toEqual({ at: "Unreadable", why });
    expect(await countObjects(operator, REPORTS)).toEqual({ at: "Forbidden", why });
    expect(await clusterUid(operator)).toEqual({ at: "Unreadable", why });
    operator.close();
  });

  test("objects are counted with one request", async () => {
    await harness.create(cp, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "counted" } });
    const { items } = z.looseObject({ items: z.array(z.unknown()) }).parse((await cp.request("GET", "/api/v1/namespaces")).body);
    expect(await countObjects(client, harness.NAMESPACES)).toEqual({ at: "Found", value: items.length });
    expect(await countObjects(client, { group: "apps", version: "v1", plural: "daemonsets" })).toEqual({ at: "Found", value: 0 });
    expect(await countObjects(client, { ...REPORTS, group: "gone.example.com" })).toEqual({ at: "Absent" });
    const asked = (await cp.audit()).filter(
      ({ resource, verb, userAgent }) => resource === "daemonsets" && verb === "list" && userAgent.startsWith(MANAGER),
    );
    expect(asked).toHaveLength(1);
  });

  test("the cluster says which it is, and what it runs", async () => {
    const { body: namespace } = await cp.request("GET", "/api/v1/namespaces/kube-system");
    const { uid } = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) }).parse(namespace).metadata;
    expect(await clusterUid(client)).toEqual({ at: "Found", value: uid });
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(cp.version) ?? [];
    expect(await serverVersion(client)).toEqual({
      at: "Found",
      value: { gitVersion: cp.version, major: Number(major), minor: Number(minor) },
    });
  });

  test("an Event about a cluster-scoped object stands where kubectl describe looks, once", async () => {
    const { log, lines } = harness.recordingLog();
    const found = await read("first");
    const { uid } = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) }).parse(found.at === "Found" && found.value).metadata;
    const about = { apiVersion: "example.com/v1", kind: "Report", name: "first", uid };
    const recorder = () =>
      createEventRecorder({ client, log, clock: () => new Date("2026-01-02T03:04:05.678Z"), component: MANAGER, instance: "pod-1" });
    const one = recorder();
    const long = { about, type: "Warning" as const, reason: "PhaseChanged", message: `é${"ü".repeat(1000)}`, transition: "2026-01-02" };
    one.post(long);
    one.post(long);
    one.post({ ...long, message: "fluxd is gone", type: "Normal", reason: "Removed" });
    await one.stop();
    const other = recorder(); // another replica, or the same after a restart
    other.post(long);
    await other.stop();
    // As kubectl asks: k8s.io/client-go, kubernetes/typed/core/v1/event_expansion.go, Search
    const selector = `involvedObject.name=first,involvedObject.kind=Report,involvedObject.uid=${uid}`;
    const { body: list } = await cp.request("GET", `/api/v1/events?fieldSelector=${encodeURIComponent(selector)}`);
    const event = z.looseObject({
      metadata: z.looseObject({ namespace: z.string() }),
      reason: z.string(),
      type: z.string(),
      message: z.string(),
      reportingComponent: z.string(),
      firstTimestamp: z.string(),
    });
    const { items } = z.looseObject({ items: z.array(event) }).parse(list);
    expect(items.map(({ metadata, type, reason }) => [metadata.namespace, type, reason]).sort()).toEqual([
      ["default", "Normal", "Removed"],
      ["default", "Warning", "PhaseChanged"],
    ]);
    const cut = items.find(({ reason }) => reason === "PhaseChanged");
    expect(cut).toMatchObject({ reportingComponent: MANAGER, firstTimestamp: "2026-01-02T03:04:05Z" });
    expect(Buffer.byteLength(cut?.message ?? "")).toBeLessThanOrEqual(1024);
    expect(cut?.message).toMatch(/^éü+\.\.\.$/);
    expect(lines).toEqual([]);
  });

  test("an Event that cannot be posted is one line of the log, and stops nobody", async () => {
    const operator = await harness.clientFor(cp, "operator");
    const { log, lines } = harness.recordingLog();
    const recorder = createEventRecorder({ client: operator, log, clock: () => new Date(), component: MANAGER, instance: "pod-1" });
    const about = { apiVersion: "example.com/v1", kind: "Report", name: "first", uid: "1" };
    for (const transition of ["a", "b", "c"]) recorder.post({ about, type: "Normal", reason: "Removed", message: "gone", transition });
    await recorder.stop();
    expect(lines.map(({ level, sentence }) => [level, sentence])).toEqual([["warn", "an Event could not be posted"]]);
    operator.close();
  });

  const at = (name: string) => join(cp.folder, name);

  /** Writes a kubeconfig whose authority and token are files beside it, as a pod's are. */
  async function onDisk(): Promise<{ token: string }> {
    const config = z
      .object({
        clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), "certificate-authority-data": z.string() }) })]),
        users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
      })
      .parse(load(await readFile(cp.kubeconfig, "utf8")));
    const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
    const { token } = config.users[0].user;
    await writeFile(at("ca.crt"), Buffer.from(authority, "base64"));
    await writeFile(at("token"), `${token}\n`);
    await writeFile(
      at("rotated.yaml"),
      JSON.stringify({
        clusters: [{ name: "a", cluster: { server, "certificate-authority": "ca.crt" } }],
        users: [{ name: "a", user: { tokenFile: "token" } }],
        contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
        "current-context": "a",
      }),
    );
    return { token };
  }

  test("a rotated token is read at the first refusal, and a certificate file that is gone for an instant does no harm", async () => {
    const { token } = await onDisk();
    await writeFile(at("token"), "outdated\n");
    const own = createClient(loadCluster({ kubeconfig: at("rotated.yaml") }), { version: "0.0.0" });
    await expect(own.json({ path: "/api/v1/namespaces" })).rejects.toThrow("GET /api/v1/namespaces: 401 Unauthorized");
    await writeFile(at("token"), `${token}\n`);
    await own.json({ path: "/api/v1/namespaces" });
    await rm(at("ca.crt"));
    await own.json({ path: "/api/v1/namespaces" });
    own.close();
    const fresh = createClient(loadCluster({ kubeconfig: at("rotated.yaml") }), { version: "0.0.0" });
    await expect(fresh.json({ path: "/version" })).rejects.toThrow("a: no credentials: ENOENT");
    fresh.close();
  });

  test("an authority that was rotated is read from its file, and a watch goes on where it was, without a restart", async () => {
    await onDisk();
    const client = createClient(loadCluster({ kubeconfig: at("rotated.yaml") }), { version: "0.0.0" });
    await harness.deploy(cp, "before", "docker.io/fluxcd/flux:1.25.4");
    const watched = harness.watchOf(client);
    const before = "default/before docker.io/fluxcd/flux:1.25.4";
    await harness.eventually(watched.items, [before]);
    const authority = await cp.rotateAuthority();
    await harness.deploy(cp, "after", "docker.io/fluxcd/flux:1.25.3");
    // Whoever answers with a certificate of another authority is a stranger as long as the file does not name it.
    const strange = () => watched.lines.some(({ fields }) => String(fields.error).includes("certificate"));
    await harness.eventually(strange, true);
    expect([watched.reflector.state().at, watched.items()]).toEqual(["Synced", [before]]);
    await writeFile(at("ca.crt"), authority);
    await harness.eventually(watched.items, ["default/after docker.io/fluxcd/flux:1.25.3", before]);
    expect(watched.shown.every(({ items }) => items.includes(before))).toBe(true);
    await harness.stopAll();
    client.close();
  });

  test("a server that is not the one of the kubeconfig's authority is not talked to, whatever the environment says", async () => {
    const text = await readFile(cp.kubeconfig, "utf8");
    const file = join(cp.folder, "stranger.yaml");
    await writeFile(file, text.replace(/certificate-authority-data: .*/, ""));
    const ask = `
      import { createClient } from ${JSON.stringify(sourceOf("client.ts"))};
      import { loadCluster } from ${JSON.stringify(sourceOf("kubeconfig.ts"))};
      const client = createClient(loadCluster({ kubeconfig: ${JSON.stringify(file)} }), { version: "0.0.0" });
      console.log(await client.json({ path: "/version" }).then(() => "talked", (error) => error.message));`;
    // In a process of its own: jest hands its tests a copy of the environment, which Node's TLS does not see.
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", ask], { env });
    expect(stdout).toMatch(/^GET \/version: .*certificate/);
  });
});
