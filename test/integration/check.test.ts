/** `flux-migration check` as a person, a pod and a script run it, on a real API server in each state that it tells apart. */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { dump, load, loadAll } from "js-yaml";
import * as z from "zod";
import { type CheckOptions, check } from "../../src/check/check.ts";
import { findingsJson } from "../../src/check/print-findings.ts";
import { VERSION } from "../../src/cli/version.ts";
import { builtInData, DEFAULT_EDITION } from "../../src/data/built-in-data.ts";
import { loadData } from "../../src/data/load.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { crdFile, publishedCrds } from "../../src/operator/install-crds.ts";
import { LEASE_NAME } from "../../src/operator/permissions.ts";
import { applyManifests, setReplicas } from "../control-plane/apply.ts";
import { describeOnControlPlane, kubernetes } from "../control-plane/suite.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";
import { fluxd } from "../unit/assess/subject-builder.ts";
import { CRDS } from "./operator/manifests.ts";
import { eventually, OperatorFixture, SINGLETON } from "./operator/operator-fixture.ts";
import { useProgram } from "./program.ts";

const STATUS_CRD = "migrationstatuses.flux-migration.dev";
const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/flux-migration-operator";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/flux-migration/leases";

const Report = z.strictObject({
  version: z.string(),
  result: z.string(),
  checks: z.array(
    z.strictObject({ section: z.string(), level: z.string(), at: z.string(), found: z.string(), next: z.string().optional() }),
  ),
});
type Report = z.infer<typeof Report>;

const Rules = z.array(z.looseObject({ resources: z.array(z.string()).optional(), verbs: z.array(z.string()) }));
const Kubeconfig = z.looseObject({ users: z.array(z.looseObject({ user: z.looseObject({ token: z.string() }) })) });
const Shown = z.looseObject({ status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string() })) }) });

const ELSEWHERE =
  "Warning Deployment of the operator: none has the label app.kubernetes.io/name=flux-migration-operator: the operator runs elsewhere, or not at all";

/** Who asks, in the words of check: before SelfSubjectReview (1.28), a server did not tell. */
const called = (user: string) => (kubernetes === "Newest" ? user : "this account");

describeOnControlPlane("flux-migration check", (get) => {
  const fixture = new OperatorFixture(get);
  const program = useProgram();
  /** As a person runs it. */
  const run = (...args: string[]) => program.run(["check", "--kubeconfig", get().kubeconfig, ...args]);

  /** The same without a process of its own, which takes many times as long. */
  async function look(options: Partial<CheckOptions> = {}, kubeconfig = get().kubeconfig): Promise<Report> {
    const client = createClient(loadCluster({ kubeconfig }), { version: VERSION });
    const clock = () => new Date();
    const defaults = { edition: DEFAULT_EDITION, programVersion: VERSION, clock, pre: false, leaderElection: false, leaseName: LEASE_NAME };
    try {
      return readReport(findingsJson(VERSION, await check({ client, loadData, ...defaults, ...options })));
    } finally {
      client.close();
    }
  }

  const readReport = (json: string) => Report.parse(JSON.parse(json));

  /** `level at: found`, of those that are neither good nor skipped. */
  const wrong = ({ checks }: Report) =>
    checks
      .filter(({ level }) => level !== "Good" && level !== "Skipped")
      .map(({ level, at, found }) => `${level} ${at}: ${found}`)
      .filter((line) => !line.startsWith("Warning release data")); // on the day on which they are too old

  describe("before an installation", () => {
    test("--pre is content, and asks the server for nothing that is not there yet", async () => {
      const { code, out, err } = await run("--pre", "-o", "json");
      const found = readReport(out);
      expect([code, err, wrong(found)]).toEqual([0, "", []]);
      expect([...new Set(found.checks.map(({ section }) => section))]).toEqual(["data", "API server", "rights"]);
    });

    test("--pre as somebody without rights says which, and that an installation needs them", async () => {
      const { code, out } = await run("--pre", "--kubeconfig", await get().kubeconfigFor("nobody"));
      expect(code).toBe(1);
      expect(out).toContain(`right to list, watch statefulsets.apps: not granted to ${called("nobody")}; it is for: workloads`);
      expect(out).toContain("→ install as somebody who holds it");
    });

    test("without --pre, each CRD and the status that are not there are named, with what to do", async () => {
      const { code, out, err } = await run();
      expect([code, err]).toEqual([1, ""]);
      expect(out).toContain(`✗ failed  CRD ${STATUS_CRD}: is not installed\n`);
      expect(out).toContain("✗ failed  CRD migrationtimetables.flux-migration.dev: is not installed\n");
      expect(out).toContain(`→ kubectl apply -f ${publishedCrds(crdFile(get().minor), "0.1.0")}`);
      expect(out).toContain("✗ failed  MigrationStatus/cluster: is not there\n");
      expect(out).toMatch(/^3 of \d+ checks did not pass/m);
    });
  });

  describe("after an installation", () => {
    let versions = "";
    const accountFile = () => join(get().folder, "account.kubeconfig");

    beforeAll(async () => {
      await fixture.installCrds();
      expect((await applyManifests(get(), await readFile("deploy/base/rbac.yaml", "utf8"))).refused).toEqual([]);
      await fixture.apply(fluxd());
      versions = await versionsOf(crdFile(get().minor));
      await writeAccountKubeconfig();
    });

    /** With a token as a pod gets it. */
    async function writeAccountKubeconfig(): Promise<void> {
      const path = "/api/v1/namespaces/flux-migration/serviceaccounts/flux-migration-operator/token";
      const answer = await get().request("POST", path, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
      const { token } = z.object({ status: z.object({ token: z.string() }) }).parse(answer.body).status;
      const config = Kubeconfig.parse(load(await readFile(await get().kubeconfigFor("operator"), "utf8")));
      await writeFile(accountFile(), dump({ ...config, users: config.users.map((entry) => ({ ...entry, user: { token } })) }));
    }

    test("all is well, for a person and for the operator's own account; that it runs outside of the cluster is worth a word", async () => {
      await fixture.startReady({ user: "operator" });
      await fixture.statusWhere((status) => expect(status.operator?.version).toBe("0.1.0"));
      for (const [account, kubeconfig] of [
        ["admin", get().kubeconfig],
        [OPERATOR_USER, accountFile()],
      ]) {
        const found = await look({}, kubeconfig);
        expect([found.result, wrong(found)]).toEqual(["Warning", [ELSEWHERE]]);
        expect(found.checks.find(({ section }) => section === "rights")?.found).toMatch(
          new RegExp(`^(\\d+) of \\1 granted to ${called(account ?? "")}$`),
        );
        expect(found.checks.filter(({ section, level }) => section === "CRDs" && level === "Good")).toHaveLength(2);
        expect(found.checks.filter(({ section }) => section === "status").map(({ found: said }) => said)).toEqual([
          expect.stringMatching(/^Ready is True \(Assessed\): /),
          // Kubernetes 1.20 does not keep who wrote a status apart from the rest.
          expect.stringMatching(
            kubernetes === "Newest"
              ? /^was written by 0\.1\.0, the version of this program; last written \d+ (s|min) ago$/
              : /^was written by 0\.1\.0, the version of this program$/,
          ),
        ]);
      }
    });

    test("another name for the cluster than the operator has means another context", async () => {
      expect((await run("--cluster-name", "test")).code).toBe(0);
      const { code, out } = await run("--cluster-name", "prod", "-o", "json");
      expect([code, wrong(readReport(out))]).toEqual([
        1,
        ['Failed MigrationStatus/cluster: names this cluster "test"; want "prod", as clusterName says', ELSEWHERE],
      ]);
    });

    test("a Deployment is found by its label, in whatever namespace, and its replicas are counted", async () => {
      const labels = { "app.kubernetes.io/name": "flux-migration-operator" };
      const template = {
        metadata: { labels: { ...labels, app: "operator" } },
        spec: { containers: [{ name: "operator", image: "operator" }] },
      };
      await fixture.apply({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "ours", namespace: "elsewhere", labels },
        spec: { replicas: 1, template },
      });
      const none = await look();
      expect([none.result, wrong(none)]).toEqual(["Failed", ["Failed Deployment elsewhere/ours: 0 of 1 replicas are ready"]]);
      // Several of them that have no leader write nothing, whatever was said of leader election.
      await setReplicas(get(), "elsewhere", "ours", 2);
      const many = await look();
      expect([many.result, wrong(many)]).toEqual([
        "Failed",
        ["Failed Lease elsewhere/flux-migration-operator: is not there: no replica has led yet"],
      ]);
      await setReplicas(get(), "elsewhere", "ours", 1);
      const all = await look();
      expect([all.result, wrong(all)]).toEqual(["Good", []]);
      const { code, out } = await run();
      expect(code).toBe(0);
      expect(out).toMatch(/✔ ok {6}Deployment elsewhere\/ours: 1 of 1 replicas are ready\n.*\nall \d+ checks passed\n$/);
    });

    test("each right that is missing is named, and what it is for", async () => {
      const { rules } = z.object({ rules: Rules }).parse((await get().request("GET", ROLE)).body);
      const less = rules.filter(({ resources = [] }) => !resources.includes("daemonsets") && !resources.includes("events"));
      await fixture.merge(ROLE, { rules: less });
      const found = await eventually(
        () => look({}, accountFile()),
        ({ result }) => expect(result).toBe("Failed"),
      );
      const named = wrong(found).filter((line) => line.startsWith("Failed"));
      expect(named).toEqual([
        `Failed right to list, watch deployments.apps: not granted to ${called(OPERATOR_USER)}; it is for: workloads that run Flux 1 or the toolkit`,
        `Failed right to list, watch statefulsets.apps: not granted to ${called(OPERATOR_USER)}; it is for: workloads that run Flux 1 or the toolkit`,
        `Failed right to list, watch daemonsets.apps: not granted to ${called(OPERATOR_USER)}; it is for: workloads that run Flux 1 or the toolkit`,
        expect.stringMatching(/^Failed right to create(, patch)? events: not granted to /),
      ]);
      // It may not see its own Deployment either, which it need not.
      expect(found.checks.filter(({ level }) => level === "Skipped").map(({ at }) => at)).toContain("Deployment of the operator");
      await fixture.merge(ROLE, { rules });
      await eventually(
        () => look({}, accountFile()),
        ({ result }) => expect(result).toBe("Good"),
      );
    });

    test("an account that may not look is told so, and that is no failure but worse", async () => {
      const { code, out } = await run("-o", "json", "--kubeconfig", await get().kubeconfigFor("nobody"));
      const found = readReport(out);
      expect([code, found.result]).toEqual([3, "Unread"]);
      expect(wrong(found)).toContainEqual(expect.stringMatching(/^Unread MigrationStatus\/cluster: .*403 Forbidden/));
      expect(wrong(found)).toContainEqual(expect.stringMatching(/^Failed right to list, watch statefulsets\.apps/));
    });

    describe("CRDs", () => {
      const path = `${CRDS}/${STATUS_CRD}`;
      const put = (text: string, version: string | null = null) =>
        fixture.merge(path, { metadata: { labels: { "app.kubernetes.io/version": version } }, spec: { versions: JSON.parse(text) } });
      const without = (text: string) => text.replace(/"suspend":\{[^}]*\},/, "");
      const withMore = (text: string) => text.replace('"timetableRef":', '"future":{"type":"string"},"timetableRef":');

      afterAll(() => put(versions));

      test.each([
        { what: "an older one", edit: without, found: /^Failed .*: its schema is older than that of 0\.1\.0, by spec\.suspend: / },
        { what: "a newer one", edit: withMore, found: /^Warning .*: its schema is newer than that of 0\.1\.0, by spec\.future$/ },
        {
          what: "one without a status of its own",
          edit: (text: string) => text.replace(/,?"subresources":\{"status":\{\}\}/, ""),
          found: /^Failed .*: has no status subresource in v1alpha1, so no status can be written/,
        },
        {
          what: "one of another making",
          edit: (text: string) => withMore(without(text)),
          found: /^Failed .*: its schema is another than that of 0\.1\.0, by spec\.suspend, spec\.future: /,
        },
        {
          what: "one whose label tells its age",
          edit: (text: string) => withMore(without(text)),
          version: "0.0.9",
          found: /^Failed .*: its schema is older than that of 0\.1\.0, by spec\.suspend, spec\.future: /,
        },
      ])("$what is told from ours", async ({ edit, version, found }) => {
        expect(edit(versions)).not.toBe(versions);
        await put(edit(versions), version);
        const answer = wrong(await look());
        expect(answer).toEqual([expect.stringMatching(found)]);
        expect(answer[0]).toContain(`CRD ${STATUS_CRD}`);
      });

      test("the form for Kubernetes below 1.25 works on later ones as well, without its rules", async () => {
        await fixture.merge(`${CRDS}/migrationtimetables.flux-migration.dev`, {
          spec: { versions: JSON.parse(await versionsOf("crds/crds-legacy.yaml", 1)) },
        });
        await put(versions);
        const told = "Warning CRD migrationtimetables.flux-migration.dev: has the form for Kubernetes below 1.25";
        expect(wrong(await look())).toEqual(kubernetes === "Newest" ? [expect.stringContaining(told)] : []);
        await fixture.installCrds();
      });

      test("a version that is stored from before is named", async () => {
        await fixture.merge(`${path}/status`, { status: { storedVersions: ["v1alpha0", "v1alpha1"] } });
        expect(wrong(await look())).toEqual([
          expect.stringContaining(`Warning CRD ${STATUS_CRD}: objects may still be stored as v1alpha0`),
        ]);
        await fixture.merge(`${path}/status`, { status: { storedVersions: ["v1alpha1"] } });
      });
    });

    test("a status that a newer operator wrote is no longer ours to write", async () => {
      await fixture.merge(`${SINGLETON}/status`, { status: { operator: { version: "9.9.9" } } });
      expect(wrong(await look())).toEqual([
        expect.stringContaining("Failed MigrationStatus/cluster: was written by 9.9.9, which is newer than this program, 0.1.0"),
      ]);
      await fixture.merge(`${SINGLETON}/status`, { status: { operator: { version: "0.0.9" } } });
      expect(wrong(await look())).toEqual(["Warning MigrationStatus/cluster: was last written by 0.0.9; this program is 0.1.0"]);
      await fixture.merge(`${SINGLETON}/status`, { status: { operator: { version: "0.1.0" } } });
    });

    test("what a status says cannot steer a terminal", async () => {
      const status = Shown.parse((await get().request("GET", SINGLETON)).body).status;
      const hostile = "\u001b[2J\u001b]0;owned\u0007 gone\r\nall 99 checks passed \u202e";
      const conditions = status.conditions.map((condition) =>
        condition.type === "Ready" ? { ...condition, status: "False", reason: "AccessDenied", message: hostile } : condition,
      );
      await fixture.merge(`${SINGLETON}/status`, { status: { conditions } });
      const { code, out } = await run();
      expect([code, out]).toEqual([
        1,
        expect.stringContaining("✗ failed  MigrationStatus/cluster: Ready is False (AccessDenied): \\u001b[2J"),
      ]);
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(out).not.toMatch(/^all 99/m);
      await fixture.merge(`${SINGLETON}/status`, { status: { conditions: status.conditions } });
    });

    describe("a Lease", () => {
      const election = { leaderElection: true, leaseNamespace: "flux-migration" };
      const renewed = async (secondsAgo: number, holder = "pod-1") => {
        const time = (ago: number) => new Date(Date.now() - ago * 1000).toISOString().replace("Z", "000Z");
        const spec = { holderIdentity: holder, leaseDurationSeconds: 15, acquireTime: time(secondsAgo + 600), renewTime: time(secondsAgo) };
        await fixture.merge(`${LEASES}/flux-migration-operator`, { spec });
      };
      const lease = ({ checks }: Report) =>
        checks.filter(({ at }) => at.startsWith("Lease ")).map(({ level, found }) => `${level} ${found}`);

      beforeAll(async () => {
        const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "flux-migration-operator" } };
        expect((await get().request("POST", LEASES, body)).status).toBe(201);
      });

      test("that nobody holds is a failure only where leader election is on", async () => {
        expect(lease(await look({ leaseNamespace: "flux-migration" }))).toEqual(["Warning nobody holds it"]);
        expect(lease(await look(election))).toEqual(["Failed nobody holds it"]);
      });

      test("that is renewed names who leads, since when, and how long ago it was heard", async () => {
        await renewed(0);
        const { code, out } = await run("--leader-election", "--lease-namespace", "flux-migration", "-o", "json");
        const found = readReport(out);
        expect([code, wrong(found)]).toEqual([0, []]);
        expect(lease(found)).toEqual([expect.stringMatching(/^Good pod-1 leads since \d{4}-[-\d]+T[:\d]+Z, renewed \d+ s ago$/)]);
        expect(found.checks.find(({ at }) => at.startsWith("Lease "))?.at).toBe("Lease flux-migration/flux-migration-operator");
      });

      test("that was not renewed in time says for how long", async () => {
        await renewed(600, "pod-\u001b[31m2");
        expect(lease(await look(election))).toEqual([
          expect.stringMatching(/^Failed pod-\\u001b\[31m2 leads no more: it renewed 10 min ago, and was to within 15 s$/),
        ]);
      });

      test("needs rights of its own, which a role without leader election does not give", async () => {
        const found = await look(election, accountFile());
        expect(found.result).toBe("Unread");
        expect(wrong(found)).toContainEqual(
          expect.stringMatching(/^Failed right to create leases\.coordination\.k8s\.io in flux-migration: not granted/),
        );
        expect(wrong(found)).toContainEqual(
          expect.stringMatching(
            /^Failed right to [a-z, ]*get[a-z, ]* leases\.coordination\.k8s\.io flux-migration-operator in flux-migration: /,
          ),
        );
        expect(lease(found)).toEqual([
          expect.stringContaining("Unread GET /apis/coordination.k8s.io/v1/namespaces/flux-migration/leases/"),
        ]);
      });
    });
  });

  test("flux-migration version says what it is and how new its data are, without a cluster", async () => {
    const { code, out } = await program.run(["version", "-o", "json"]);
    const { asOf } = builtInData().reference.releases;
    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        version: VERSION,
        node: process.versions.node,
        platform: expect.stringMatching(/^\w+\/\w+$/),
        edition: DEFAULT_EDITION,
        releasesAsOf: asOf,
        newestMinor: expect.stringMatching(/^2\.\d+$/),
        api: "flux-migration.dev/v1alpha1",
      },
    ]);
    const lines = (await program.run(["version"])).out.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ {3,}/)[0])).toEqual(Object.keys(JSON.parse(out)));
    expect((await program.run(["--version"])).out).toBe(`${VERSION}\n`);
    expect(await program.run(["version", "--edition", "2021-07-01"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining('edition "2021-07-01" is unknown; known: '),
    });
    expect(await program.run(["version", "--data-folder", "/no/such"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("/no/such"),
    });
  });

  describe("a server that does not answer", () => {
    test("within the time that was given is not waited for", async () => {
      const silent = createServer(() => {}).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const address = silent.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const file = join(get().folder, "silent.yaml");
      const cluster = { server: `http://127.0.0.1:${port}` };
      const context = { name: "silent", context: { cluster: "silent", user: "" } };
      await writeFile(file, dump({ clusters: [{ name: "silent", cluster }], contexts: [context], "current-context": "silent" }));
      const { code, out } = await run("--kubeconfig", file, "--request-timeout", "300ms", "-o", "json");
      silent.close();
      silent.closeAllConnections();
      expect([code, wrong(readReport(out))]).toEqual([3, [expect.stringContaining("GET /version: not answered within 0.3 s")]]);
    });

    test("because it is down ends with 3, and the data are checked all the same", async () => {
      await get().stopApiServer();
      const { code, out, err } = await run();
      await get().startApiServer();
      expect([code, err]).toEqual([3, ""]);
      expect(out).toMatch(/✔ ok {6}timetable: /);
      expect(out).toMatch(
        /✗ unread {2}https:\/\/127\.0\.0\.1:\d+\/: GET \/version: .*ECONNREFUSED.*\n {10}→ see that --kubeconfig and --context lead/,
      );
      expect(out).not.toContain("CRD");
    });
  });
});

/** The versions of a CRD in one of our files, as JSON. */
async function versionsOf(file: string, index = 0): Promise<string> {
  const crd = z.looseObject({ spec: z.looseObject({ versions: z.array(z.json()) }) }).parse(loadAll(await readFile(file, "utf8"))[index]);
  return JSON.stringify(crd.spec.versions);
}
