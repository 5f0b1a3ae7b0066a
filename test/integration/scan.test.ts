/** `flux-migration scan` and `status` against a real API server, as people with and without rights run them; and kubeconfigs that attack. */
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { dump } from "js-yaml";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { KubeconfigError, loadCluster } from "../../src/kube/kubeconfig.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { fluxd } from "../unit/assess/subject-builder.ts";
import { eventually, OperatorFixture, since } from "./operator/operator-fixture.ts";
import { useProgram } from "./program.ts";

const program = useProgram();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A kubeconfig of these contexts, each with a cluster and a user of its own. */
function kubeconfig(name: string, contexts: Record<string, { server: string; user: object }>): string {
  const names = Object.entries(contexts);
  const file = join(folder, name);
  const text = dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: names.map(([context, { server }]) => ({ name: context, cluster: { server } })),
    users: names.map(([context, { user }]) => ({ name: context, user })),
    contexts: names.map(([context]) => ({ name: context, context: { cluster: context, user: context } })),
    "current-context": names[0]?.[0] ?? "",
  });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describeOnControlPlane("flux-migration scan, live", (get) => {
  const fixture = new OperatorFixture(get);
  const admin = () => ["--kubeconfig", get().kubeconfig, "--context", "admin@control-plane"];

  beforeAll(async () => {
    await fixture.apply(fluxd());
    const rights = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: flux}
rules: [{apiGroups: [apps], resources: [deployments, statefulsets, daemonsets], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: flux}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: nobody}]
`;
    expect((await applyManifests(get(), rights)).refused).toEqual([]);
  });

  test("a cluster is judged as the operator judges it, and nothing is written", async () => {
    const begin = new Date();
    const { code, out, err } = await program.run(["scan", ...admin(), "-o", "json"]);
    expect([code, err]).toEqual([1, ""]);
    const printed = JSON.parse(out) as { kind: string; status: unknown };
    const status = MigrationStatusStatus.parse(printed.status);
    expect([printed.kind, status.summary?.fluxd, status.summary?.action, status.cluster?.name]).toEqual([
      "MigrationStatus",
      "1.25.4",
      "MigrateNow",
      "admin@control-plane",
    ]);
    expect(status.cluster?.version).toMatch(/^v1\./);
    expect(await fixture.writes(since(begin))).toEqual([]);
  });

  test("who may read nothing is told so: 3, and absence is not stated", async () => {
    const { code, out } = await program.run(["scan", ...admin(), "--as", "stranger", "--request-timeout", "5s"]);
    expect(code).toBe(3);
    expect(out).toMatch(/^not read .*deployments\.apps: list is forbidden \(403\) for stranger$/m);
    expect(out).not.toMatch(/neither Flux 1/);
  });

  test("who may read one namespace reads that one", async () => {
    const nobody = await get().kubeconfigFor("nobody");
    const { code, out } = await program.run(["scan", "--kubeconfig", nobody, "--context", "nobody@control-plane", "-n", "flux"]);
    expect(out).toMatch(/^Critical\s+fluxd\s+1\.25\.4\s.*flux\/flux$/m);
    expect(code).toBe(1);
    const elsewhere = await program.run(["scan", "--kubeconfig", nobody, "--context", "nobody@control-plane", "-n", "default"]);
    expect([elsewhere.code, elsewhere.out]).toEqual([3, expect.stringMatching(/not read .*403|not read .*forbidden/i)]);
  });

  test("of a namespace in which there is none, absence is stated; of one that is not there, nothing", async () => {
    const { code, out } = await program.run(["scan", ...admin(), "-n", "default"]);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("Nothing to do: neither Flux 1 nor a toolkit was found in the selected namespaces."),
    ]);
    const nowhere = await program.run(["scan", ...admin(), "-n", "defualt"]);
    expect([nowhere.code, nowhere.out]).toEqual([
      3,
      expect.stringContaining("not read admin@control-plane: there is no namespace defualt"),
    ]);
  });

  test("a cluster that does not answer hides no other, and is told: 3", async () => {
    const other = kubeconfig("other", { dead: { server: "https://127.0.0.1:9", user: { token: "x" } } });
    const environment = { KUBECONFIG: `${get().kubeconfig}:${other}` };
    const { code, out } = await program.run(["scan", "--all-contexts", "--request-timeout", "2s", "-o", "csv"], environment);
    expect(code).toBe(3);
    expect(out).toMatch(/^admin@control-plane,Critical,fluxd,1\.25\.4,/m);
  }, 60_000);

  test("who may read some kinds only is told which not, and why", async () => {
    const partial = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: partial}
rules:
  - {apiGroups: [apps], resources: [deployments, statefulsets], verbs: [list, watch]}
  - {apiGroups: [""], resources: [namespaces], verbs: [list, watch]}
  - {apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: partial}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: partial}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: partial}]
`;
    expect((await applyManifests(get(), partial)).refused).toEqual([]);
    const { code, out, err } = await program.run(["scan", ...admin(), "--as", "partial", "--request-timeout", "5s"]);
    expect([code, err]).toEqual([3, ""]);
    expect(out).toMatch(/^Critical\s+fluxd\s/m);
    expect(out.match(/^not read .*$/gm)).toEqual(["not read admin@control-plane: daemonsets.apps: list is forbidden (403) for partial"]);
  });

  test("status says that there is no operator, and then what it found", async () => {
    const before = await program.run(["status", ...admin()]);
    expect([before.code, before.err]).toEqual([3, expect.stringContaining("flux-migration scan --context admin@control-plane looks once")]);
    await fixture.installCrds();
    await fixture.startReady({ clusterName: "prod" });
    const { code, out } = await eventually(
      () => program.run(["status", ...admin()]),
      (ended) => expect(ended.code).toBe(0),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^prod, Kubernetes v1\.\S+; timetable of 2022-09-20, row 5; judged by operator /);
    expect(out).toMatch(/^Flux 1 +fluxd 1\.25\.4 in flux\/flux: Archived since 2022-11-01$/m);
    expect(out).toMatch(/^Next +Flux 1 is archived since 2022-11-01/m);
    const watching = program.start(["status", ...admin(), "--watch"]);
    let seen = "";
    watching.child.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await eventually(
      () => seen,
      (text) => expect(text).toContain("Next"),
    );
    await fixture.apply(fluxd({ replicas: 0 }));
    await eventually(
      () => seen,
      (text) => expect(text).toContain("in flux/flux, stopped: Archived"),
    );
    watching.child.kill("SIGINT");
    expect((await watching.ended).code).toBe("SIGINT");
  });

  test("what the status's spec sets aside keeps its rule in SARIF, and is suppressed", async () => {
    await fixture.installCrds();
    const spec = { ignore: [{ namespace: "flux", reason: "moves in May" }] };
    await fixture.apply({ apiVersion: "flux-migration.dev/v1alpha1", kind: "MigrationStatus", metadata: { name: "cluster" }, spec });
    const { code, out } = await program.run(["scan", ...admin(), "-o", "sarif"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      runs: [
        {
          results: [{ ruleId: expect.not.stringMatching("NoAction"), suppressions: [{ kind: "external", justification: "moves in May" }] }],
        },
      ],
    });
  });
});

describe("a kubeconfig starts no program unless it is allowed to", () => {
  const commands = [["scan"], ["status"], ["plan"], ["check"], ["operator", "--once", "--dry-run"]];
  const server = "https://127.0.0.1:9";
  const V1 = "client.authentication.k8s.io/v1";

  test.each(commands)("by %s", async (...command) => {
    const canary = join(folder, `canary-${command[0]}`);
    const user = { exec: { apiVersion: V1, command: "touch", args: [canary], interactiveMode: "Never" } };
    const file = kubeconfig("attack", { exec: { server, user } });
    const limit = command[0] === "operator" ? [] : ["--request-timeout", "1s"];
    const run = (...given: string[]) => program.run([...command, "--kubeconfig", file, "--context", "exec", ...limit, ...given]);
    for (const given of [[], ["--exec-plugins", "deny"], ["--exec-plugins", "aws,./touch"]]) {
      const { code, err } = await run(...given);
      expect([code, err]).toEqual([
        2,
        expect.stringContaining('would start "touch" for its credentials; allow it with --exec-plugins=touch'),
      ]);
    }
    expect(existsSync(canary)).toBe(false);
    const started = program.start([...command, "--kubeconfig", file, "--context", "exec", "--exec-plugins", "aws,touch", ...limit]);
    await eventually(
      () => existsSync(canary),
      (there) => expect(there).toBe(true),
    );
    started.child.kill("SIGKILL");
  });

  test("and by a shell never", async () => {
    const provider = { "auth-provider": { name: "gcp", config: { "cmd-path": "touch", "cmd-args": join(folder, "canary") } } };
    const file = kubeconfig("attack", { provider: { server, user: provider } });
    const { code, err } = await program.run(["status", "--kubeconfig", file, "--context", "provider", "--exec-plugins", "allow"]);
    expect([code, err]).toEqual([2, expect.stringContaining('would start a program by the auth-provider "gcp"')]);
  });

  test("and what it starts ends with us, also where a signal ends us", async () => {
    const [command, pid] = [join(folder, "hanging"), join(folder, "hanging.pid")];
    writeFileSync(command, `#!/bin/sh\necho $$ > ${pid}\nsleep 1000\n`, { mode: 0o755 });
    const file = kubeconfig("hang", { hang: { server, user: { exec: { apiVersion: V1, command } } } });
    const { child, ended } = program.start(["scan", "--kubeconfig", file, "--context", "hang", "--exec-plugins", "allow"]);
    const started = await eventually(
      () => (existsSync(pid) ? Number(readFileSync(pid, "utf8")) : 0),
      (number) => expect(number).toBeGreaterThan(0),
    );
    child.kill("SIGINT");
    expect((await ended).code).toBe("SIGINT");
    await eventually(
      () => isRunning(started),
      (running) => expect(running).toBe(false),
    );
  });
});

/** One that has ended, and whose end nobody asked for, runs no more. */
function isRunning(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\tZ/m.test(readFileSync(status, "utf8"));
}

test("each server sees its own token alone, follows nobody elsewhere, and no address of a cloud's metadata is asked", async () => {
  const seen = new Map<string, Set<string>>();
  const listen = async (name: string, answer: (request: IncomingMessage) => { status: number; location?: string }) => {
    const server = createServer((request, response) => {
      const { status, location } = answer(request);
      seen.set(name, (seen.get(name) ?? new Set()).add(request.headers.authorization ?? "none"));
      response.writeHead(status, location === undefined ? {} : { location }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return { server, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` };
  };
  const elsewhere = await listen("elsewhere", () => ({ status: 200 }));
  const first = await listen("first", () => ({ status: 302, location: elsewhere.url }));
  const second = await listen("second", () => ({ status: 403 }));
  const file = kubeconfig("two", {
    first: { server: first.url, user: { token: "one" } },
    second: { server: second.url, user: { token: "two" } },
  });
  const { code, out, err } = await program.run(["scan", "--kubeconfig", file, "--all-contexts", "--request-timeout", "2s"]);
  expect(code).toBe(3);
  expect(seen.get("first")).toEqual(new Set(["Bearer one"]));
  expect(seen.get("second")).toEqual(new Set(["Bearer two"]));
  expect(seen.has("elsewhere")).toBe(false);
  expect(out + err).not.toMatch(/Bearer/);
  for (const { server } of [first, second, elsewhere]) server.close();
  for (const server of ["http://169.254.169.254", "https://[fe80::1]:6443", "https://user:secret@127.0.0.1:9"]) {
    const named = kubeconfig("metadata", { x: { server, user: {} } });
    const refused = await Promise.resolve()
      .then(() => loadCluster({ kubeconfig: named }))
      .catch((error: Error) => error);
    expect([server, refused]).toEqual([server, expect.any(KubeconfigError)]);
    expect(String(refused)).not.toContain("secret");
  }
}, 60_000);
