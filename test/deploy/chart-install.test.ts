/**
 * The chart on a real API server: what helm and kubectl make of it there, through install, upgrade and uninstall. There are no nodes, so
 * no pod runs: that the operator works with these objects, test/integration says.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Manifest } from "../control-plane/manifests.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { eventually } from "../integration/operator/operator-fixture.ts";
import { describeWithTools } from "../tools/suite.ts";
import { CHART, NAMESPACE, NEWEST, only, type Ran, RELEASE, render, run } from "./chart.ts";
import { CASES, EVERYTHING } from "./chart-cases.ts";
import { podSpecs } from "./chart-objects.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const STATUS_CRD = `${CRDS}/migrationstatuses.flux-migration.dev`;
const STATUSES = "/apis/flux-migration.dev/v1alpha1/migrationstatuses";
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${RELEASE}`;

/** Their CRDs are those of the Prometheus operator, which this API server does not have: chart-monitoring.test.ts looks at their shape. */
const FOREIGN = ["ServiceMonitor", "PrometheusRule"];
const Crd = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({ versions: z.array(z.looseObject({ additionalPrinterColumns: z.array(z.looseObject({ name: z.string() })) })) }),
  status: z.looseObject({ storedVersions: z.array(z.string()) }),
});

const Pod = z.looseObject({
  metadata: z.looseObject({ uid: z.string() }),
  spec: z.looseObject({ containers: z.array(z.looseObject({ args: z.array(z.string()) })) }),
});

await describeWithTools(["helm", "kubectl"], "the chart on a cluster", ({ helm, kubectl }) => {
  describeOnControlPlane("of the newest Kubernetes", (get) => {
    let folder = "";
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "chart-"));
    });
    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    const env = () => ({
      KUBECONFIG: get().kubeconfig,
      HOME: folder,
      PATH: [dirname(helm), dirname(kubectl), "/usr/bin", "/bin"].join(delimiter),
    });
    const shell = (command: string) => run("sh", ["-c", command], { env: env(), cwd: PROJECT });
    const inNamespace = (args: readonly string[]) => [...args, "--namespace", NAMESPACE];
    const withHelm = (args: readonly string[], values: object = {}) =>
      run(helm, inNamespace([...args, "--values", "-"]), { env: env(), input: JSON.stringify(values) });
    const install = (values: object = {}, chart = CHART, ...more: string[]) =>
      withHelm(["install", RELEASE, chart, "--create-namespace", ...more], values);
    const upgrade = (values: object = {}, chart = CHART, ...more: string[]) => withHelm(["upgrade", RELEASE, chart, ...more], values);
    const apply = (objects: unknown, ...more: string[]) =>
      run(kubectl, ["apply", "--server-side", "--validate=strict", ...more, "-f", "-"], { env: env(), input: JSON.stringify(objects) });
    const statusOf = async (path: string) => (await get().request("GET", path)).status;
    const crd = async () => Crd.parse((await get().request("GET", STATUS_CRD)).body);

    afterEach(async () => {
      await run(helm, inNamespace(["uninstall", RELEASE, "--ignore-not-found"]), { env: env() });
      await removeCrds(get());
    });

    test("every object is taken as it is, without an unknown field, whatever the values", async () => {
      await run(kubectl, ["create", "namespace", NAMESPACE], { env: env() });
      expect(
        await apply({ apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "leases" } }] }),
      ).toMatchObject({ code: 0 });
      expect((await shell("kubectl apply --server-side --filename crds/crds.yaml")).code).toBe(0);
      await served(get(), 200);
      const items = await renderCases(helm);
      expect(items.length).toBeGreaterThan(200);
      expect(await apply({ apiVersion: "v1", kind: "List", items }, "--dry-run=server", "--force-conflicts")).toMatchObject({
        stderr: "",
        code: 0,
      });
      const misspelt = await apply({ ...only(await render(helm), "Service"), specs: {} }, "--dry-run=server");
      expect(misspelt.stderr).toContain(".specs: field not declared in schema");
    });

    test("Pod Security restricted takes the pods, and no pod without one of their fields", async () => {
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "secured", labels } });
      const take = (spec: object) =>
        apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "operator", namespace: "secured" }, spec }, "--dry-run=server");
      for (const values of [{}, EVERYTHING.values]) {
        for (const spec of podSpecs(await render(helm, { ...EVERYTHING, values }))) {
          expect(await take({ ...spec, priorityClassName: "" })).toMatchObject({ stderr: "", code: 0 });
        }
      }
      const weaker: readonly [object, string][] = [
        [{ podSecurityContext: { runAsNonRoot: false } }, "runAsNonRoot"],
        [{ podSecurityContext: { seccompProfile: null } }, "seccompProfile"],
        [{ securityContext: { allowPrivilegeEscalation: true } }, "allowPrivilegeEscalation"],
        [{ securityContext: { capabilities: null } }, "capabilities"],
      ];
      for (const [values, field] of weaker) {
        const [spec] = podSpecs(await render(helm, { values }));
        const refused = await take(spec ?? {});
        expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(new RegExp(`violates PodSecurity.*${field}`))]);
      }
    });

    test("install, one replica to two and back, uninstall: CRDs and statuses stay, all else goes", async () => {
      expect(await install()).toMatchObject({ code: 0, stdout: expect.stringContaining("kubectl get migrationstatus") });
      await served(get(), 200);
      expect(await statusOf(DEPLOYMENT)).toBe(200);
      await create(get(), { metadata: { name: "cluster" }, spec: { suspend: true } });
      const { uid } = (await crd()).metadata;

      expect(await upgrade({ replicas: 2 })).toMatchObject({ code: 0 });
      expect(await strategyOf(get())).toBe("RollingUpdate");
      const leaseRole = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles/${RELEASE}`;
      expect(await statusOf(leaseRole)).toBe(200);
      expect(await upgrade({ replicas: 1 })).toMatchObject({ code: 0 });
      expect(await strategyOf(get())).toBe("Recreate");
      expect(await statusOf(leaseRole)).toBe(404);

      expect((await run(helm, inNamespace(["uninstall", RELEASE]), { env: env() })).code).toBe(0);
      expect((await crd()).metadata.uid).toBe(uid);
      expect(await statusOf(`${STATUSES}/cluster`)).toBe(200);
      expect(await leftOf(shell)).toEqual([
        "customresourcedefinition.apiextensions.k8s.io/migrationstatuses.flux-migration.dev",
        "customresourcedefinition.apiextensions.k8s.io/migrationtimetables.flux-migration.dev",
        "migrationstatus.flux-migration.dev/cluster",
      ]);
      // What is left of a release is taken up by one of the same name, without a word.
      expect(await install()).toMatchObject({ code: 0 });
      expect((await crd()).metadata.uid).toBe(uid);
    });

    test("with crds.keep=false the CRDs go with the release, and what is of them", async () => {
      expect(await install({ crds: { keep: false } })).toMatchObject({ code: 0, stdout: expect.stringContaining("crds.keep is false") });
      await served(get(), 200);
      await create(get(), { metadata: { name: "cluster" } });
      expect((await run(helm, inNamespace(["uninstall", RELEASE]), { env: env() })).code).toBe(0);
      await served(get(), 404);
      expect(await leftOf(shell)).toEqual([]);
    });

    test("CRDs stay where a release that made them no longer has them", async () => {
      expect((await install()).code).toBe(0);
      expect(await upgrade({ crds: { enabled: false } })).toMatchObject({ code: 0 });
      expect(await statusOf(STATUS_CRD)).toBe(200);
    });

    test("an upgrade brings the CRDs of the newer chart, and a rollback those of the older", async () => {
      const older = join(folder, "older");
      cpSync(CHART, older, { recursive: true });
      writeFileSync(join(older, "files/crds.yaml"), olderCrds());
      writeFileSync(join(older, "Chart.yaml"), readFileSync(join(older, "Chart.yaml"), "utf8").replace(/^version: .*$/m, "version: 0.0.1"));

      expect((await install({}, older)).code).toBe(0);
      await served(get(), 200);
      expect(columnsOf(await crd())).not.toContain("Helm-Op");
      await create(get(), { metadata: { name: "cluster" }, spec: { suspend: true } });
      const { uid } = (await crd()).metadata;
      expect(await upgrade()).toMatchObject({ code: 0 });
      expect(columnsOf(await crd())).toContain("Helm-Op");
      expect(await crd()).toMatchObject({ metadata: { uid }, status: { storedVersions: ["v1alpha1"] } });
      expect((await get().request("GET", `${STATUSES}/cluster`)).body).toMatchObject({ spec: { suspend: true } });
      expect((await run(helm, inNamespace(["rollback", RELEASE, "1"]), { env: env() })).code).toBe(0);
      expect(columnsOf(await crd())).not.toContain("Helm-Op");
    });

    test("CRDs that this release did not make are refused, and with --take-ownership taken and brought up to date", async () => {
      expect((await run(kubectl, ["apply", "--server-side", "-f", "-"], { env: env(), input: olderCrds() })).code).toBe(0);
      await served(get(), 200);
      const { uid } = (await crd()).metadata;
      expect(await install()).toMatchObject({ code: 1, stderr: expect.stringContaining("invalid ownership metadata") });
      expect(await install({}, CHART, "--take-ownership")).toMatchObject({ code: 0 });
      expect(await crd()).toMatchObject({ metadata: { uid, labels: { "app.kubernetes.io/managed-by": "Helm" } } });
      expect(columnsOf(await crd())).toContain("Helm-Op");
    });

    test("a release makes the MigrationStatus once the CRDs are there, changes it, and takes it away; one of the operator it leaves alone", async () => {
      const withSpec = (spec: object) => ({ migrationStatus: { create: true, spec } });
      const spec = async () => z.looseObject({ spec: z.unknown() }).parse((await get().request("GET", `${STATUSES}/cluster`)).body).spec;
      expect(await install(withSpec({ suspend: true }))).toMatchObject({ code: 1, stderr: expect.stringContaining("the CRDs come first") });
      expect(await install({ replicas: 0 })).toMatchObject({ code: 0 });
      await served(get(), 200);
      expect(await upgrade(withSpec({ suspend: true }))).toMatchObject({ code: 0 });
      expect(await spec()).toEqual({ suspend: true });
      expect(await upgrade(withSpec({ timetableRef: { name: "ours" } }))).toMatchObject({ code: 0 });
      expect(await spec()).toEqual({ timetableRef: { name: "ours" } });
      expect(await upgrade({}, CHART, "--reset-values")).toMatchObject({ code: 0 });
      expect(await statusOf(`${STATUSES}/cluster`)).toBe(404);
      await create(get(), { metadata: { name: "cluster" }, spec: { suspend: true } });
      expect(await upgrade(withSpec({}))).toMatchObject({ code: 1, stderr: expect.stringContaining("set its spec with kubectl") });
      expect(await spec()).toEqual({ suspend: true });
    });

    test("helm test makes its pod and ends with it: here its end is played, as there are no nodes to run it on", async () => {
      expect((await install()).code).toBe(0);
      const pod = `/api/v1/namespaces/${NAMESPACE}/pods/${RELEASE}-check`;
      const play = async (phase: string, before?: string) => {
        const tested = run(helm, inNamespace(["test", RELEASE, "--timeout", "20s"]), { env: env() });
        const made = await eventually(
          async () => Pod.safeParse((await get().request("GET", pod)).body).data,
          (found) => expect([found?.metadata.uid === before, found?.spec.containers[0]?.args]).toEqual([false, ["check"]]),
        );
        await get().request("PATCH", `${pod}/status`, { status: { phase } }, "application/merge-patch+json");
        return { ran: await tested, uid: made?.metadata.uid };
      };
      const failed = await play("Failed");
      expect(failed.ran.code).toBe(1);
      const passed = await play("Succeeded", failed.uid);
      expect(passed.ran).toMatchObject({ code: 0, stdout: expect.stringContaining("Succeeded") });
      expect(await statusOf(pod)).toBe(404);
    });

    test("the commands of the chart's README work, one after the other", async () => {
      const readme = readFileSync(join(CHART, "README.md"), "utf8");
      const commands = (readme.match(/^ {4}(helm|kubectl) .*$/gm) ?? []).map((line) => line.trim());
      expect(commands.length).toBeGreaterThan(6);
      for (const command of commands.filter((line) => !line.startsWith("helm test "))) {
        expect([command, await shell(command)]).toEqual([command, expect.objectContaining({ code: 0 })]);
        await eventually(
          () => statusOf(STATUSES),
          (status) => expect(status).toBe(command.startsWith("kubectl delete crd") ? 404 : 200),
        );
      }
      expect(await leftOf(shell)).toEqual([]);
    });
  });
});

/** Our CRDs as an older release could have had them: without one column. */
function olderCrds(): string {
  const text = readFileSync(join(CHART, "files/crds.yaml"), "utf8");
  const older = text.replace(/ {8}- name: Helm-Op\n( {10}.*\n)+/, "");
  expect(older.length).toBeLessThan(text.length);
  return older;
}

function columnsOf({ spec }: z.infer<typeof Crd>): string[] {
  return spec.versions.flatMap(({ additionalPrinterColumns }) => additionalPrinterColumns.map(({ name }) => name));
}

/** The objects of all cases, as far as this API server knows their kinds. */
async function renderCases(helm: string): Promise<Manifest[]> {
  const cases = CASES.filter(({ rendering }) => rendering.kubeVersion === undefined || rendering.kubeVersion === NEWEST);
  const objects = [];
  for (const { rendering } of cases) objects.push(...(await render(helm, rendering)));
  return objects.filter(({ kind }) => !FOREIGN.includes(kind));
}

/** A CRD is served, or no longer, a moment after it was made or deleted. */
async function served(controlPlane: ControlPlane, status: 200 | 404): Promise<void> {
  await eventually(
    async () => (await controlPlane.request("GET", STATUSES)).status,
    (found) => expect(found).toBe(status),
  );
}

async function removeCrds(controlPlane: ControlPlane): Promise<void> {
  for (const name of ["migrationstatuses", "migrationtimetables"])
    await controlPlane.request("DELETE", `${CRDS}/${name}.flux-migration.dev`);
  await served(controlPlane, 404);
}

async function create(controlPlane: ControlPlane, object: object): Promise<void> {
  const body = { apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", ...object };
  await eventually(
    async () => (await controlPlane.request("POST", STATUSES, body)).status,
    (status) => expect(status).toBe(201),
  );
}

async function strategyOf(controlPlane: ControlPlane): Promise<string> {
  const { body } = await controlPlane.request("GET", DEPLOYMENT);
  return z.looseObject({ spec: z.looseObject({ strategy: z.looseObject({ type: z.string() }) }) }).parse(body).spec.strategy.type;
}

/** All that bears our label, wherever it is. */
async function leftOf(shell: (command: string) => Promise<Ran>): Promise<string[]> {
  const kinds =
    "clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,services,deployments,configmaps,secrets,pods,networkpolicies,poddisruptionbudgets,customresourcedefinitions";
  const ours = "--selector app.kubernetes.io/part-of=flux-migration-operator --output name --all-namespaces";
  const { stdout } = await shell(`kubectl get ${kinds} ${ours} && kubectl get migrationstatuses --output name`);
  return stdout.split("\n").filter((line) => line !== "");
}
